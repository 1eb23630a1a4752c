// bantam tokenize: text to token ids and back.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/terminal/escape.h"
#include "library/loaded_model.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  std::string model;
  std::optional<std::string> text;
  std::string lines;  // JSONL file
  bool decodes = false;
  bool no_special = false;
  bool plain = false;
  bool as_json = false;
};

text::EncodeOptions encode_options(const Options& options) {
  return {.add_special = !options.no_special, .parse_special = !options.plain};
}

std::vector<text::TokenId> ids_of(const Json& line, std::string_view where) {
  const auto ids = line.find("ids");
  if (!line.is_object() || ids == line.end() || !ids->is_array()) {
    throw Error(ErrorCode::BadInput, format("{}: expected {\"ids\": [numbers]}", where));
  }
  std::vector<text::TokenId> result;
  for (const Json& id : *ids) {
    if (!id.is_number_integer() || id.get<std::int64_t>() < 0 ||
        id.get<std::int64_t>() > INT32_MAX) {
      throw Error(ErrorCode::BadInput,
                  format("{}: ids: found {}, expected numbers from 0 to {}", where,
                         id.is_number() ? id.dump() : id.type_name(), INT32_MAX));
    }
    result.push_back(static_cast<text::TokenId>(id.get<std::int64_t>()));
  }
  return result;
}

// One JSON object a line in, one out.
void run_lines(const Options& options, const text::Tokenizer& tokenizer) {
  std::ifstream file;
  if (options.lines != "-") {
    if (!std::filesystem::is_directory(options.lines)) file.open(options.lines);
    if (!file) throw Error(ErrorCode::NotFound, format("{}: cannot be opened", options.lines));
  }
  std::istream& input = options.lines == "-" ? std::cin : file;
  std::string text;
  for (std::int64_t number = 1; std::getline(input, text); ++number) {
    if (text.empty()) continue;
    const std::string where = format("{}: line {}", options.lines, number);
    const Json line = parse_json(text, where);
    if (!line.is_object()) {
      throw Error(ErrorCode::BadInput, format("{}: not a JSON object", where));
    }
    if (options.decodes) {
      std::cout << json_text({{"text", tokenizer.decode(ids_of(line, where))}}) << '\n';
      continue;
    }
    const auto wanted = line.find("text");
    if (wanted == line.end() || !wanted->is_string()) {
      throw Error(ErrorCode::BadInput, format("{}: expected {\"text\": \"…\"}", where));
    }
    std::cout << json_text({{"ids", tokenizer.encode(wanted->get_ref<const std::string&>(),
                                                     encode_options(options))}})
              << '\n';
  }
}

void print_ids(const Options& options, const text::Tokenizer& tokenizer, const std::string& text) {
  const std::vector<text::TokenId> ids = tokenizer.encode(text, encode_options(options));
  if (options.as_json) {
    Json pieces = Json::array();
    for (const text::TokenId id : ids) pieces.push_back(tokenizer.piece(id));
    std::cout << json_text({{"ids", ids}, {"pieces", pieces}}) << '\n';
    return;
  }
  for (const text::TokenId id : ids)
    std::cout << id << '\t' << escaped_line(tokenizer.piece(id)) << '\n';
  std::cout << ids.size() << " tokens\n";
}

void print_text(const Options& options, const text::Tokenizer& tokenizer, std::string text) {
  for (char& character : text) {
    if (character == ',' || character == '\n' || character == '\t') character = ' ';
  }
  std::vector<text::TokenId> ids;
  const char* place = text.data();
  const char* const end = place + text.size();
  while (place != end) {
    if (*place == ' ') {
      ++place;
      continue;
    }
    text::TokenId id = 0;
    const auto [next, error] = std::from_chars(place, end, id);
    if (error != std::errc() || (next != end && *next != ' ')) {
      throw Error(ErrorCode::BadInput,
                  format("--decode: found {}, expected token ids separated by blanks or commas",
                         quoted(std::string_view(place, static_cast<std::size_t>(end - place)))));
    }
    ids.push_back(id);
    place = next;
  }
  const std::string decoded = tokenizer.decode(ids);
  if (options.as_json) {
    std::cout << json_text({{"text", decoded}}) << '\n';
  } else {
    std::cout << (::isatty(STDOUT_FILENO) != 0 ? escaped_for_terminal(decoded) : decoded) << '\n';
  }
}

void run(const Options& options) {
  const library::ModelSource source = library::resolve_model(options.model);
  const auto tokenizer = library::load_tokenizer(source);
  if (!options.lines.empty()) {
    run_lines(options, *tokenizer);
    return;
  }
  const std::string text =
      options.text ? *options.text : std::string(std::istreambuf_iterator<char>(std::cin), {});
  if (options.decodes) {
    print_text(options, *tokenizer, text);
  } else {
    print_ids(options, *tokenizer, text);
  }
}

}  // namespace

void add_tokenize(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("tokenize", "Show the tokens of a text, or the text of tokens");
  command
      ->add_option("MODEL", options->model,
                   "GGUF file or Hugging Face folder; built-in for the built-in model")
      ->required();
  command->add_option("TEXT", options->text,
                      "The text, or ids with --decode; without it, standard input");
  command->add_flag("--decode", options->decodes, "From ids to text");
  command->add_option(
      "--jsonl", options->lines,
      "File with a {\"text\": …} a line (with --decode {\"ids\": …}); - for standard input");
  command->add_flag("--no-special", options->no_special,
                    "Without begin- and end-of-sequence tokens");
  command->add_flag("--plain", options->plain, "Read control strings in the text as ordinary text");
  command->add_flag("--json", options->as_json, "Print JSON");
  command->footer("\nExample: bantam tokenize model.gguf \"Hello world\"");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
