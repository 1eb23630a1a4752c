#include "text/chat_template.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "base/utf8.h"
#include "text/gotemplate/ollama_template.h"
#include "text/jinja/builtins/text_pieces.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/json_values.h"
#include "text/jinja/parser.h"
#include "text/jinja/values/compare.h"

namespace bantam::text {
namespace {

using Json = nlohmann::ordered_json;
using jinja::DictObject;
using jinja::Kind;
using jinja::ListObject;
using jinja::Origin;
using jinja::Runtime;
using jinja::Text;
using jinja::TextPtr;
using jinja::Value;

// Roles that templates put between the halves of a control token, as in "<|" + role + "|>". Any
// other role is the user's text.
constexpr std::string_view kRoles[] = {"system",      "user",  "assistant", "tool",
                                       "developer",   "model", "function",  "ipython",
                                       "observation", "tools"};

// What transformers looks for where the last message ends.
constexpr std::string_view kContinueTag = "CONTINUE_FINAL_MESSAGE_TAG ";

bool is_known_role(const std::string& role) {
  return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

// Reasoning has three names; templates know one or another of the first two.
void unify_reasoning(Runtime& runtime, DictObject& message) {
  for (const std::string_view name : {"reasoning_content", "thinking", "reasoning"}) {
    const Value* found = message.find(name);
    if (found == nullptr) continue;
    const Value reasoning = *found;
    for (const char* wanted : {"reasoning_content", "thinking"}) {
      if (message.find(wanted) == nullptr) {
        message.set(runtime, runtime.make_text(wanted), reasoning);
      }
    }
    return;
  }
}

Value message_value(Runtime& runtime, const Json& json) {
  const Value value = jinja::from_json(runtime, json, Origin::User);
  if (!value.is(Kind::Dict)) return value;
  auto& message = value.as<DictObject>();
  const Value* role = message.find("role");
  if (role != nullptr && role->is_text() && is_known_role(role->text().bytes)) {
    const std::string name = role->text().bytes;
    message.set(runtime, runtime.make_text("role"), runtime.make_text(name, Origin::Template));
  }
  unify_reasoning(runtime, message);
  return value;
}

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorCode::BadInput, message); }

// Puts the tag after the last text of the last message; gives that text.
TextPtr mark_end(Runtime& runtime, ListObject& messages) {
  if (messages.items.empty() || !messages.items.back().is(Kind::Dict)) {
    fail("continue_final_message: there is no final message to continue");
  }
  const auto tagged = [&](DictObject& holder, const char* key) -> TextPtr {
    const Value* found = holder.find(key);
    if (found == nullptr || !found->is_text()) return nullptr;
    const TextPtr text = found->text_ptr();
    Text longer = *text;
    longer.append(kContinueTag, Origin::User);
    holder.set(runtime, runtime.make_text(key), runtime.make_text(std::move(longer)));
    return text;
  };
  auto& message = messages.items.back().as<DictObject>();
  const Value* content = message.find("content");
  if (content != nullptr && content->is(Kind::List)) {
    const auto& parts = content->as<ListObject>().items;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
      if (!part->is(Kind::Dict)) continue;
      if (TextPtr text = tagged(part->as<DictObject>(), "text")) return text;
    }
  } else if (TextPtr text = tagged(message, "content")) {
    return text;
  }
  fail("continue_final_message: the final message has no text to continue");
}

[[noreturn]] void fail_without_end() {
  fail(
      "continue_final_message: the final message does not appear in the prompt; the template "
      "changes or drops it");
}

// The prompt up to the tag. Where the template cut the blank off the tag, blanks before it go too.
Text cut_at_tag(Runtime& runtime, const Text& prompt) {
  const std::string_view bytes = prompt.bytes;
  const auto bare_tag = kContinueTag.substr(0, kContinueTag.size() - 1);
  const std::size_t tag = bytes.rfind(bare_tag);
  if (tag == std::string_view::npos) fail_without_end();
  Text kept;
  kept.append(prompt, 0, tag);
  if (bytes.substr(tag).starts_with(kContinueTag)) return kept;
  const auto whole = std::make_shared<const Text>(std::move(kept));
  return jinja::strip(runtime, whole, nullptr, jinja::Side::Right).text();
}

jinja::Limits limits_for(const Json& variables, const ChatTemplateOptions& options) {
  constexpr int kLevels = 100;
  constexpr std::size_t kMostInput = std::size_t{1} << 30;
  jinja::Limits limits;
  const std::size_t size = std::min(jinja::json_size(variables, kLevels), kMostInput);
  limits.work += static_cast<std::int64_t>(size) * 64;
  limits.output = std::max(limits.output, options.context_bytes * 4);
  return limits;
}

// Go may cut a text inside of a character. Repairs what came of it, each origin for itself.
RenderedPrompt as_valid_utf8(Text prompt) {
  if (is_valid_utf8(prompt.bytes)) return {std::move(prompt.bytes), std::move(prompt.user)};
  Text repaired;
  const auto copy = [&](std::size_t begin, std::size_t end, Origin origin) {
    repaired.append(repair_utf8(std::string_view(prompt.bytes).substr(begin, end - begin)), origin);
  };
  std::size_t at = 0;
  for (const ByteSpan& span : prompt.user) {
    copy(at, span.begin, Origin::Template);
    copy(span.begin, span.end, Origin::User);
    at = span.end;
  }
  copy(at, prompt.bytes.size(), Origin::Template);
  return {std::move(repaired.bytes), std::move(repaired.user)};
}

RenderedPrompt render_go(const gotemplate::OllamaTemplate& go_template, const Json& variables,
                         const ChatTemplateOptions& options) {
  const bool ends_with_answer =
      options.add_generation_prompt && variables.value("add_generation_prompt", true);
  if (!ends_with_answer && !options.continue_final_message) {
    throw Error(ErrorCode::Unsupported,
                "a Go template ends where the model's answer begins; it cannot do without "
                "(add_generation_prompt = false)");
  }
  Runtime runtime(limits_for(variables, options));
  runtime.now = options.now;
  if (!options.continue_final_message) {
    return as_valid_utf8(go_template.render(runtime, variables));
  }
  Text prompt = go_template.render(runtime, variables, kContinueTag);
  return as_valid_utf8(cut_at_tag(runtime, prompt));
}

}  // namespace

TemplateLanguage detect_language(std::string_view source) {
  constexpr std::string_view kWords[] = {"range",  "if",       "with",  "end", "else",
                                         "define", "template", "block", "/*"};
  for (std::size_t at = source.find("{{"); at != std::string_view::npos;
       at = source.find("{{", at + 2)) {
    std::string_view action = source.substr(at + 2);
    if (action.starts_with('-')) action.remove_prefix(1);
    const std::size_t begin = std::min(action.find_first_not_of(" \t\r\n"), action.size());
    action.remove_prefix(begin);
    if (action.starts_with('.') || action.starts_with('$')) return TemplateLanguage::Go;
    for (const std::string_view word : kWords) {
      const std::string_view next = action.substr(std::min(word.size(), action.size()));
      const bool ends = next.empty() || std::string_view(" \t\r\n-}(\"").find(next.front()) !=
                                            std::string_view::npos;
      if (action.starts_with(word) && (ends || word == "/*")) return TemplateLanguage::Go;
    }
  }
  return TemplateLanguage::Jinja;
}

struct ChatTemplate::Parts {
  std::variant<jinja::TemplateAst, gotemplate::OllamaTemplate> program;
  SpecialTokens special_tokens;
};

ChatTemplate::ChatTemplate(std::string_view source, SpecialTokens special_tokens,
                           TemplateLanguage language) {
  if (language == TemplateLanguage::Go) {
    parts_.reset(new Parts{gotemplate::OllamaTemplate(source), std::move(special_tokens)});
  } else {
    parts_.reset(new Parts{jinja::parse_template(source), std::move(special_tokens)});
  }
}
ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

RenderedPrompt ChatTemplate::render(const Json& variables,
                                    const ChatTemplateOptions& options) const {
  const auto* go_template = std::get_if<gotemplate::OllamaTemplate>(&parts_->program);
  const bool fills_in = go_template != nullptr && variables.contains("suffix");
  const bool has_messages =
      variables.is_object() && variables.contains("messages") && variables["messages"].is_array();
  if (!has_messages && !fills_in) fail("a chat needs \"messages\", a list");
  if (go_template != nullptr) return render_go(*go_template, variables, options);
  Runtime runtime(limits_for(variables, options));
  runtime.now = options.now;
  jinja::Interpreter interpreter(std::get<jinja::TemplateAst>(parts_->program), runtime);
  interpreter.define("add_generation_prompt", Value::of(options.add_generation_prompt));
  interpreter.define("tools", Value());
  interpreter.define("documents", Value());
  for (const auto& [name, token] : parts_->special_tokens) {
    interpreter.define(name, runtime.make_text(token, Origin::Template));
  }
  for (const auto& [name, value] : variables.items()) {
    if (name != "messages") {
      interpreter.define(name, jinja::from_json(runtime, value, Origin::User));
    }
  }
  std::vector<Value> items;
  for (const Json& message : variables["messages"])
    items.push_back(message_value(runtime, message));
  ListObject* messages = runtime.make_list(std::move(items));
  const TextPtr final_text =
      options.continue_final_message ? mark_end(runtime, *messages) : nullptr;
  interpreter.define("messages", Value(messages));
  Text prompt = interpreter.run();
  if (final_text) {
    const Value message = jinja::strip(runtime, final_text, nullptr, jinja::Side::Both);
    const std::size_t found = jinja::find_bytes(runtime, prompt.bytes, message.text().bytes);
    if (found == std::string_view::npos) fail_without_end();
    prompt = cut_at_tag(runtime, prompt);
  }
  return {std::move(prompt.bytes), std::move(prompt.user)};
}

RenderedPrompt ChatTemplate::render(std::span<const ChatMessage> messages,
                                    const ChatTemplateOptions& options) const {
  Json list = Json::array();
  for (const ChatMessage& message : messages) {
    list.push_back({{"role", message.role}, {"content", message.content}});
  }
  return render(Json{{"messages", std::move(list)}}, options);
}

}  // namespace bantam::text
