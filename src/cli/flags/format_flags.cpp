#include "cli/flags/format_flags.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/mapped_file.h"

namespace bantam::cli {
namespace {

using Kind = library::OutputFormat::Kind;

std::string text_of(const std::string& path) {
  return std::string(MappedFile{std::filesystem::path(path)}.text());
}

}  // namespace

void FormatFlags::add(CLI::App& command) {
  const auto add = [&](const char* names, auto& value, const char* help) {
    command.add_option(names, value, help)->group("Form of the answer");
  };
  add("--format", format,
      "json: the answer is a JSON object; a file with a JSON Schema, or the schema itself: JSON "
      "that "
      "is valid under it");
  add("--grammar,--grammar-file", grammar,
      "The answer follows a GBNF grammar: a file, or the grammar itself");
  add("--regex", regex, "The answer matches this regular expression as a whole");
}

std::optional<library::OutputFormat> FormatFlags::read() const {
  if (int{format.has_value()} + int{grammar.has_value()} + int{regex.has_value()} > 1) {
    throw Error(ErrorCode::BadInput,
                "--format, --grammar and --regex exclude each other: give one");
  }
  if (regex) return library::OutputFormat{Kind::Regex, *regex};
  if (grammar) {
    const bool is_text = grammar->find("::=") != std::string::npos;
    return library::OutputFormat{Kind::Gbnf, is_text ? *grammar : text_of(*grammar)};
  }
  if (!format) return {};
  if (*format == "json") return library::OutputFormat{Kind::JsonObject, {}};
  return library::OutputFormat{Kind::JsonSchema,
                               format->starts_with('{') ? *format : text_of(*format)};
}

}  // namespace bantam::cli
