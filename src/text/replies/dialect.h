// How a kind of model writes tool calls.
#pragma once

#include "text/replies/block_reader.h"
#include "text/replies/grammar_writer.h"
#include "text/replies/json_calls.h"

namespace bantam::replies {

// What surrounds several calls of one reply.
struct CallSequence {
  std::string_view open, separator, close;
};

// One dialect: plain data. Texts are literals, so that nothing is owned.
struct Dialect {
  std::string_view name;
  // Whether a chat template (Jinja or Go) writes calls this way.
  bool (*is_used_by)(std::string_view template_source);
  std::vector<std::string_view> opens;        // markers that begin a block
  std::vector<std::string_view> lead_opens;   // the same, but only where a reply's content begins
  std::vector<std::string_view> closers;      // what may stand behind a call, without meaning
  std::vector<std::string_view> punctuation;  // the same, anywhere
  std::vector<std::string_view> inner = {};   // what else of calls may be control tokens
  bool opens_thinking = false;                // blocks matter even if a request has no tools
  std::unique_ptr<BlockReader> (*make_reader)(std::string_view marker, std::span<const Tool> tools);
  CallSequence sequence;
  std::string_view trigger;  // what the text of calls begins with, and nothing else does
  bool is_single = false;    // the format has no more than one call a reply
  // A GBNF expression for a call of one tool, without what `sequence` has.
  std::string (*write_call)(GrammarWriter& writer, const Tool& tool);
};

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// All of them; where templates fit several, the first counts.
std::span<const Dialect> dialects();
// Throws Error{NotFound} for a name that none has.
const Dialect& dialect_named(std::string_view name);

// A call in JSON, with literal text around it.
std::string write_json_call(GrammarWriter& writer, const Tool& tool, const JsonForm& form,
                            std::string_view before = "", std::string_view after = "");
// `before` NAME `between` ARGUMENTS `after`.
struct HeaderForm {
  std::string_view before, between, after;
};
std::string write_header_call(GrammarWriter& writer, const Tool& tool, const HeaderForm& form);
// `separator` between properties in the order of the schema, optional ones left out at will; a rule
// of one property comes from `write_property`, its key included.
using WriteProperty = std::string (*)(GrammarWriter& writer, std::string_view key,
                                      nlohmann::ordered_json schema);
std::string write_properties(GrammarWriter& writer, const nlohmann::ordered_json& object,
                             std::string_view separator, WriteProperty write_property);

// One function a dialect, each in a file of that name under dialects/.
Dialect apertus();
Dialect cohere();
Dialect deepseek_r1();
Dialect deepseek_v3();
Dialect function_tag();
Dialect functools();
Dialect gemma();
Dialect gigachat();
Dialect glm();
Dialect granite();
Dialect harmony();
Dialect hermes();
Dialect kimi();
Dialect lfm();
Dialect llama();
Dialect mistral_arguments();
Dialect mistral_list();
Dialect phi();
Dialect qwen_tags();
Dialect seed_tags();
Dialect tool_calls_tag();

}  // namespace bantam::replies
