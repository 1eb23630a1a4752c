// Go templates that want to hang, crash or fill the memory.
#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>
#include <random>

#include "support/paths.h"
#include "text/gotemplate/test_templates.h"

namespace bantam::gotemplate::test {
namespace {

using jinja::Fault;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStackBytes = 4 << 20;  // sanitizers make frames many times larger
#else
constexpr std::size_t kStackBytes = 256 << 10;
#endif

std::string repeated(const std::string& text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

const Json& variables() {
  static const Json all = [] {
    Json json =
        Json::parse(jinja::test::read_text(bantam::test::fixture("templates/go/variables.json")));
    json["Long"] = repeated("aé ", 20'000);
    json["Many"] = std::vector<int>(2000, 1);
    return json;
  }();
  return all;
}

void expect_limit(const std::string& source) {
  const Outcome outcome = render_snippet(source, variables());
  EXPECT_EQ(outcome.fault, Fault::Limit) << source.substr(0, 400) << " " << outcome.message;
}

TEST(GoTemplateLimits, StopWhatNeverEnds) {
  for (const std::string& source : {
           std::string("{{range 2000000000}}{{end}}"),
           std::string("{{range 100000}}{{range 100000}}{{end}}{{end}}"),
           std::string("{{range .Many}}{{range $.Many}}{{$x := .}}{{end}}{{end}}"),
           std::string("{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}"),
           std::string("{{define \"a\"}}{{template \"b\"}}{{end}}{{define \"b\"}}{{template \"a\"}}"
                       "{{end}}{{template \"a\"}}"),
           std::string("{{block \"a\" .}}{{template \"a\" .}}{{end}}"),
       }) {
    expect_limit(source);
  }
}

TEST(GoTemplateLimits, StopWhatGrows) {
  const std::string doubling = "{{$s := \"ab\"}}{{range 60}}";
  for (const std::string& source : {
           doubling + "{{$s = print $s $s}}{{end}}",
           doubling + "{{$s = printf \"%s%s\" $s $s}}{{end}}",
           doubling + "{{$s = html (print $s \"<<\" $s)}}{{end}}",
           doubling + "{{$s = json (print $s $s)}}{{end}}",
           std::string("{{range 99999}}{{$.Long}}{{end}}"),
           std::string("{{range 99999}}{{json $.Long}}{{end}}"),
           std::string("{{range 99999}}{{$x := printf \"%999999d\" 1}}{{end}}"),
           std::string("{{range 99999}}{{$x := printf \"%.999999f\" 1.5}}{{end}}"),
           std::string("{{printf \"%9999999999d\" 1}}"),
           std::string("{{range 99999}}{{$x := eq $.Long (print $.Long)}}{{end}}"),
       }) {
    expect_limit(source);
  }
}

TEST(GoTemplateLimits, BoundTheSource) {
  expect_limit(repeated("{{if true}}", 100) + repeated("{{end}}", 100));
  expect_limit("{{" + repeated("(", 100) + "1" + repeated(")", 100) + "}}");
  expect_limit(repeated("{{block \"x\" .}}", 100) + repeated("{{end}}", 100));
  expect_limit(std::string((512 << 10) + 1, 'x'));
  EXPECT_TRUE(render_snippet(std::string(512 << 10, 'x'), variables()).prompt.has_value());
}

TEST(GoTemplateLimits, StopAtTheOutputThatTheContextAllows) {
  jinja::Limits limits;
  limits.output = 100;
  const auto render = [&](int count) {
    return render_snippet("{{range " + std::to_string(count) + "}}x{{end}}", variables(), limits);
  };
  EXPECT_TRUE(render(100).prompt.has_value());
  EXPECT_EQ(render(101).fault, Fault::Limit);
}

TEST(GoTemplateLimits, DeepMessagesAreAFault) {
  Json deep = "x";
  for (int i = 0; i < 100; ++i) deep = Json::array({deep});
  EXPECT_EQ(render_snippet("x", {{"deep", deep}}).fault, Fault::Limit);
}

// Runs on a thread with little stack; a thread that needs more dies.
void on_small_stack(std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kStackBytes), 0);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &work), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST(GoTemplateLimits, NothingNeedsMoreThan256KiBOfStack) {
  std::string chain;
  for (int i = 0; i < 60; ++i)
    chain += "{{define \"t" + std::to_string(i) + "\"}}" + "{{template \"t" +
             std::to_string(i + 1) + "\" .}}{{end}}";
  const std::string recursion = "{{define \"a\"}}" + repeated("{{if true}}", 60) +
                                "{{template \"a\" .}}" + repeated("{{end}}", 60) +
                                "{{end}}{{template \"a\" .}}";
  const std::string calls = "{{define \"a\"}}{{print " + repeated("(print ", 50) + "1" +
                            repeated(")", 50) + "}}{{template \"a\"}}{{end}}{{template \"a\"}}";
  on_small_stack([&] {
    for (const std::string& source :
         {chain + "{{define \"t60\"}}end{{end}}{{template \"t0\" .}}", recursion, calls,
          repeated("{{with .M}}", 62) + "{{json .}}" + repeated("{{end}}", 62),
          repeated("{{if true}}", 2000), repeated("(", 100'000), "{{" + repeated("(", 100'000),
          repeated("{{if false}}0{{else if false}}", 60) + repeated("{{end}}", 60)}) {
      render_snippet(source, variables());
    }
  });
}

// Pieces of templates in random order: a text or a fault, and nothing else.
TEST(GoTemplateLimits, TwoThousandHostileTemplatesEnd) {
  const std::vector<std::string> pieces{"{{",
                                        "}}",
                                        "{{- ",
                                        " -}}",
                                        "if ",
                                        "range ",
                                        "with ",
                                        "end",
                                        "else ",
                                        "define \"x\"",
                                        "template \"x\" ",
                                        "block \"x\" ",
                                        "$x ",
                                        ":= ",
                                        "= ",
                                        ", ",
                                        "| ",
                                        "(",
                                        ")",
                                        ".Many ",
                                        ".L ",
                                        ".M ",
                                        ".S ",
                                        ".",
                                        "$",
                                        "nil ",
                                        "1 ",
                                        "-1 ",
                                        "\"a\" ",
                                        "`",
                                        "'",
                                        "/*",
                                        "*/",
                                        "print ",
                                        "printf ",
                                        "json ",
                                        "index ",
                                        "slice ",
                                        "len ",
                                        "eq ",
                                        "and ",
                                        "or ",
                                        "not ",
                                        "break",
                                        "continue",
                                        "{{end}}",
                                        "{{else}}",
                                        "{{range .L}}",
                                        "{{if .S}}",
                                        "\xff",
                                        "é",
                                        "\n",
                                        "%*d",
                                        "99999999 "};
  std::mt19937 random(20250307);
  for (int round = 0; round < 2000; ++round) {
    std::string source;
    for (std::size_t i = random() % 40; i-- > 0;) source += pieces[random() % pieces.size()];
    const Outcome outcome = render_snippet(source, variables());
    EXPECT_TRUE(outcome.prompt.has_value() || outcome.fault.has_value()) << source;
  }
}

}  // namespace
}  // namespace bantam::gotemplate::test
