// The tools that a request offers to a model.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bantam::replies {

struct Tool {
  std::string name;
  nlohmann::ordered_json parameters;  // the JSON Schema of the arguments; an object
};

// Tools as OpenAI's and Ollama's requests list them: {"type": "function", "function": {"name",
// "description", "parameters"}}, or the inner object alone. No parameters mean an empty object
// as arguments.
// Throws Error{BadInput} that names the place for anything else, two tools of one name, a name that
// is empty, longer than 128 bytes or made of other characters than letters, digits, '_', '-', '.'
// and ':', and for more than 512 tools.
std::vector<Tool> read_tools(const nlohmann::ordered_json& tools);

// Null if there is none of that name.
const Tool* find_tool(std::span<const Tool> tools, std::string_view name);

}  // namespace bantam::replies
