#include "store/folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace bantam::store {
namespace {

namespace fs = std::filesystem;

class FolderMethods : public testing::TestWithParam<FollowMethod> {
 protected:
  FolderMethods() {
    std::ofstream(outside_ / "secret") << "secret";
    folder_.make_folders("a/b");
    std::ofstream(inside_ / "a/b/file") << "content";
    fs::create_symlink(outside_, inside_ / "out");
    fs::create_symlink(outside_ / "secret", inside_ / "link");
    fs::create_symlink("a", inside_ / "near");
  }
  test::TemporaryFolder temporary_;
  fs::path inside_ = temporary_.path() / "in", outside_ = make(temporary_.path() / "out");
  Folder folder_ = Folder::make(inside_, GetParam());

 private:
  static fs::path make(const fs::path& path) {
    fs::create_directories(path);
    return path;
  }
};

TEST_P(FolderMethods, ReadsWhatIsBelow) {
  EXPECT_EQ(folder_.read("a/b/file", 100), "content");
  EXPECT_EQ(folder_.read("a/b/none", 100), std::nullopt);
  EXPECT_EQ(folder_.names("a"), std::vector<std::string>{"b"});
  EXPECT_TRUE(folder_.names("none").empty());
  EXPECT_THROW(folder_.read("a/b/file", 3), Error);
  EXPECT_THROW(folder_.read("a/b", 100), Error);
}

TEST_P(FolderMethods, FollowsNoLinkAndNoWayOut) {
  for (const char* name :
       {"link", "out/secret", "near/b/file", "../out/secret", "a/../../out/secret"}) {
    EXPECT_THROW(folder_.read(name, 100), Error) << name;
    EXPECT_THROW(folder_.try_open_file(name, O_WRONLY | O_CREAT), Error) << name;
  }
  EXPECT_THROW(folder_.names("out"), Error);
  EXPECT_THROW(folder_.rename("a/b/file", "out/file", true), Error);
  EXPECT_THROW(folder_.remove("out/secret"), Error);
  EXPECT_TRUE(fs::exists(outside_ / "secret"));
}

TEST_P(FolderMethods, RenamesWithoutReplacing) {
  std::ofstream(inside_ / "other") << "other";
  EXPECT_FALSE(folder_.rename("other", "a/b/file", false));
  EXPECT_EQ(folder_.read("a/b/file", 100), "content");
  EXPECT_TRUE(folder_.rename("other", "a/b/file", true));
  EXPECT_EQ(folder_.read("a/b/file", 100), "other");
}

TEST_P(FolderMethods, RemovesFoldersThatBecameEmpty) {
  folder_.make_folders("x/y/z");
  folder_.remove_empty("x/y/z", "x");
  EXPECT_TRUE(fs::exists(inside_ / "x"));
  EXPECT_FALSE(fs::exists(inside_ / "x/y"));
  folder_.remove_empty("a/b", "a");
  EXPECT_TRUE(fs::exists(inside_ / "a/b/file"));
}

INSTANTIATE_TEST_SUITE_P(All, FolderMethods,
                         testing::Values(FollowMethod::Kernel, FollowMethod::NameByName));

TEST(Folder, GivesFilesThePermissionsOfTheirFolder) {
  const test::TemporaryFolder temporary;
  const Folder folder = Folder::make(temporary.path() / "new" / "store");
  const auto mode = [](const fs::path& path) {
    return fs::status(path).permissions() & fs::perms::mask;
  };
  EXPECT_EQ(mode(folder.path()), fs::perms::owner_all);
  folder.make_folders("a");
  folder.try_open_file("a/file", O_WRONLY | O_CREAT);
  EXPECT_EQ(mode(folder.path() / "a/file"), fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace
}  // namespace bantam::store
