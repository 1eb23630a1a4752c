#include "store/model_name.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bantam::store {
namespace {

struct Case {
  std::string text, path, shown;
};

TEST(ModelName, FillsInWhatIsLeftOut) {
  const Case cases[] = {
      {"qwen3", "registry.ollama.ai/library/qwen3/latest", "qwen3:latest"},
      {"qwen3:0.6b", "registry.ollama.ai/library/qwen3/0.6b", "qwen3:0.6b"},
      {"me/mine", "registry.ollama.ai/me/mine/latest", "me/mine:latest"},
      {"hf.co/some-one/A.B-GGUF:Q4_K_M", "hf.co/some-one/A.B-GGUF/Q4_K_M",
       "hf.co/some-one/A.B-GGUF:Q4_K_M"},
      {"localhost:5000/a/b:c", "localhost:5000/a/b/c", "localhost:5000/a/b:c"},
      {"https://hf.co/a/b", "hf.co/a/b/latest", "hf.co/a/b:latest"},
      {"registry.ollama.ai/library/x:latest", "registry.ollama.ai/library/x/latest", "x:latest"},
  };
  for (const Case& tested : cases) {
    const ModelName name = ModelName::parse(tested.text);
    EXPECT_EQ(name.path(), tested.path);
    EXPECT_EQ(name.text(), tested.shown);
    EXPECT_EQ(ModelName::parse(name.text()), name);
  }
}

TEST(ModelName, RefusesWhatCouldLeaveTheFolder) {
  using namespace std::string_literals;
  const std::string bad[] = {"",
                             ".",
                             "..",
                             "../x",
                             "a/../b",
                             "/etc/passwd",
                             "a//b",
                             "a/b/c/d",
                             "x:",
                             ":x",
                             "x:..",
                             "x:a/b",
                             "x y",
                             "x\0y"s,
                             "x\\y",
                             "x%2e",
                             "-x",
                             ".x",
                             "x\n",
                             "a.b/c",
                             "h/../x",
                             "h:/a/b",
                             "h:p/a/b",
                             "h:123456/a/b",
                             "\xC3\xA4",
                             "x\xE2\x81\x84y",
                             "C:\\x",
                             "~/x",
                             std::string(81, 'a'),
                             "x:" + std::string(81, 'a')};
  for (const std::string& text : bad) {
    EXPECT_FALSE(ModelName::try_parse(text)) << text;
    EXPECT_THROW(ModelName::parse(text), Error) << text;
  }
}

TEST(ModelName, DoesNotTellNamesApartByCase) {
  EXPECT_TRUE(same_ignoring_case(ModelName::parse("Qwen3:A"), ModelName::parse("qwen3:a")));
  EXPECT_FALSE(same_ignoring_case(ModelName::parse("qwen3"), ModelName::parse("qwen2")));
}

TEST(EditDistance, CountsChangedLetters) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("lama3", "llama3"), 1U);
  EXPECT_EQ(edit_distance("Qwen", "qwen"), 0U);
}

}  // namespace
}  // namespace bantam::store
