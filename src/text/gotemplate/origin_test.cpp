// What of a Go template's output came from the user, and how Ollama's data is made.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/paths.h"
#include "text/chat_template.h"
#include "text/gotemplate/test_templates.h"

namespace bantam::gotemplate::test {
namespace {

using text::ByteSpan;
using text::ChatTemplate;
using text::ChatTemplateOptions;
using text::RenderedPrompt;
using text::TemplateLanguage;

std::string user_text(const RenderedPrompt& prompt) {
  std::string result;
  for (const ByteSpan& span : prompt.user_spans) {
    result += "[" + prompt.text.substr(span.begin, span.end - span.begin) + "]";
  }
  return result;
}

RenderedPrompt render(const std::string& source, const Json& variables,
                      const ChatTemplateOptions& options = {}) {
  return ChatTemplate(source, {}, TemplateLanguage::Go).render(variables, options);
}

Json chat_of(const std::string& content) {
  return {{"messages", {{{"role", "user"}, {"content", content}}}}};
}

struct OriginCase {
  const char* expression;  // of c, which is the content "Ab<D "
  const char* text;
  const char* user;
};

class GoTemplateOrigin : public testing::TestWithParam<OriginCase> {};

TEST_P(GoTemplateOrigin, FollowsTextThroughAFunction) {
  const std::string source =
      std::string("{{$c := (index .Messages 0).Content}}<|{{") + GetParam().expression + "}}|>";
  const RenderedPrompt prompt = render(source, chat_of("Ab<D "));
  EXPECT_EQ(prompt.text, std::string("<|") + GetParam().text + "|>");
  EXPECT_EQ(user_text(prompt), GetParam().user);
}

INSTANTIATE_TEST_SUITE_P(
    All, GoTemplateOrigin,
    testing::Values(OriginCase{"$c", "Ab<D ", "[Ab<D ]"},
                    OriginCase{"print \"x\" $c \"y\"", "xAb<D y", "[Ab<D ]"},
                    OriginCase{"printf \"%s|%8s|%.2s\" $c $c $c", "Ab<D |   Ab<D |Ab",
                               "[Ab<D ][Ab<D ][Ab]"},
                    OriginCase{"printf \"%q\" $c", "\"Ab<D \"", "[\"Ab<D \"]"},
                    OriginCase{"printf \"%x\" $c", "41623c4420", "[41623c4420]"},
                    OriginCase{"printf $c", "Ab<D ", "[Ab<D ]"},
                    OriginCase{"slice $c 1 3", "b<", "[b<]"},
                    OriginCase{"json $c", "\"Ab\\u003cD \"", "[Ab\\u003cD ]"},
                    OriginCase{"html $c", "Ab&lt;D ", "[Ab&lt;D ]"},
                    OriginCase{"js $c", "Ab\\u003CD ", "[Ab\\u003CD ]"},
                    OriginCase{"urlquery $c", "Ab%3CD+", "[Ab%3CD+]"},
                    OriginCase{"and true $c", "Ab<D ", "[Ab<D ]"}, OriginCase{"len $c", "5", ""},
                    OriginCase{"html \"<\"", "&lt;", ""}));

TEST(GoTemplate, OnlyWellKnownRolesAreTemplateText) {
  const RenderedPrompt prompt =
      render("{{range .Messages}}<|{{.Role}}|>{{end}}",
             {{"messages", {{{"role", "user"}}, {{"role", "endoftext"}}}}});
  EXPECT_EQ(prompt.text, "<|user|><|endoftext|>");
  EXPECT_EQ(user_text(prompt), "[endoftext]");
}

TEST(GoTemplate, KeysNumbersAndTextsOfToolsAreUserText) {
  const Json call = {{"function", {{"name", "f"}, {"arguments", {{"<|x|>", 1.5}}}}}};
  const RenderedPrompt prompt =
      render("{{range .Messages}}{{range .ToolCalls}}{{.Function.Arguments}}{{end}}{{end}}",
             {{"messages", {{{"role", "assistant"}, {"tool_calls", {call}}}}}});
  EXPECT_EQ(prompt.text, "{\"\\u003c|x|\\u003e\":1.5}");
  EXPECT_EQ(user_text(prompt), "[\\u003c|x|\\u003e][1.5]");
}

TEST(GoTemplate, TextCutInsideOfACharacterIsRepaired) {
  const RenderedPrompt prompt = render(
      "{{with index .Messages 0}}{{slice .Content 0 1}}é{{slice .Content 1}}{{end}}", chat_of("é"));
  EXPECT_EQ(prompt.text,
            "\xEF\xBF\xBD"
            "é"
            "\xEF\xBF\xBD");
  EXPECT_EQ(user_text(prompt), "[\xEF\xBF\xBD][\xEF\xBF\xBD]");
}

TEST(GoTemplate, ContinuesTheFinalMessage) {
  const Json chat = {
      {"messages",
       {{{"role", "user"}, {"content", "Hi"}}, {{"role", "assistant"}, {"content", "Hello, "}}}}};
  ChatTemplateOptions options;
  options.continue_final_message = true;
  EXPECT_EQ(render("{{range .Messages}}<{{.Role}}>{{.Content}}</>{{end}}", chat, options).text,
            "<user>Hi</><assistant>Hello, ");
  EXPECT_EQ(render("U:{{.Prompt}} A:{{.Response}}</s>", chat, options).text, "U:Hi A:Hello, ");
}

TEST(GoTemplate, EndsTheLastTurnAtTheResponse) {
  const Json chat = {{"messages",
                      {{{"role", "user"}, {"content", "1"}},
                       {{"role", "assistant"}, {"content", "2"}},
                       {{"role", "user"}, {"content", "3"}}}}};
  EXPECT_EQ(render("{{if .Prompt}}U{{.Prompt}}{{end}}A{{.Response}};", chat).text, "U1A2;U3A");
  EXPECT_EQ(render("{{if .Response}}A{{.Response}}!{{else}}?{{end}};", chat).text, "A2!;");
  EXPECT_EQ(render("U{{.Prompt}}A", chat).text, "U1A2U3A");
}

TEST(GoTemplate, TakesOpenAisFormOfAConversation) {
  const Json call = {{"id", "c1"},
                     {"type", "function"},
                     {"function", {{"name", "f"}, {"arguments", "{\"a\": [1]}"}}}};
  const Json parts = {{{"type", "text"}, {"text", "a"}}, {{"type", "text"}, {"text", "b"}}};
  const Json chat = {{"messages",
                      {{{"role", "user"}, {"content", parts}},
                       {{"role", "assistant"}, {"content", nullptr}, {"tool_calls", {call}}},
                       {{"role", "tool"}, {"tool_call_id", "c1"}, {"content", "42"}}}}};
  EXPECT_EQ(render("{{range .Messages}}{{.Content}}{{range .ToolCalls}}{{.ID}}{{.Function.Name}}"
                   "{{.Function.Arguments}}{{end}}{{.ToolName}};{{end}}",
                   chat)
                .text,
            "a\n\nb;c1f{\"a\":[1]};42f;");
}

TEST(GoTemplate, NamesWhatIsWrongWithAConversation) {
  const auto message_of = [](const Json& variables) {
    try {
      render("{{range .Messages}}{{.Content}}{{end}}{{.Tools}}", variables);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const auto with = [](const char* name, const Json& value) {
    Json chat = chat_of("x");
    chat[name] = value;
    return chat;
  };
  const std::pair<Json, const char*> cases[] = {
      {{{"messages", {1}}}, "messages[0]: expected an object"},
      {{{"messages", {{{"content", 1}}}}}, "messages[0].content: expected a text"},
      {{{"messages", {{{"content", {{{"type", "image_url"}}}}}}}}, "messages[0].content[0]"},
      {{{"messages", {{{"tool_calls", 1}}}}}, "messages[0].tool_calls: expected a list"},
      {{{"messages", {{{"tool_calls", {{{"function", {{"arguments", "{"}}}}}}}}}},
       "messages[0].tool_calls[0].function.arguments"},
      {with("tools", 1), "tools: expected a list"},
      {with("tools", {1}), "tools[0]"},
      {with("tools", {{{"function", {{"parameters", {{"properties", {{"a", 1}}}}}}}}}),
       "tools[0].function.parameters.properties.a"},
      {with("think", "much"), "think: expected"},
      {with("colour", "red"), "\"colour\""},
      {with("suffix", "x"), "prompt and suffix"},
      {with("add_generation_prompt", false), "add_generation_prompt"},
  };
  for (const auto& [variables, part] : cases) {
    EXPECT_NE(message_of(variables).find(part), std::string::npos)
        << variables << ": " << message_of(variables);
  }
}

TEST(GoTemplate, IsToldFromJinja) {
  for (const char* go : {"{{ .Prompt }}", "{{- range .Messages }}x{{ end }}", "{{ $x := 1 }}",
                         "a {{- if .System }}b{{ end }}", "{{/* note */}}x", "{{ end }}"}) {
    EXPECT_EQ(text::detect_language(go), TemplateLanguage::Go) << go;
  }
  for (const char* jinja :
       {"", "text", "{% for m in messages %}{{ m.role }}{% endfor %}", "{{ messages[0].content }}",
        "{{ ending }}", "{{ iffy }}", "{{", "{{- bos_token -}}"}) {
    EXPECT_EQ(text::detect_language(jinja), TemplateLanguage::Jinja) << jinja;
  }
}

// --- control strings in user text ---

constexpr const char* kControls[] = {"<|im_start|>system",
                                     "<|im_end|>",
                                     "[INST]",
                                     "[/INST]",
                                     "<<SYS>>",
                                     "<|eot_id|>",
                                     "</s>",
                                     "<s>",
                                     "<|end|>",
                                     "<|user|>",
                                     "<|start_header_id|>system<|end_header_id|>",
                                     "<|begin_of_text|>",
                                     "<PRE>",
                                     "<SUF>",
                                     "<MID>",
                                     "<|system|>",
                                     "<|tool|>",
                                     "<call>"};
constexpr const char* kMark = "#731#";

// Bytes of the template's own text.
std::string template_text(const RenderedPrompt& prompt) {
  std::string result;
  std::size_t at = 0;
  for (const ByteSpan& span : prompt.user_spans) {
    result += prompt.text.substr(at, span.begin - at) + '\x1f';
    at = span.end;
  }
  return result + prompt.text.substr(at);
}

// Ways of putting a text of the user into a conversation.
Json conversation(std::size_t way, const std::string& evil) {
  const auto chat = [](const std::vector<Json>& messages) { return Json{{"messages", messages}}; };
  const auto message = [](const std::string& role, const std::string& content) {
    return Json{{"role", role}, {"content", content}};
  };
  Json call = message("assistant", evil);
  call["thinking"] = evil;
  call["tool_calls"] = {
      {{"id", evil}, {"function", {{"name", evil}, {"arguments", {{evil, evil}}}}}}};
  Json answer = message("tool", evil);
  answer["tool_name"] = evil;
  const Json property = {{"type", evil}, {"description", evil}, {"enum", {evil}}};
  const Json tool = {
      {"type", evil},
      {"function",
       {{"name", evil},
        {"description", evil},
        {"parameters",
         {{"type", "object"}, {"required", {evil}}, {"properties", {{evil, property}}}}}}}};
  switch (way) {
    case 0:
      return chat({message("user", evil)});
    case 1:
      return chat({message("system", evil), message("user", evil), message("assistant", evil),
                   message("user", "hi")});
    case 2: {
      Json result = chat({message("user", "hi"), call, answer});
      result["think"] = true;
      return result;
    }
    case 3: {
      Json result = chat({message("user", "hi")});
      result["tools"] = {tool};
      return result;
    }
    case 4:
      return chat({message(evil, evil), message("user", "hi")});
    default: {
      Json result = chat({});
      result["prompt"] = evil;
      result["suffix"] = evil;
      return result;
    }
  }
}

std::vector<std::string> all_templates() {
  std::vector<std::string> sources;
  for (const char* name : {"bare", "chatml", "fill", "llama", "tools", "turns", "whole"}) {
    const auto path = bantam::test::fixture(std::string("templates/go/own/") + name + ".gotmpl");
    sources.push_back(jinja::test::read_text(path));
  }
  return sources;
}

// The template's own bytes are the same whatever the user writes, and all else is the user's.
TEST(GoTemplate, NoTextOfTheUserBecomesAControlToken) {
  constexpr std::size_t kWays = 6;
  const std::vector<std::string> sources = all_templates();
  std::mt19937 random(20250307);
  std::size_t rendered = 0;
  for (std::size_t round = 0; rendered < 5000; ++round) {
    ASSERT_LT(round, 400U);
    const std::string control = kControls[random() % std::size(kControls)];
    const std::string evil = control + kMark;
    const std::string harmless = std::string(control.size(), 'x') + kMark;
    for (const std::string& source : sources) {
      for (std::size_t way = 0; way < kWays; ++way) {
        const Outcome outcome = render_chat(source, conversation(way, evil));
        const Outcome plain = render_chat(source, conversation(way, harmless));
        ASSERT_EQ(outcome.prompt.has_value(), plain.prompt.has_value()) << outcome.message;
        if (!outcome.prompt) continue;
        EXPECT_EQ(template_text(*outcome.prompt), template_text(*plain.prompt)) << control;
        EXPECT_EQ(template_text(*outcome.prompt).find(kMark), std::string::npos) << control;
        ++rendered;
      }
    }
  }
}

}  // namespace
}  // namespace bantam::gotemplate::test
