#include "text/replies/json_calls.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/json_reader.h"

namespace bantam::replies {
namespace {

using text::JsonReader;

constexpr std::string_view kReply = "reply";

std::optional<ReadCall> read_named_call(JsonReader& reader, std::span<const Tool> tools) {
  std::optional<ReadCall> call;
  std::size_t members = 0;
  reader.object(kReply, [&](const std::string& key) {
    auto arguments = arguments_of_json(reader.raw(kReply));
    ++members;
    if (arguments && find_tool(tools, key)) call = {key, std::move(*arguments)};
  });
  return members == 1 ? call : std::nullopt;
}

std::optional<ReadCall> read_call(JsonReader& reader, const JsonForm& form,
                                  std::span<const Tool> tools) {
  if (form.name_is_key) return read_named_call(reader, tools);
  std::optional<std::string> name, arguments;
  bool is_clear = true;
  reader.object(kReply, [&](const std::string& key) {
    if (key == form.name_key) {
      is_clear = is_clear && !name && reader.peek(kReply) == JsonReader::Kind::String;
      if (is_clear) {
        name = reader.string(kReply);
      } else {
        reader.raw(kReply);
      }
    } else if (key == form.arguments_key || key == "arguments" || key == "parameters") {
      is_clear = is_clear && !arguments;
      arguments = arguments_of_json(reader.raw(kReply));
      is_clear = is_clear && arguments;
    } else {
      reader.raw(kReply);
    }
  });
  if (!is_clear || !name || !find_tool(tools, *name)) return std::nullopt;
  if (!arguments && form.is_bare) return std::nullopt;
  return ReadCall{std::move(*name), arguments ? std::move(*arguments) : "{}"};
}

}  // namespace

bool is_json(std::string_view text) {
  try {
    JsonReader reader(text, kReply);
    reader.raw(kReply);
    reader.finish();
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string json_string(std::string_view text) {
  return nlohmann::ordered_json(text).dump(-1, ' ', false,
                                           nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<std::string> arguments_of_json(std::string_view json) {
  if (!is_json(json)) return std::nullopt;
  JsonReader reader(json, kReply);
  std::string arguments(json);
  if (reader.peek(kReply) == JsonReader::Kind::String) {
    arguments = trimmed(reader.string(kReply));
    if (!is_json(arguments)) return std::nullopt;
  }
  if (!arguments.starts_with('{')) return std::nullopt;
  return arguments;
}

std::optional<std::vector<ReadCall>> calls_of_json(std::string_view json, const JsonForm& form,
                                                   std::span<const Tool> tools) {
  std::vector<ReadCall> calls;
  bool is_good = true;
  const auto take = [&](std::optional<ReadCall> call) {
    is_good = is_good && call;
    if (call) calls.push_back(std::move(*call));
  };
  try {
    JsonReader reader(json, kReply);
    if (reader.peek(kReply) == JsonReader::Kind::Object) {
      take(read_call(reader, form, tools));
    } else {
      reader.array(kReply, [&] { take(read_call(reader, form, tools)); });
    }
    reader.finish();
  } catch (const Error&) {  // what a model writes may be anything
    return std::nullopt;
  }
  if (!is_good || calls.empty()) return std::nullopt;
  return calls;
}

JsonCallReader::JsonCallReader(std::string_view marker, std::span<const Tool> tools, JsonForm form)
    : tools_(tools), form_(form), begin_(marker.size()) {
  scanner_.start_at(begin_);
}

// Whether the first key, as far as it is there, is one of a call.
bool JsonCallReader::may_be_call(std::string_view json) const {
  const std::size_t quote = skip_space(json, 1);
  if (quote >= json.size() || json[quote] != '"') return true;
  const std::size_t end = json.find('"', quote + 1);
  if (end == json.npos) return json.size() - quote <= 16;
  const std::string_view key = json.substr(quote + 1, end - quote - 1);
  const std::array<std::string_view, 6> keys = {
      form_.name_key, form_.arguments_key, "arguments", "parameters", "type", "id"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

BlockProgress JsonCallReader::read(std::string_view text, bool) {
  begin_ = skip_space(text, begin_);
  if (begin_ == text.size()) return {};
  const char first = text[begin_];
  if (first != '{' && (first != '[' || form_.is_bare)) return failed_at(begin_);
  if (form_.is_bare && !may_be_call(text.substr(begin_))) return failed_at(begin_ + 1);
  switch (scanner_.scan(text)) {
    case JsonScanner::State::More:
      return {};
    case JsonScanner::State::Failed:
      return failed_at(scanner_.offset());
    case JsonScanner::State::Done:
      break;
  }
  const std::size_t end = scanner_.offset();
  auto calls = calls_of_json(text.substr(begin_, end - begin_), form_, tools_);
  return calls ? done_at(end, std::move(*calls)) : failed_at(end);
}

}  // namespace bantam::replies
