// Seed-OSS: as Qwen3-Coder, inside of <seed:tool_call>.
#include "text/replies/dialect.h"
#include "text/replies/tagged_calls.h"

namespace bantam::replies {
namespace {

constexpr TagForm kForm = {
    .before_name = "<function=",
    .after_name = ">",
    .before_key = "<parameter=",
    .after_key = ">",
    .before_value = "",
    .after_value = "</parameter>",
    .end = "</function>",
    .value_has_lines = true,
};

bool is_used_by(std::string_view source) { return has(source, "<seed:tool_call>"); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<TaggedCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_tagged_call(writer, tool, kForm,
                           {.open = "<seed:tool_call>\n", .close = "\n</seed:tool_call>"});
}

}  // namespace

Dialect seed_tags() {
  return {
      .name = "seed_tags",
      .is_used_by = is_used_by,
      .opens = {"<seed:tool_call>"},
      .lead_opens = {},
      .closers = {"</seed:tool_call>"},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "\n", .close = ""},
      .trigger = "<seed:tool_call>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
