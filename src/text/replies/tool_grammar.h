// What a model may write where a request demands, or allows, tool calls.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "text/replies/grammar_writer.h"
#include "text/replies/reply_format.h"
#include "text/replies/tool.h"

namespace bantam::replies {

struct ToolChoice {
  enum class Kind { Auto, None, Required, Function };
  Kind kind = Kind::Auto;
  std::string function = {};   // whose call is demanded, with Kind::Function
  bool allows_several = true;  // parallel_tool_calls
};

struct ToolGrammar {
  // Rules in GBNF, from `root`. The rules of `schemas` are used there and not defined: each stands
  // for JSON text that its schema allows. Control tokens are spelled as their vocabulary has them:
  // ReplyFormat::call_tokens are those that the grammar may need.
  std::string gbnf;
  std::vector<SchemaRule> schemas;
  // Empty: the grammar holds from the first token after the model's thinking, or after the prompt
  // if it does not think. Else only from this text on, which belongs to what the grammar describes,
  // wherever it comes in content.
  std::string trigger;
};

// Nothing to enforce: no tools, or none shall be called. What the grammar allows, ReplyParser reads
// as calls of these tools, with reads_spelled_markers whatever tokens spell it. Throws
// Error{BadInput} for a function that is no tool or a demand without tools, and Error{Unsupported}
// for a demand where the model's template writes no calls.
std::optional<ToolGrammar> tool_grammar(const ReplyFormat& format, std::span<const Tool> tools,
                                        const ToolChoice& choice);

}  // namespace bantam::replies
