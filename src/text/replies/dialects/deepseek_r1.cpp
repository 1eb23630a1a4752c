// DeepSeek V3 and R1: <｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME, then {…} in a code fence, in
// a section.
#include "text/replies/dialect.h"
#include "text/replies/header_calls.h"

namespace bantam::replies {
namespace {

bool is_used_by(std::string_view source) {
  return has(source, "<｜tool▁call▁begin｜>") && has(source, "```json");
}

// "function<｜tool▁sep｜>NAME\n```json\n"; without a fence too, as models leave it out.
std::optional<std::string_view> name_of(std::string_view header) {
  constexpr std::string_view kSeparator = "<｜tool▁sep｜>";
  const std::size_t begin = header.find(kSeparator);
  if (begin == header.npos) return std::nullopt;
  header = trimmed(header.substr(begin + kSeparator.size()));
  return header.substr(0, header.find_first_of(" \n`"));
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<HeaderCallReader>(marker, tools, name_of);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_header_call(writer, tool,
                           {.before = "<｜tool▁call▁begin｜>function<｜tool▁sep｜>",
                            .between = "\n```json\n",
                            .after = "\n```<｜tool▁call▁end｜>"});
}

}  // namespace

Dialect deepseek_r1() {
  return {
      .name = "deepseek_r1",
      .is_used_by = is_used_by,
      .opens = {"<｜tool▁call▁begin｜>"},
      .lead_opens = {},
      .closers = {"```", "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>"},
      .punctuation = {"<｜tool▁calls▁begin｜>"},
      .inner = {"<｜tool▁sep｜>"},
      .make_reader = make_reader,
      .sequence = {.open = "<｜tool▁calls▁begin｜>",
                   .separator = "\n",
                   .close = "<｜tool▁calls▁end｜>"},
      .trigger = "<｜tool▁calls▁begin｜>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
