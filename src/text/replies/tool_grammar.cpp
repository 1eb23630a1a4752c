#include "text/replies/tool_grammar.h"

#include "base/error.h"
#include "base/format.h"
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

using Kind = ToolChoice::Kind;

std::span<const Tool> chosen_tools(std::span<const Tool> tools, const ToolChoice& choice) {
  if (choice.kind != Kind::Function) return tools;
  const Tool* tool = find_tool(tools, choice.function);
  if (!tool) {
    throw Error(ErrorCode::BadInput,
                format("tool_choice: found the function {}, expected one of the request's tools",
                       bantam::quoted(choice.function)));
  }
  return {tool, 1};
}

std::string write_root(GrammarWriter& writer, const Dialect& dialect, std::span<const Tool> tools,
                       const ToolChoice& choice) {
  std::string either;
  for (const Tool& tool : tools) {
    const std::string rule = writer.add_rule("tool", dialect.write_call(writer, tool));
    either += (either.empty() ? "" : " | ") + rule;
  }
  const std::string call = writer.add_rule("call", either);
  // White space that models put between their thinking and a call.
  std::string root = choice.kind == Kind::Auto ? "" : "(\"\\n\" \"\\n\"?)? ";
  root += gbnf_literal(dialect.sequence.open) + " " + call;
  if (choice.allows_several && choice.kind != Kind::Function && !dialect.is_single) {
    root += format(" ({} {})*", gbnf_literal(dialect.sequence.separator), call);
  }
  return root + " " + gbnf_literal(dialect.sequence.close);
}

}  // namespace

std::optional<ToolGrammar> tool_grammar(const ReplyFormat& format, std::span<const Tool> tools,
                                        const ToolChoice& choice) {
  const bool is_demand = choice.kind == Kind::Required || choice.kind == Kind::Function;
  if (choice.kind == Kind::None || (tools.empty() && !is_demand)) return std::nullopt;
  if (tools.empty()) {
    throw Error(ErrorCode::BadInput,
                "tool_choice: found a demand for a call, expected tools to call");
  }
  const std::span<const Tool> chosen = chosen_tools(tools, choice);
  if (!format.dialect) {
    if (!is_demand) return std::nullopt;
    throw Error(
        ErrorCode::Unsupported,
        "tool_choice: found a demand for a call, but the model's chat template has no notation "
        "for calls; leave tool_choice out or use another model");
  }
  GrammarWriter writer;
  const std::string root = write_root(writer, *format.dialect, chosen, choice);
  return ToolGrammar{.gbnf = writer.text() + "root ::= " + root + "\n",
                     .schemas = writer.schemas(),
                     .trigger = is_demand ? "" : std::string(format.dialect->trigger)};
}

}  // namespace bantam::replies
