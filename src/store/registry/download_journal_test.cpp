#include "store/registry/download_journal.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/registry/http.h"
#include "support/temporary_folder.h"

namespace bantam::store {
namespace {

class Journal : public testing::Test {
 protected:
  DownloadJournal open(std::uint64_t size = 10'000, std::uint64_t chunk = 4096) {
    return DownloadJournal(folder_, "journal", size, chunk);
  }
  void append(const std::string& text) {
    std::ofstream(temporary_.path() / "journal", std::ios::app) << text;
  }

  test::TemporaryFolder temporary_;
  Folder folder_ = Folder::make(temporary_.path());
  Digest digest_ = sha256_of("x");
};

TEST_F(Journal, RemembersPartsAndTheirSize) {
  open().add(2, digest_);
  const DownloadJournal again = open(10'000, 1024);
  EXPECT_EQ(again.chunk_bytes(), 4096U);
  EXPECT_EQ(again.chunk_count(), 3U);
  EXPECT_EQ(again.done_bytes(), 10'000U - 2 * 4096U);
  EXPECT_EQ(again.done().at(2), digest_);
}

TEST_F(Journal, CutsWhatACrashLeft) {
  for (const std::string& torn :
       {std::string("1 sha256-"), std::string("1 sha256-aa\n"), std::string("\n"),
        std::string("99 ") + digest_.file_name() + "\n", std::string("x y\n"),
        std::string(4096, '\0'), "1 " + digest_.file_name()}) {
    {
      open().add(0, digest_);
    }
    append(torn);
    {
      open().add(2, digest_);
    }
    const DownloadJournal again = open();
    EXPECT_EQ(again.done().size(), 2U) << torn;
    EXPECT_FALSE(again.done().contains(1));
    open().clear();
  }
}

TEST_F(Journal, ForgetsPartsThatWereDropped) {
  {
    DownloadJournal journal = open();
    journal.add(0, digest_);
    journal.add(1, digest_);
    journal.drop(0);
  }
  EXPECT_EQ(open().done().size(), 1U);
}

TEST_F(Journal, BeginsAnewForAnotherSize) {
  open().add(0, digest_);
  EXPECT_TRUE(open(9'999).done().empty());
}

TEST(Http, ComparesOriginsWholly) {
  EXPECT_EQ(origin_of("https://A.example/x"), origin_of("https://a.example:443/y"));
  EXPECT_NE(origin_of("https://a.example/"), origin_of("http://a.example/"));
  EXPECT_NE(origin_of("https://a.example/"), origin_of("https://a.example:444/"));
  EXPECT_NE(origin_of("https://a.example/"), origin_of("https://a.example.evil/"));
  for (const char* bad : {"", "a.example", "https://", "https://user@a.example/", "::"}) {
    EXPECT_EQ(origin_of(bad), std::nullopt) << bad;
  }
}

TEST(Http, EncodesQueries) { EXPECT_EQ(percent_encoded("a:b/c d~\xC3"), "a%3Ab%2Fc%20d~%C3"); }

}  // namespace
}  // namespace bantam::store
