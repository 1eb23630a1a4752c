// DeepSeek V3.1: <｜tool▁call▁begin｜>NAME<｜tool▁sep｜>{…}<｜tool▁call▁end｜> in a section.
#include "text/replies/dialect.h"
#include "text/replies/header_calls.h"

namespace bantam::replies {
namespace {

bool is_used_by(std::string_view source) { return has(source, "<｜tool▁call▁begin｜>"); }

std::optional<std::string_view> name_of(std::string_view header) {
  const std::size_t end = header.find("<｜tool▁sep｜>");
  if (end == header.npos) return std::nullopt;
  return trimmed(header.substr(0, end));
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<HeaderCallReader>(marker, tools, name_of);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_header_call(writer, tool,
                           {.before = "<｜tool▁call▁begin｜>",
                            .between = "<｜tool▁sep｜>",
                            .after = "<｜tool▁call▁end｜>"});
}

}  // namespace

Dialect deepseek_v3() {
  return {
      .name = "deepseek_v3",
      .is_used_by = is_used_by,
      .opens = {"<｜tool▁call▁begin｜>"},
      .lead_opens = {},
      .closers = {"<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>"},
      .punctuation = {"<｜tool▁calls▁begin｜>"},
      .inner = {"<｜tool▁sep｜>"},
      .make_reader = make_reader,
      .sequence = {.open = "<｜tool▁calls▁begin｜>",
                   .separator = "",
                   .close = "<｜tool▁calls▁end｜>"},
      .trigger = "<｜tool▁calls▁begin｜>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
