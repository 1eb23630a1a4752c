#include "store/modelfile.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"

namespace bantam::store {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";
constexpr std::string_view kQuotes = "\"\"\"";

enum class Kind { Integer, Real, Boolean, Texts, Obsolete };

struct KnownParameter {
  std::string_view name;
  Kind kind;
};

constexpr KnownParameter kParameters[] = {
    {"num_ctx", Kind::Integer},
    {"num_predict", Kind::Integer},
    {"num_keep", Kind::Integer},
    {"num_batch", Kind::Integer},
    {"num_gpu", Kind::Integer},
    {"main_gpu", Kind::Integer},
    {"num_thread", Kind::Integer},
    {"draft_num_predict", Kind::Integer},
    {"seed", Kind::Integer},
    {"top_k", Kind::Integer},
    {"repeat_last_n", Kind::Integer},
    {"temperature", Kind::Real},
    {"top_p", Kind::Real},
    {"min_p", Kind::Real},
    {"typical_p", Kind::Real},
    {"repeat_penalty", Kind::Real},
    {"presence_penalty", Kind::Real},
    {"frequency_penalty", Kind::Real},
    {"use_mmap", Kind::Boolean},
    {"stop", Kind::Texts},
    {"penalize_newline", Kind::Obsolete},
    {"low_vram", Kind::Obsolete},
    {"f16_kv", Kind::Obsolete},
    {"logits_all", Kind::Obsolete},
    {"vocab_only", Kind::Obsolete},
    {"use_mlock", Kind::Obsolete},
    {"mirostat", Kind::Obsolete},
    {"mirostat_tau", Kind::Obsolete},
    {"mirostat_eta", Kind::Obsolete},
    {"tfs_z", Kind::Obsolete},
    {"numa", Kind::Obsolete},
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// The first word, and what comes after it.
std::pair<std::string_view, std::string_view> cut_word(std::string_view text) {
  text = trimmed(text);
  const std::size_t end = text.find_first_of(kSpace);
  if (end == text.npos) return {text, {}};
  return {text.substr(0, end), trimmed(text.substr(end))};
}

// What stands between the quotes; nothing where they are not closed.
std::optional<std::string_view> unquoted(std::string_view text) {
  for (const std::string_view quote : {kQuotes, kQuotes.substr(0, 1)}) {
    if (!text.starts_with(quote)) continue;
    if (text.size() < 2 * quote.size() || !text.ends_with(quote)) return std::nullopt;
    return text.substr(quote.size(), text.size() - 2 * quote.size());
  }
  return text;
}

std::string upper(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// Lines of a Modelfile, counted.
class Lines {
 public:
  Lines(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  bool next(std::string_view& line) {
    if (text_.empty()) return false;
    const std::size_t end = text_.find('\n');
    line = text_.substr(0, end);
    text_.remove_prefix(end == text_.npos ? text_.size() : end + 1);
    ++number_;
    return true;
  }

  // A value that begins on the line at hand and, in quotes, goes on until they are closed at the
  // end of a line.
  std::string value(std::string_view rest) {
    const int begin = number_;
    std::string_view all = trimmed(rest);
    const char* const start = all.data();
    std::string_view line;
    for (;;) {
      if (const auto inner = unquoted(all)) return std::string(*inner);
      if (!next(line)) {
        throw Error(ErrorCode::BadInput,
                    format("{}:{}: a quote is opened and never closed", file_, begin));
      }
      all = trimmed({start, static_cast<std::size_t>(line.data() + line.size() - start)});
    }
  }

  std::string where() const { return format("{}:{}", file_, number_); }

 private:
  std::string_view text_, file_;
  int number_ = 0;
};

[[noreturn]] void fail(const Lines& lines, const std::string& message) {
  throw Error(ErrorCode::BadInput, format("{}: {}", lines.where(), message));
}

void read_parameter(Lines& lines, std::string_view rest, Recipe& recipe) {
  const auto [name, text] = cut_word(rest);
  const std::string where = lines.where();
  const std::string value = lines.value(text);
  if (auto parsed = parse_parameter(name, value, where)) {
    add_parameter(recipe.parameters, std::string(name), *std::move(parsed));
  } else {
    recipe.warnings.push_back(
        format("{}: {} no longer means anything and is left out", where, name));
  }
}

void read_message(Lines& lines, std::string_view rest, Recipe& recipe) {
  const auto [role, text] = cut_word(rest);
  if (role != "system" && role != "user" && role != "assistant") {
    fail(lines,
         format("MESSAGE: found the role {}, expected system, user or assistant", quoted(role)));
  }
  recipe.messages.push_back({std::string(role), lines.value(text)});
}

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.find('.') != text.npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' ||
                  c == '+';
         });
}

void read_instruction(Lines& lines, const std::string& name, std::string_view rest,
                      Recipe& recipe) {
  const std::string where = lines.where();
  if (name == "PARAMETER") return read_parameter(lines, rest, recipe);
  if (name == "MESSAGE") return read_message(lines, rest, recipe);
  if (name == "ADAPTER" || name == "DRAFT" || name == "RENDERER" || name == "PARSER") {
    throw Error(ErrorCode::Unsupported,
                format("{}: {}: this program cannot apply it yet; {}", where, name,
                       name == "ADAPTER" ? "merge the adapter into the model, and give that as FROM"
                       : name == "DRAFT" ? "give the smaller model to run as --draft-model"
                                         : "use TEMPLATE for the form of prompts"));
  }
  const std::string value = lines.value(rest);
  if (value.empty() && (name == "FROM" || name == "REQUIRES")) {
    throw Error(ErrorCode::BadInput, format("{}: {}: found nothing after it", where, name));
  }
  if (name == "FROM") {
    if (!recipe.from.empty()) {
      throw Error(ErrorCode::BadInput, format("{}: a second FROM; expected one", where));
    }
    recipe.from = value;
  } else if (name == "TEMPLATE") {
    recipe.chat_template = value;
  } else if (name == "SYSTEM") {
    recipe.system = value;
  } else if (name == "LICENSE") {
    recipe.licenses.push_back(value);
  } else if (name == "REQUIRES") {
    if (!is_version(value)) {
      throw Error(ErrorCode::BadInput, format("{}: REQUIRES: found {}, expected a version such as "
                                              "0.14.0",
                                              where, bantam::quoted(value)));
    }
    recipe.requires_version = value;
  } else {
    throw Error(ErrorCode::BadInput,
                format("{}: found {}, expected FROM, PARAMETER, TEMPLATE, SYSTEM, MESSAGE, LICENSE "
                       "or REQUIRES",
                       where, bantam::quoted(name)));
  }
}

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string quoted_value(std::string_view text) {
  if (text.find('"') != text.npos || text.find('\n') != text.npos) {
    return format("{}{}{}", kQuotes, text, kQuotes);
  }
  return format("\"{}\"", text);
}

std::string parameter_lines(const Parameters& parameters, std::string_view prefix) {
  std::string text;
  const auto line = [&](const std::string& name, const std::string& value) {
    text += format("{}{} {}\n", prefix, name, value);
  };
  for (const auto& [name, value] : parameters) {
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
      for (const std::string& item : *texts) line(name, quoted_value(item));
    } else if (const auto* one = std::get_if<std::string>(&value)) {
      line(name, quoted_value(*one));
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      line(name, *flag ? "true" : "false");
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      line(name, to_text(*whole));
    } else {
      line(name, to_text(std::get<double>(value)));
    }
  }
  return text;
}

}  // namespace

std::optional<ParameterValue> parse_parameter(std::string_view name, std::string_view value,
                                              std::string_view where) {
  const auto* known = std::find_if(std::begin(kParameters), std::end(kParameters),
                                   [&](const KnownParameter& row) { return row.name == name; });
  const auto fail_value = [&](std::string_view expected) {
    throw Error(ErrorCode::BadInput,
                format("{}: {}: found {}, expected {}", where, name, quoted(value), expected));
  };
  if (known == std::end(kParameters)) {
    throw Error(ErrorCode::BadInput,
                format("{}: found the parameter {}, expected one of Ollama's, such as temperature, "
                       "num_ctx or stop",
                       where, quoted(name)));
  }
  switch (known->kind) {
    case Kind::Integer:
      if (const auto found = number<std::int64_t>(value)) return *found;
      fail_value("a whole number");
      break;
    case Kind::Real:
      if (const auto found = number<double>(value); found && *found - *found == 0) return *found;
      fail_value("a number");
      break;
    case Kind::Boolean:
      if (value != "true" && value != "false") fail_value("true or false");
      return value == "true";
    case Kind::Texts:
      return std::vector<std::string>{std::string(value)};
    case Kind::Obsolete:
      break;
  }
  return std::nullopt;
}

void add_parameter(Parameters& parameters, const std::string& name, ParameterValue value) {
  for (auto& [key, held] : parameters) {
    if (key != name) continue;
    auto* texts = std::get_if<std::vector<std::string>>(&held);
    const auto* more = std::get_if<std::vector<std::string>>(&value);
    if (texts != nullptr && more != nullptr) {
      texts->insert(texts->end(), more->begin(), more->end());
    } else {
      held = std::move(value);
    }
    return;
  }
  parameters.emplace_back(name, std::move(value));
}

Recipe parse_modelfile(std::string_view text, std::string_view file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.size() > kModelfileBytesMax || !is_valid_utf8(text)) {
    throw Error(ErrorCode::BadInput, format("{}: expected a text in UTF-8 of at most {}", file,
                                            human_bytes(kModelfileBytesMax)));
  }
  Recipe recipe;
  Lines lines(text, file);
  std::string_view line;
  while (lines.next(line)) {
    const std::string_view content = trimmed(line);
    if (content.empty() || content.starts_with('#')) continue;
    const auto [word, rest] = cut_word(content);
    read_instruction(lines, upper(word), rest, recipe);
  }
  if (recipe.from.empty()) fail(lines, "found no FROM; expected FROM and a model, file or folder");
  return recipe;
}

std::string parameters_text(const Parameters& parameters) {
  return parameter_lines(parameters, "");
}

std::string modelfile_of(const ModelParts& parts) {
  std::string text = format(
      "# Made by bantam show. To build on the model by its name, take this line instead of FROM:\n"
      "# FROM {}\n\nFROM {}\n",
      parts.name.text(), parts.model.string());
  const auto block = [&](std::string_view name, std::string_view value) {
    text += format("{} {}{}{}\n", name, kQuotes, value, kQuotes);
  };
  if (parts.chat_template) block("TEMPLATE", *parts.chat_template);
  if (!parts.system.empty()) block("SYSTEM", parts.system);
  text += parameter_lines(parts.parameters, "PARAMETER ");
  for (const StoredMessage& message : parts.messages) {
    text += format("MESSAGE {} {}\n", message.role, quoted_value(message.content));
  }
  for (const std::string& license : parts.licenses) block("LICENSE", license);
  if (!parts.config.requires_version.empty()) {
    text += format("REQUIRES {}\n", parts.config.requires_version);
  }
  return text;
}

}  // namespace bantam::store
