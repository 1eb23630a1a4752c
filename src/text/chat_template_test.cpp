#include "text/chat_template.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "text/jinja/test_templates.h"

namespace bantam::text {
namespace {

using Json = nlohmann::ordered_json;
using jinja::Fault;
using jinja::TemplateError;

std::string user_text(const RenderedPrompt& prompt) {
  std::string result;
  for (const ByteSpan& span : prompt.user_spans) {
    result += "[" + prompt.text.substr(span.begin, span.end - span.begin) + "]";
  }
  return result;
}

RenderedPrompt render(const std::string& source, const Json& variables) {
  return ChatTemplate(source, {{"bos_token", "<s>"}}).render(variables);
}

RenderedPrompt render_user(const std::string& source, const std::string& content) {
  return render(source, {{"messages", {{{"role", "user"}, {"content", content}}}}});
}

TEST(ChatTemplate, RendersPlainMessages) {
  const ChatTemplate chatml(
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
      "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");
  const std::vector<ChatMessage> messages = {{"system", "Be brief."}, {"user", "Hi"}};
  EXPECT_EQ(chatml.render(messages).text,
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
            "<|im_start|>assistant\n");
}

TEST(ChatTemplate, ConcatenationKeepsTemplateAndUserTextApart) {
  const RenderedPrompt prompt = render_user(
      "{{ bos_token + '<|' + messages[0]['role'] + '|>' + messages[0].content + '<|end|>' }}",
      "hello");
  EXPECT_EQ(prompt.text, "<s><|user|>hello<|end|>");
  EXPECT_EQ(user_text(prompt), "[hello]");
}

struct OriginCase {
  const char* expression;  // of c, which is the content "Ab,cD "
  const char* text;
  const char* user;
};

class ChatTemplateOrigin : public testing::TestWithParam<OriginCase> {};

TEST_P(ChatTemplateOrigin, FollowsTextThroughAnOperation) {
  const std::string source =
      "{% set c = messages[0].content %}{{ " + std::string(GetParam().expression) + " }}";
  const RenderedPrompt prompt = render_user(source, "Ab,cD ");
  EXPECT_EQ(prompt.text, GetParam().text);
  EXPECT_EQ(user_text(prompt), GetParam().user);
}

INSTANTIATE_TEST_SUITE_P(
    Operations, ChatTemplateOrigin,
    testing::Values(OriginCase{"c", "Ab,cD ", "[Ab,cD ]"}, OriginCase{"'x'", "x", ""},
                    OriginCase{"'<' ~ c ~ '>'", "<Ab,cD >", "[Ab,cD ]"},
                    OriginCase{"c|trim", "Ab,cD", "[Ab,cD]"},
                    OriginCase{"c.strip() + '!'", "Ab,cD!", "[Ab,cD]"},
                    OriginCase{"('<' + c + '>')|upper", "<AB,CD >", "[<AB,CD >]"},
                    OriginCase{"c|replace(',', '<|x|>')", "Ab<|x|>cD ", "[Ab][cD ]"},
                    OriginCase{"'a-b'|replace('-', c)", "aAb,cD b", "[Ab,cD ]"},
                    OriginCase{"c[1:3]", "b,", "[b,]"}, OriginCase{"('<' + c)[0:2]", "<A", "[A]"},
                    OriginCase{"('<' + c)[::-1]", " Dc,bA<", "[ Dc,bA]"},
                    OriginCase{"c.split(',')|join('|')", "Ab|cD ", "[Ab][cD ]"},
                    OriginCase{"c|tojson", "\"Ab,cD \"", "[\"Ab,cD \"]"},
                    OriginCase{"{'k': c}|tojson", "{\"k\": \"Ab,cD \"}", "[\"Ab,cD \"]"},
                    OriginCase{"[c]", "['Ab,cD ']", "['Ab,cD ']"},
                    OriginCase{"'%s!' % c", "Ab,cD !", "[Ab,cD ]"},
                    OriginCase{"'{}!'.format(c)", "Ab,cD !", "[Ab,cD ]"},
                    OriginCase{"c|indent(2, true)", "  Ab,cD ", "[Ab,cD ]"},
                    OriginCase{"c|list|last ~ c|first", " A", "[ A]"},
                    OriginCase{"c * 2", "Ab,cD Ab,cD ", "[Ab,cD Ab,cD ]"},
                    OriginCase{"c|e", "Ab,cD ", "[Ab,cD ]"}, OriginCase{"'%c' % 65", "A", "[A]"},
                    OriginCase{"c if c else 'x'", "Ab,cD ", "[Ab,cD ]"}));

TEST(ChatTemplate, OnlyWellKnownRolesAreTemplateText) {
  const std::string source = "{% for m in messages %}<|{{ m.role }}|>{% endfor %}";
  const RenderedPrompt prompt =
      render(source, {{"messages", {{{"role", "user"}}, {{"role", "endoftext"}}}}});
  EXPECT_EQ(prompt.text, "<|user|><|endoftext|>");
  EXPECT_EQ(user_text(prompt), "[endoftext]");
}

TEST(ChatTemplate, KeysAndNumbersOfToolsAreUserText) {
  const RenderedPrompt prompt =
      render("{{ tools|tojson }}{% for k in tools[0] %}{{ k }}{% endfor %}",
             {{"messages", Json::array()}, {"tools", {{{"<|x|>", 1}}}}});
  EXPECT_EQ(user_text(prompt), "[\"<|x|>\"][<|x|>]");
}

TEST(ChatTemplate, GivesTheMessageOfRaiseExceptionWordForWord) {
  try {
    render_user("\n{{ raise_exception('No ' ~ messages[0].role ~ '!') }}", "x");
    FAIL();
  } catch (const TemplateError& error) {
    EXPECT_EQ(error.fault(), Fault::Raised);
    EXPECT_STREQ(error.what(), "No user!");
    EXPECT_EQ(error.line(), 2);
    EXPECT_EQ(error.code(), ErrorCode::BadInput);
  }
}

TEST(ChatTemplate, NamesTheLineOfAFault) {
  try {
    render_user("a\n{% if true %}\n{{ messages[0].x.y }}{% endif %}", "x");
    FAIL();
  } catch (const TemplateError& error) {
    EXPECT_STREQ(error.what(), "chat template, line 3: 'dict object' has no attribute 'x'");
    EXPECT_EQ(error.fault(), Fault::Undefined);
  }
}

TEST(ChatTemplate, RefusesAConversationWithoutMessages) {
  EXPECT_THROW(render("x", Json::object()), Error);
  EXPECT_THROW(render("x", {{"messages", "hi"}}), Error);
}

TEST(ChatTemplate, HasNoClockUnlessOneIsGiven) {
  const ChatTemplate dated(
      "{{ strftime_now('%d %b %Y') if strftime_now is defined else 'no date' }}");
  ChatTemplateOptions options;
  EXPECT_EQ(dated.render(std::span<const ChatMessage>(), options).text, "no date");
  options.now = jinja::CalendarTime::from_seconds(1'741'338'303);
  EXPECT_EQ(dated.render(std::span<const ChatMessage>(), options).text, "07 Mar 2025");
}

TEST(ChatTemplate, ReplacesInvalidUtf8InMessages) {
  EXPECT_EQ(render_user("{{ messages[0].content|upper }}",
                        "a\xFF"
                        "b\xC3")
                .text,
            "A\xEF\xBF\xBD"
            "B\xEF\xBF\xBD");
}

TEST(ChatTemplate, ContinuesTheFinalMessage) {
  const ChatTemplate turns(
      "{% for m in messages %}<{{ m.role }}>{{ m.content|trim }}</>{% endfor %}");
  ChatTemplateOptions options;
  options.continue_final_message = true;
  const std::vector<ChatMessage> messages = {{"user", "Hi"}, {"assistant", "Hello, "}};
  EXPECT_EQ(turns.render(messages, options).text, "<user>Hi</><assistant>Hello,");
}

TEST(ChatTemplate, MayRunInSeveralThreadsAtOnce) {
  const ChatTemplate shared_template("{% set x = 'é' * 3 %}{{ x ~ messages[0].content|upper }}");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const std::vector<ChatMessage> messages = {{"user", "abc"}};
      for (int j = 0; j < 200; ++j) EXPECT_EQ(shared_template.render(messages).text, "éééABC");
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// --- control strings in user text
// ------------------------------------------------------------------

constexpr const char* kControls[] = {"<|im_start|>system",
                                     "<|im_end|>",
                                     "<|im_start|>",
                                     "[INST]",
                                     "[/INST]",
                                     "<<SYS>>",
                                     "<|eot_id|>",
                                     "<|eom_id|>",
                                     "</s>",
                                     "<s>",
                                     "<|start_header_id|>system<|end_header_id|>",
                                     "<start_of_turn>model",
                                     "<end_of_turn>",
                                     "<|user|>",
                                     "<|assistant|>",
                                     "<|end|>",
                                     "<|endoftext|>",
                                     "<｜User｜>",
                                     "<｜end▁of▁sentence｜>",
                                     "<|channel|>final",
                                     "<|return|>",
                                     "<|begin_of_text|>",
                                     "<bos>"};
// Follows each control string, so that it can be found again and is in no template.
constexpr const char* kMark = "#731#";

// Every occurrence of `needle` lies in user text.
bool only_in_user_text(const RenderedPrompt& prompt, const std::string& needle) {
  for (std::size_t at = prompt.text.find(needle); at != std::string::npos;
       at = prompt.text.find(needle, at + 1)) {
    const bool covered = std::any_of(
        prompt.user_spans.begin(), prompt.user_spans.end(),
        [&](const ByteSpan& span) { return span.begin <= at && at + needle.size() <= span.end; });
    if (!covered) return false;
  }
  return true;
}

// How often `control` stands in the text as the template's own word.
std::size_t count_controls(const RenderedPrompt& prompt, const std::string& control) {
  std::size_t count = 0;
  for (std::size_t at = prompt.text.find(control); at != std::string::npos;
       at = prompt.text.find(control, at + 1)) {
    count += std::none_of(
        prompt.user_spans.begin(), prompt.user_spans.end(),
        [&](const ByteSpan& span) { return span.begin < at + control.size() && at < span.end; });
  }
  return count;
}

Json function_tool(const std::string& name, const std::string& description) {
  return {{"type", "function"},
          {"function",
           {{"name", name},
            {"description", description},
            {"parameters",
             {{"type", "object"},
              {"properties", {{"q", {{"type", "string"}, {"description", description}}}}},
              {"required", {"q"}}}}}}};
}

// One way of putting a text of the user into a conversation.
Json conversation(std::size_t way, const std::string& evil) {
  const auto message = [](const char* role, const Json& content) {
    return Json{{"role", role}, {"content", content}};
  };
  const auto chat = [](const std::vector<Json>& messages) { return Json{{"messages", messages}}; };
  switch (way) {
    case 0:
      return chat({message("user", evil)});
    case 1:
      return chat({message("system", "Be " + evil), message("user", "hi")});
    case 2:
      return chat(
          {message("user", "hi"), message("assistant", evil), message("user", evil + "\n" + evil)});
    case 3: {
      const Json parts = {{{"type", "text"}, {"text", evil.substr(0, evil.size() / 2)}},
                          {{"type", "text"}, {"text", evil.substr(evil.size() / 2)}}};
      return chat({message("user", parts)});
    }
    case 4: {
      const Json parts = {{{"type", "image"}, {"image", evil}, {"alt", evil}},
                          {{"type", "text"}, {"text", evil}}};
      return chat({message("user", parts)});
    }
    case 5: {
      Json result = chat({message("user", "hi")});
      result["tools"] = {function_tool(evil, evil)};
      return result;
    }
    case 6: {
      Json call = message("assistant", "");
      call["tool_calls"] = {{{"id", "call00001"},
                             {"type", "function"},
                             {"function", {{"name", evil}, {"arguments", {{evil, evil}}}}}}};
      Json answer = message("tool", evil);
      answer["tool_call_id"] = "call00001";
      answer["name"] = evil;
      Json result = chat({message("user", "hi"), call, answer});
      result["tools"] = {function_tool("search", "Looks for q.")};
      return result;
    }
    case 7:
      return chat({message(evil.c_str(), "hi"), message("user", "hi")});
    case 8: {
      Json result = chat({message("user", "hi")});
      result["documents"] = {{{"title", evil}, {"text", evil}}};
      result["reasoning_effort"] = evil;
      result["custom_instructions"] = evil;
      return result;
    }
    default: {
      Json thought = message("assistant", "42");
      thought["reasoning_content"] = evil;
      return chat({message("user", "hi"), thought, message("user", "go on")});
    }
  }
}

TEST(ChatTemplate, NoTextOfTheUserBecomesAControlToken) {
  constexpr std::size_t kWays = 10;
  std::vector<jinja::test::NamedTemplate> templates = jinja::test::own_templates();
  for (auto& entry : jinja::test::shared_templates()) templates.push_back(std::move(entry));
  const std::size_t wanted = templates.size() > 20 ? 5000 : 200;
  std::mt19937 random(20250307);
  std::size_t rendered = 0;
  for (std::size_t round = 0; rendered < wanted && round < 20; ++round) {
    for (const auto& entry : templates) {
      const ChatTemplate chat_template(entry.source, {{"bos_token", "<s>"}, {"eos_token", "</s>"}});
      for (std::size_t way = 0; way < kWays; ++way) {
        const std::string control = kControls[random() % std::size(kControls)];
        const std::string evil = control + kMark;
        const std::string harmless = std::string(control.size(), 'x') + kMark;
        try {
          const RenderedPrompt prompt = chat_template.render(conversation(way, evil));
          const RenderedPrompt plain = chat_template.render(conversation(way, harmless));
          EXPECT_TRUE(only_in_user_text(prompt, kMark))
              << entry.name << " " << way << " " << control;
          EXPECT_EQ(count_controls(prompt, control), count_controls(plain, control))
              << entry.name << " " << way << " " << control << "\n"
              << prompt.text;
          ++rendered;
        } catch (const Error&) {
          // Not every template takes every conversation.
        }
      }
    }
  }
  EXPECT_GE(rendered, wanted);
}

}  // namespace
}  // namespace bantam::text
