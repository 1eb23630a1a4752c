#include "cli/terminal/history_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace bantam::cli {
namespace {

TEST(HistoryFile, KeepsLinesForTheNextTime) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "state" / "history";
  {
    HistoryFile history(path);
    EXPECT_TRUE(history.lines().empty());
    history.append("first");
    history.append("zweite Zeile ü");
    history.append("");
  }
  EXPECT_EQ(HistoryFile(path).lines(), (std::vector<std::string>{"first", "zweite Zeile ü"}));
}

TEST(HistoryFile, IsForItsOwnerOnly) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "history";
  HistoryFile history(path);
  struct ::stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(HistoryFile, DropsTheOldestLinesPastItsLimit) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "history";
  {
    std::ofstream file(path);
    for (std::size_t i = 0; i < kHistoryLinesMax + 5; ++i) file << i << "\n";
  }
  for (int round = 0; round < 2; ++round) {
    const HistoryFile history(path);
    ASSERT_EQ(history.lines().size(), kHistoryLinesMax);
    EXPECT_EQ(history.lines().front(), "5");
  }
}

TEST(HistoryFile, SkipsLinesThatNobodyTyped) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "history";
  std::ofstream(path) << std::string(1 << 20, 'x') << "\nshort\n\n";
  EXPECT_EQ(HistoryFile(path).lines(), std::vector<std::string>{"short"});
}

TEST(HistoryFile, NamesAPathThatItCannotUse) {
  const test::TemporaryFolder folder;
  try {
    HistoryFile history(folder.path());
    FAIL() << "a folder is no history";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Io);
    EXPECT_NE(std::string(error.what()).find(folder.path().string()), std::string::npos);
  }
}

TEST(DefaultHistoryFile, FollowsTheBaseDirectorySpecification) {
  struct Row {
    const char *state, *home, *path;
  };
  const Row rows[] = {
      {"/s", "/h", "/s/bantam/history"},
      {"relative", "/h", "/h/.local/state/bantam/history"},
      {"", "/h", "/h/.local/state/bantam/history"},
  };
  const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "/";
  for (const Row& row : rows) {
    ::setenv("XDG_STATE_HOME", row.state, 1);
    ::setenv("HOME", row.home, 1);
    EXPECT_EQ(default_history_file(), row.path);
  }
  ::unsetenv("XDG_STATE_HOME");
  ::unsetenv("HOME");
  EXPECT_THROW(default_history_file(), Error);
  ::setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace bantam::cli
