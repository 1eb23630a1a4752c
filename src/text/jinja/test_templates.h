// Templates, conversations and renderings for tests: ours from the fixtures, others' from shared
// data.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "text/chat_template.h"
#include "text/jinja/runtime.h"

namespace bantam::jinja::test {

using Json = nlohmann::ordered_json;

std::vector<Json> read_json_lines(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

struct NamedTemplate {
  std::string name;
  std::string source;
};
std::vector<NamedTemplate> own_templates();
// Those of the models in shared/data; empty where that folder is not there.
std::vector<NamedTemplate> shared_templates();

// The moment at which all references were rendered.
inline constexpr CalendarTime kReferenceTime = {2025, 3, 7, 9, 5, 3};

// What a rendering gave: a text or a fault.
struct Outcome {
  std::optional<text::RenderedPrompt> prompt;
  std::optional<Fault> fault;  // of a TemplateError
  std::string message;
};

// A case of cases.jsonl; special tokens are "<s>" and "</s>" if the case has them.
Outcome render_case(const std::string& source, const Json& chat_case);
// A template without a conversation.
Outcome render_snippet(const std::string& source, const Json& variables, Limits limits = {});

// Empty if the outcome is what a line of the references says, otherwise what differs.
std::string difference(const Outcome& outcome, const Json& reference);

}  // namespace bantam::jinja::test
