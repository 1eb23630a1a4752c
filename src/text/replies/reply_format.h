// Which notation a model writes thinking and tool calls in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/rendered_prompt.h"
#include "text/tokenizer.h"

namespace bantam::replies {

struct Dialect;

// Around a model's thinking. No opening tag: blocks of the dialect open it.
struct ThinkingTags {
  std::string_view open, close;  // literals
};

enum class CallIdStyle {
  Prefixed,          // call_ and 8 letters or digits
  NineAlphanumeric,  // templates that raise an exception for anything else
};

// A value; any thread.
struct ReplyFormat {
  const Dialect* dialect = nullptr;  // a row of dialects(); null: the template writes no calls
  std::optional<ThinkingTags> thinking;
  std::vector<std::string_view> dropped;     // tags around the answer, of no meaning
  std::vector<std::string> control_markers;  // those that the tokenizer knows as control tokens
  std::vector<std::string> call_tokens;      // control tokens that calls may be made of
  CallIdStyle call_ids = CallIdStyle::Prefixed;
  bool takes_tools = false;       // the template reads a variable of that name
  std::string thinking_variable;  // what switches thinking on or off; empty: nothing does

  // "hermes", "llama", …; "none".
  std::string_view dialect_name() const;
  // Every marker that means something, control token or not.
  std::vector<std::string_view> markers() const;
  bool is_control_marker(std::string_view text) const;
};

// Decides by the template's own text, in Jinja or Go; "" for a model without one. With a tokenizer,
// a marker that it knows as a control token counts only as that token, so that no text spells it;
// without, every marker is text. The tokenizer is only read here.
ReplyFormat detect_reply_format(std::string_view template_source,
                                const text::Tokenizer* tokenizer = nullptr);

// Whether a prompt ends inside of thinking, as templates that write the opening tag themselves
// leave it. A tag that came from a user does not count.
bool ends_in_thinking(const ReplyFormat& format, const text::RenderedPrompt& prompt);

}  // namespace bantam::replies
