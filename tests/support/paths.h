// Where tests find their files. Any thread.
#pragma once

#include <filesystem>
#include <string_view>

namespace bantam::test {

// A file of our own under tests/fixtures/: always there.
std::filesystem::path fixture(std::string_view relative);

// Reference data outside the repository: $BANTAM_SHARED, by default the folder `shared` beside the
// checkout. A test that needs it starts with BANTAM_NEEDS_SHARED and is skipped where it is absent.
std::filesystem::path shared(std::string_view relative);

}  // namespace bantam::test

// Says what is missing and how to get it.
#define BANTAM_SKIP_WITHOUT(relative)                                                     \
  GTEST_SKIP() << "needs " << ::bantam::test::shared(relative) << "; point BANTAM_SHARED" \
               << " at a folder that holds it"

#define BANTAM_NEEDS_SHARED(relative) \
  if (!std::filesystem::exists(::bantam::test::shared(relative))) BANTAM_SKIP_WITHOUT(relative)
