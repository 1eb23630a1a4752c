#include "text/replies/reply_format.h"

#include <algorithm>
#include <array>

#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

struct ThinkingRow {
  std::string_view sign;  // stands in every template with these tags
  ThinkingTags tags;
};

// The first that fits counts.
constexpr std::array kThinking = std::to_array<ThinkingRow>({
    {"<|channel|>", {"", "<|end|>"}},
    {"<|channel>", {"", "<channel|>"}},
    {"<|START_THINKING|>", {"<|START_THINKING|>", "<|END_THINKING|>"}},
    {"<|inner_prefix|>", {"<|inner_prefix|>", "<|inner_suffix|>"}},
    {"[THINK]", {"[THINK]", "[/THINK]"}},
    {"</seed:think>", {"<seed:think>", "</seed:think>"}},
    {"[BEGIN FINAL RESPONSE]", {"Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"}},
    {"</thinking>", {"<thinking>", "</thinking>"}},
    {"</think>", {"<think>", "</think>"}},
    {"<think>", {"<think>", "</think>"}},
});

struct VariableRow {
  std::string_view sign, variable;
};
constexpr std::array kVariables = std::to_array<VariableRow>({
    {"enable_thinking", "enable_thinking"},
    {".Think", "think"},
    {"thinking is defined", "thinking"},
    {"if thinking %}", "thinking"},
    {"reasoning_effort", "reasoning_effort"},
});

using MarkerList = std::vector<std::string_view> Dialect::*;

bool is_control(const text::Tokenizer& tokenizer, std::string_view marker) {
  const std::vector<text::TokenId> ids =
      tokenizer.encode(marker, {.add_special = false, .parse_special = true});
  return ids.size() == 1 && tokenizer.is_control(ids[0]);
}

const Dialect* find_dialect(std::string_view source, const text::Tokenizer* tokenizer) {
  for (const Dialect& dialect : dialects()) {
    if (dialect.is_used_by(source)) return &dialect;
  }
  // LFM2.5 shows its model no example: only the vocabulary tells.
  if (tokenizer && has(source, "tools") && is_control(*tokenizer, "<|tool_call_start|>")) {
    return &dialect_named("lfm");
  }
  return nullptr;
}

std::vector<std::string> find_call_tokens(const Dialect* dialect,
                                          const text::Tokenizer& tokenizer) {
  std::vector<std::string> tokens;
  if (!dialect) return tokens;
  for (const MarkerList list :
       {&Dialect::opens, &Dialect::closers, &Dialect::punctuation, &Dialect::inner}) {
    for (const std::string_view marker : dialect->*list) {
      if (is_control(tokenizer, marker)) tokens.emplace_back(marker);
    }
  }
  return tokens;
}

}  // namespace

std::string_view ReplyFormat::dialect_name() const { return dialect ? dialect->name : "none"; }

std::vector<std::string_view> ReplyFormat::markers() const {
  std::vector<std::string_view> all = dropped;
  if (thinking) {
    if (!thinking->open.empty()) all.push_back(thinking->open);
    all.push_back(thinking->close);
  }
  if (dialect) {
    for (const auto* some :
         {&dialect->opens, &dialect->lead_opens, &dialect->closers, &dialect->punctuation}) {
      all.insert(all.end(), some->begin(), some->end());
    }
  }
  return all;
}

bool ReplyFormat::is_control_marker(std::string_view text) const {
  return std::find(control_markers.begin(), control_markers.end(), text) != control_markers.end();
}

ReplyFormat detect_reply_format(std::string_view source, const text::Tokenizer* tokenizer) {
  ReplyFormat format;
  format.dialect = find_dialect(source, tokenizer);
  for (const ThinkingRow& row : kThinking) {
    if (!has(source, row.sign)) continue;
    format.thinking = row.tags;
    break;
  }
  for (const VariableRow& row : kVariables) {
    if (!has(source, row.sign)) continue;
    format.thinking_variable = row.variable;
    break;
  }
  if (has(source, "<response></response>")) format.dropped = {"<response>", "</response>"};
  if (has(source, "|length != 9")) format.call_ids = CallIdStyle::NineAlphanumeric;
  format.takes_tools = has(source, "tools") || has(source, ".Tools");
  if (tokenizer) {
    for (const std::string_view marker : format.markers()) {
      if (is_control(*tokenizer, marker)) format.control_markers.emplace_back(marker);
    }
    format.call_tokens = find_call_tokens(format.dialect, *tokenizer);
  }
  return format;
}

bool ends_in_thinking(const ReplyFormat& format, const text::RenderedPrompt& prompt) {
  if (!format.thinking || format.thinking->open.empty()) return false;
  const std::string_view tag = format.thinking->open;
  const std::string_view text = prompt.text;
  const std::size_t end = text.find_last_not_of(kSpace);
  if (end == text.npos || !text.substr(0, end + 1).ends_with(tag)) return false;
  const std::size_t begin = end + 1 - tag.size();
  return std::none_of(prompt.user_spans.begin(), prompt.user_spans.end(),
                      [&](text::ByteSpan span) { return span.begin <= end && span.end > begin; });
}

}  // namespace bantam::replies
