// Templates that want to hang, crash, reach out or fill the memory.
#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

#include <functional>
#include <random>

#include "base/format.h"
#include "support/paths.h"
#include "text/jinja/test_templates.h"

namespace bantam::jinja::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
// A hang, not a speed: each of these takes some milliseconds on any machine.
constexpr double kHangSeconds = 20;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

const Json& variables() {
  static const Json all = [] {
    Json json =
        Json::parse(read_text(bantam::test::fixture("templates/conformance-variables.json")));
    json["messages"] = {{{"role", "user"}, {"content", repeated("aé ", 20'000)}}};
    return json;
  }();
  return all;
}

// Ends with a text or a typed error, and soon.
void expect_soon(const std::string& source) {
  const double start = cpu_seconds();
  render_snippet(source, variables());
  const double seconds = cpu_seconds() - start;
  EXPECT_LT(seconds, kHangSeconds) << quoted(source, 2000);
}

void expect_limit(const std::string& source) {
  const double start = cpu_seconds();
  const Outcome outcome = render_snippet(source, variables());
  EXPECT_LT(cpu_seconds() - start, kHangSeconds) << quoted(source, 400);
  EXPECT_EQ(outcome.fault, Fault::Limit) << quoted(source, 400) << " " << outcome.message;
}

TEST(JinjaLimits, StopWhatNeverEnds) {
  const std::string loops = "{% for a in range(9999) %}{% for b in range(9999) %}";
  for (const std::string& source : {
           loops + "{% endfor %}{% endfor %}",
           loops + "{% set x = [a, b] %}{% endfor %}{% endfor %}",
           std::string("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
           std::string("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}"),
           std::string("{{ range(100000000) }}"),
           std::string("{{ range(10001) }}"),
       }) {
    expect_limit(source);
  }
}

TEST(JinjaLimits, StopWhatGrows) {
  const std::string doubling = "{% set ns = namespace(s='ab', l=[1]) %}{% for i in range(60) %}";
  for (const std::string& source : {
           doubling + "{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
           doubling + "{% set ns.s = ns.s + ns.s %}{% endfor %}",
           doubling + "{% set ns.l = ns.l + ns.l %}{% endfor %}",
           doubling + "{% set ns.s = ns.s|replace('a', 'aa') %}{% endfor %}",
           doubling + "{% set ns.s = ns.s|tojson %}{% endfor %}",
           doubling + "{% set ns.s = ns.s.join([ns.s, ns.s, ns.s]) %}{% endfor %}",
           doubling + "{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
           std::string("{{ 'x' * 1000000000000 }}"),
           std::string("{{ [1] * 1000000000000 }}"),
           std::string("{{ 'x'.center(100000000000) }}"),
           std::string("{{ 'x'.zfill(100000000000) }}"),
           std::string("{{ 'a\\tb'.expandtabs(100000000000) }}"),
           std::string("{{ '%1000000000d' % 1 }}"),
           std::string("{{ '%.1000000000f' % 1 }}"),
           std::string("{{ '{:1000000000}'.format(1) }}"),
           std::string("{{ 'a\\nb'|indent(100000000000) }}"),
           std::string("{{ [1]|batch(1000000000, 0)|list }}"),
           std::string("{{ [1]|slice(1000000000)|list }}"),
           std::string("{% for i in range(9999) %}{{ messages[0].content }}{% endfor %}"),
       }) {
    expect_limit(source);
  }
}

TEST(JinjaLimits, StopsAtTheOutputThatTheContextAllows) {
  Limits limits;
  limits.output = 100;
  EXPECT_TRUE(render_snippet("{{ 'x' * 100 }}", variables(), limits).prompt.has_value());
  EXPECT_EQ(render_snippet("{{ 'x' * 101 }}", variables(), limits).fault, Fault::Limit);
}

TEST(JinjaLimits, ARangeOfTenThousandIsStillOne) {
  EXPECT_EQ(render_snippet("{{ range(10000)|length }}", variables()).prompt->text, "10000");
}

TEST(JinjaLimits, IntegersPast128BitsAreAFault) {
  EXPECT_EQ(render_snippet("{{ 2 ** 126 }}", variables()).prompt->text,
            "85070591730234615865843651857942052864");
  for (const char* source :
       {"{{ 2 ** 127 }}", "{{ 9 ** 9 ** 9 }}", "{{ 10 ** 38 * 10 }}", "{{ -(-(2 ** 126) * 2) }}",
        "{{ 1e300|int }}", "{{ 340282366920938463463374607431768211456 }}"}) {
    EXPECT_TRUE(render_snippet(source, variables()).fault.has_value()) << source;
  }
}

TEST(JinjaLimits, EndlessReferencesAreNoDanger) {
  const std::string circle =
      "{% set a = namespace(x=1) %}{% set a.self = a %}{% set a.list = [a, {'k': a}] %}";
  EXPECT_EQ(render_snippet(circle + "{{ a.self.self.x }}", variables()).prompt->text, "1");
  expect_limit(circle + "{{ a }}");
  expect_limit(circle + "{{ a.list }}");
  const std::string chain =
      "{% set h = namespace(n=0) %}{% for i in range(9999) %}{% set h.n = namespace(n=h.n) %}";
  EXPECT_TRUE(render_snippet(chain + "{% endfor %}", variables()).prompt.has_value());
  expect_limit(chain + "{% endfor %}{{ h }}");
}

// --- stack
// -----------------------------------------------------------------------------------------

// Runs `work` with 256 KiB of stack.
void run_with_small_stack(const std::function<void()>& work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 << 10);
  pthread_t thread{};
  const auto body = [](void* argument) -> void* {
    (*static_cast<const std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, body, const_cast<std::function<void()>*>(&work)),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

std::vector<std::string> deep_templates(std::size_t n) {
  const std::string start =
      "{% set ns = namespace(v=[1]) %}{% for i in range(" + format("{}", n) + ") %}";
  const std::string macros =
      "{% macro m(n) %}{% if true %}{% for i in [1] %}{% set x %}{{ ('' ~ (1 + (2 * (n and "
      "[m(n)|trim]|first)))) }}"
      "{% endset %}{{ x }}{% endfor %}{% endif %}{% endmacro %}{{ m(1) }}";
  return {
      "{{ " + repeated("(", n) + "1" + repeated(")", n) + " }}",
      "{{ " + repeated("[", n) + repeated("]", n) + " }}",
      "{{ " + repeated("{'a': ", n) + "1" + repeated("}", n) + " }}",
      "{{ " + repeated("f(", n) + repeated(")", n) + " }}",
      "{{ " + repeated("1 + (2 * (3 ~ (", n / 3) + "1" + repeated(")))", n / 3) + " }}",
      "{{ " + repeated("-", n) + "1 }}",
      "{{ " + repeated("not ", n) + "1 }}",
      "{{ a" + repeated(".b", n) + " }}",
      "{{ a" + repeated("[0]", n) + " }}",
      "{{ a" + repeated("|string", n) + " }}",
      "{{ a" + repeated("|default(a", n) + repeated(")", n) + " }}",
      "{{ a" + repeated(" is eq a[a", n) + repeated("]", n) + " }}",
      "{{ a" + repeated(" if b else a", n) + " }}",
      "{{ " + repeated("1 + ", n) + "1 }}",
      "{{ " + repeated("a ~ ", n) + "a }}",
      "{{ " + repeated("a and ", n) + "a }}",
      "{{ " + repeated("1 < ", n) + "a }}",
      repeated("{% if a %}", n) + repeated("{% endif %}", n),
      "{% if z %}" + repeated("{% elif z %}", n) + "{% endif %}",
      repeated("{% for x in L %}", n) + repeated("{% endfor %}", n),
      repeated("{% set x %}", n) + repeated("{% endset %}", n),
      repeated("{% filter upper %}", n) + repeated("{% endfilter %}", n),
      repeated("{% with x = (1) %}", n) + repeated("{% endwith %}", n),
      repeated("{% macro m() %}", n) + repeated("{% endmacro %}", n),
      repeated("{% generation %}", n) + repeated("{% endgeneration %}", n),
      "{% set " + repeated("(", n) + "x" + repeated(",)", n) + " = 1 %}",
      "{% for " + repeated("(x, ", n) + "y" + repeated(")", n) + " in L %}{% endfor %}",
      macros,
      start + "{% set ns.v = [ns.v] %}{% endfor %}{{ ns.v }}",
      start + "{% set ns.v = [ns.v] %}{% endfor %}{{ ns.v|tojson }}",
      start + "{% set ns.v = [ns.v] %}{% endfor %}{{ ns.v|tojson(indent=1) }}",
      start + "{% set ns.v = (ns.v,) %}{% endfor %}{{ {ns.v: 1} }}",
      start + "{% set ns.v = {'a': ns.v} %}{% endfor %}{{ ns.v }}",
      start + "{% set ns.v = {'a': ns.v} %}{% endfor %}{% set o = ns.v %}{{ ns.v == {'a': o} }}",
      start + "{% set ns.v = [ns.v] %}{% endfor %}{{ ns.v < [ns.v] }}{{ ns.v == [ns.v] }}",
      start + "{% set ns.v = ns.v|map('string') %}{% endfor %}{{ ns.v|list }}",
      start + "{% set ns.v = ns.v|select|unique|batch(1) %}{% endfor %}{{ ns.v|list }}",
      start + "{% set ns.v = ns.v|items %}{% endfor %}{{ ns.v|list }}",
      "{% for x in [1] recursive %}{% set y %}{{ [loop([x, x])]|first|trim }}{% endset %}{% endfor "
      "%}",
      "{% macro w() %}{{ caller() }}{% endmacro %}" + repeated("{% call w() %}", n) +
          repeated("{% endcall %}", n),
      "{{ '" + repeated("{", n) + repeated("}", n) + "'.format(1) }}",
      "{{ '{0" + repeated("[0]", n) + "}'.format(L) }}",
  };
}

TEST(JinjaLimits, NothingNeedsMoreThan256KiBOfStack) {
  if (kSanitized)
    GTEST_SKIP()
        << "needs a build without sanitizers, which take several times the stack: preset dev";
  for (const std::size_t depth : {30, 60, 64, 90, 120, 250, 1000, 20'000}) {
    const auto templates = deep_templates(depth);
    run_with_small_stack([&] {
      for (const std::string& source : templates) expect_soon(source);
    });
  }
}

TEST(JinjaLimits, DeepMessagesAreAFault) {
  if (kSanitized)
    GTEST_SKIP()
        << "needs a build without sanitizers, which take several times the stack: preset dev";
  const std::string nested = repeated("[", 60) + repeated("]", 60);
  const auto chat = [](const std::string& content) {
    return Json::parse("{\"m\": " + content + "}");
  };
  EXPECT_TRUE(render_snippet("{{ m|tojson ~ m }}", chat(nested)).prompt.has_value());
  const Json deep = chat(repeated("[", 70) + repeated("]", 70));
  run_with_small_stack([&] { EXPECT_EQ(render_snippet("{{ m }}", deep).fault, Fault::Limit); });
}

// --- reaching out
// ----------------------------------------------------------------------------------

TEST(JinjaLimits, NoAttributeLeadsOutOfTheData) {
  const std::vector<std::string> bases = {
      "''",       "[]",          "{}",          "()",         "1",        "1.5",
      "true",     "none",        "range",       "dict",       "cycler",   "joiner",
      "lipsum",   "namespace",   "namespace()", "cycler(1)",  "joiner()", "raise_exception",
      "messages", "messages[0]", "''.join",     "{}.items()", "range(3)", "self",
      "m"};
  const std::vector<std::string> ways = {
      ".__class__",
      ".__class__.__mro__",
      ".__class__.__base__.__subclasses__()",
      ".__init__.__globals__",
      ".__globals__['os'].popen('id').read()",
      "['__class__']",
      "['__init__']['__globals__']",
      "|attr('__class__')",
      "|attr('__init__')|attr('__globals__')",
      "|attr('\\x5f\\x5fclass\\x5f\\x5f')",
      "|map(attribute='__class__')|list",
      "|groupby('__class__')",
      "|selectattr('__class__', 'defined')|list",
      ".__getattribute__('__class__')",
      ".__reduce_ex__(2)",
      ".mro()",
      ".func_globals",
      ".gi_frame.f_globals",
      "._Namespace__attrs",
      "|sort(attribute='__class__.__name__')",
      ".__doc__",
  };
  std::size_t tried = 0;
  const auto expect_nothing = [&](const std::string& expression) {
    ++tried;
    const Outcome outcome = render_snippet(
        "{% macro m() %}{% endmacro %}{% set r = " + expression + " %}{{ r }}", variables());
    if (!outcome.prompt) return;
    const std::string& text = outcome.prompt->text;
    const bool empty = text.find_first_not_of("[]() ,Undefied") == std::string::npos;
    EXPECT_TRUE(empty || text.find("__") == std::string::npos) << expression << ": " << text;
    for (const char* sign : {"class", "0x", "module", "uid="}) {
      EXPECT_EQ(text.find(sign), std::string::npos) << expression << ": " << text;
    }
  };
  for (const std::string& base : bases) {
    for (const std::string& way : ways) expect_nothing(base + way);
    expect_nothing("'{0.__class__}'.format(" + base + ")");
    expect_nothing("'{0[__class__]}'.format(" + base + ")");
    expect_nothing("'%(x)s' % {'x': " + base + ".__class__}");
  }
  EXPECT_GE(tried, 500U);
}

TEST(JinjaLimits, ThereIsNothingToInclude) {
  for (const char* source : {"{% include '/etc/passwd' %}", "{% import 'x' as y %}",
                             "{% from 'x' import y %}", "{% extends 'x' %}", "{{ lipsum() }}"}) {
    EXPECT_EQ(render_snippet(source, variables()).fault, Fault::Unsupported) << source;
  }
}

// --- 2,000 hostile templates
// -----------------------------------------------------------------------

class HostileTemplates {
 public:
  explicit HostileTemplates(unsigned seed) : random_(seed) {}

  std::string next() {
    switch (pick(4)) {
      case 0:
        return soup();
      case 1:
        return "{% set ns = namespace(a='ab', b=[1, 2], c={'k': 'v'}) %}" + growth(3);
      case 2:
        return deep_templates(1 + pick(400))[pick(42)];
      default:
        return mutated();
    }
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }
  const std::string& any(const std::vector<std::string>& of) { return of[pick(of.size())]; }

  // Tokens in any order.
  std::string soup() {
    static const std::vector<std::string> kTokens = {
        "{{",        "}}",      "{%",       "%}",       "{#",     "#}",     "{%-",      "-%}",
        "if ",       "for ",    "in ",      "set ",     "else ",  "endif ", "endfor ",  "macro ",
        "endmacro ", "call ",   "filter ",  "a",        "L",      "D",      "u",        "'x'",
        "\"",        "'",       "1",        "1e308",    "0x",     "[",      "]",        "(",
        ")",         "{",       "}",        "|",        "|upper", "|sort",  "|tojson",  ".",
        ",",         ":",       "=",        "==",       "~",      "**",     "//",       "*",
        "-",         "is ",     "not ",     "defined ", "\n",     " ",      "\xC3\xA9", "\xFF",
        "raw ",      "endraw ", "range(9)", "loop.",    "ns.",    "_",      "\\",       "%s",
        "\0x"};
    std::string source;
    for (std::size_t i = pick(200); i > 0; --i) source += any(kTokens);
    return source;
  }

  std::string value() {
    static const std::vector<std::string> kValues = {
        "ns.a",        "ns.b",    "ns.c", "x",           "loop.index", "messages[0].content",
        "range(9999)", "u",       "L",    "'%s' * 9999", "people",     "tree",
        "D",           "9 ** 30", "ns",   "1.5",         "'ab'",       "none"};
    static const std::vector<std::string> kSteps = {"|join(ns.a)",
                                                    "|replace('a', ns.a)",
                                                    "|list",
                                                    "|tojson",
                                                    "|sort",
                                                    "|unique|list",
                                                    "|map('string')|list",
                                                    "|batch(2)|list",
                                                    "|reverse|list",
                                                    ".split('a')",
                                                    "|string * 99",
                                                    "|upper",
                                                    "|indent(999, true, true)",
                                                    "|groupby('name')",
                                                    "|wordwrap(3)",
                                                    "|center(99999)",
                                                    "|format(ns.a)",
                                                    "|e",
                                                    "|sum(start=ns.b)",
                                                    "[::-1]",
                                                    "|list * 9",
                                                    "|items|list",
                                                    ".rsplit(' ')",
                                                    "|urlencode",
                                                    "|title",
                                                    "|truncate(9)",
                                                    "|pprint",
                                                    "|striptags",
                                                    ".replace('', 'ab')",
                                                    "|select('in', ns.b)|list",
                                                    "|min",
                                                    "|wordcount",
                                                    ".count('a')",
                                                    ".splitlines()",
                                                    "|length",
                                                    "|dictsort",
                                                    "|tojson(indent=9)",
                                                    ".strip('aé ')",
                                                    ".find('zz')",
                                                    ".partition('é')",
                                                    "|urlize",
                                                    "|xmlattr",
                                                    "|slice(3)|list"};
    std::string result = any(kValues);
    for (std::size_t i = pick(4); i > 0; --i) result += any(kSteps);
    if (pick(4) == 0) result = "(" + result + ") ~ (" + any(kValues) + ")";
    if (pick(6) == 0) result = "[" + result + ", ns.a, ns.b]";
    if (pick(8) == 0) result = "{'k': " + result + "}";
    return result;
  }

  std::string growth(int depth) {
    std::string source;
    for (std::size_t i = 1 + pick(3); i > 0; --i) {
      switch (pick(depth > 0 ? 6 : 3)) {
        case 0:
          source += "{{ " + value() + " }}";
          break;
        case 1:
          source += "{% set ns." + any({"a", "b", "c"}) + " = " + value() + " %}";
          break;
        case 2:
          source += "{% set x = " + value() + " %}";
          break;
        case 3:
          source += "{% set x %}" + growth(depth - 1) + "{% endset %}";
          break;
        case 4:
          source += "{% macro m(n) %}" + growth(depth - 1) + "{{ m(n) }}{% endmacro %}{{ m(1) }}";
          break;
        default:
          source += "{% for x in " + value() + " %}" + growth(depth - 1) + "{% endfor %}";
      }
    }
    return source;
  }

  // A template of ours with bytes changed, parts doubled and parts missing.
  std::string mutated() {
    static const auto kTemplates = own_templates();
    std::string source = kTemplates[pick(kTemplates.size())].source;
    for (std::size_t i = 1 + pick(12); i > 0; --i) {
      const std::size_t at = pick(source.size());
      switch (pick(4)) {
        case 0:
          source[at] = static_cast<char>(pick(256));
          break;
        case 1:
          source.erase(at, pick(40));
          break;
        case 2:
          source.insert(at, source.substr(pick(source.size()), pick(200)));
          break;
        default:
          source.insert(at, "{% for i in range(9999) %}");
      }
      if (source.empty()) return "x";
    }
    return source;
  }

  std::mt19937 random_;
};

TEST(JinjaLimits, TwoThousandHostileTemplatesEndSoon) {
  HostileTemplates hostile(4711);
  double slowest = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string source = hostile.next();
    SCOPED_TRACE(i);
    const double start = cpu_seconds();
    const Outcome outcome = render_snippet(source, variables());
    const double seconds = cpu_seconds() - start;
    slowest = std::max(slowest, seconds);
    EXPECT_LT(seconds, kHangSeconds) << quoted(source, 4000);
    EXPECT_NE(outcome.prompt.has_value(), outcome.fault.has_value());
  }
  RecordProperty("slowest_ms", static_cast<int>(slowest * 1000));
}

}  // namespace
}  // namespace bantam::jinja::test
