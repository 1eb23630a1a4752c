#include "text/replies/tagged_calls.h"

#include <algorithm>

#include "text/replies/json_calls.h"

namespace bantam::replies {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kArgumentsMax = 256;

bool is_string_type(const Json& type) { return type == "string"; }

// The types that a schema names at its top; empty: it does not say.
std::vector<std::string> types_of(const Json& schema) {
  std::vector<std::string> types;
  const auto type = schema.find("type");
  if (type == schema.end()) return types;
  if (type->is_string()) types.push_back(type->get<std::string>());
  if (!type->is_array()) return types;
  for (const Json& one : *type) {
    if (one.is_string()) types.push_back(one.get<std::string>());
  }
  return types;
}

std::string_view type_name(std::string_view json) {
  switch (json.front()) {
    case '{':
      return "object";
    case '[':
      return "array";
    case '"':
      return "string";
    case 't':
    case 'f':
      return "boolean";
    case 'n':
      return "null";
    default:
      return json.find_first_of(".eE") == json.npos ? "integer" : "number";
  }
}

bool allows(const std::vector<std::string>& types, std::string_view type) {
  const auto has = [&](std::string_view name) {
    return std::find(types.begin(), types.end(), name) != types.end();
  };
  return types.empty() || has(type) || (type == "integer" && has("number"));
}

}  // namespace

const Json* schema_of(const Tool& tool, std::string_view property) {
  const auto properties = tool.parameters.find("properties");
  if (properties == tool.parameters.end() || !properties->is_object()) return nullptr;
  const auto found = properties->find(property);
  return found == properties->end() ? nullptr : &*found;
}

bool is_string_schema(const Json& schema) {
  if (!schema.is_object()) return false;
  const auto type = schema.find("type");
  if (type != schema.end()) {
    if (!type->is_array()) return is_string_type(*type);
    return !type->empty() && std::all_of(type->begin(), type->end(), is_string_type);
  }
  const auto values = schema.find("enum");
  return values != schema.end() && values->is_array() && !values->empty() &&
         std::all_of(values->begin(), values->end(), [](const Json& v) { return v.is_string(); });
}

std::string json_of_plain_text(std::string_view text, const Json* schema) {
  const std::string_view bare = trimmed(text);
  if (schema && is_string_schema(*schema)) return json_string(text);
  if (bare.empty() || !is_json(bare)) {
    if (bare == "True" || bare == "False" || bare == "None") {  // as str() of Python has them
      const std::string_view json = bare == "True" ? "true" : bare == "False" ? "false" : "null";
      if (schema && schema->is_object() && allows(types_of(*schema), type_name(json))) {
        return std::string(json);
      }
    }
    return json_string(text);
  }
  if (schema && schema->is_object() && !allows(types_of(*schema), type_name(bare))) {
    return json_string(text);
  }
  return std::string(bare);
}

TaggedCallReader::TaggedCallReader(std::string_view marker, std::span<const Tool> tools,
                                   const TagForm& form)
    : tools_(tools), form_(form), offset_(marker.size()) {
  if (form_.before_name.empty() || marker.ends_with(form_.before_name)) part_ = Part::Name;
}

BlockProgress TaggedCallReader::read(std::string_view text, bool) {
  for (;;) {
    switch (step(text)) {
      case Step::Next:
        continue;
      case Step::Wait:
        return {};
      case Step::Failed:
        return failed_at(offset_);
      case Step::Done:
        return done_at(offset_, {{tool_->name, arguments_ + "}"}});
    }
  }
}

TaggedCallReader::Step TaggedCallReader::step(std::string_view text) {
  switch (part_) {
    case Part::BeforeName:
      return take_word(text, form_.before_name, Part::Name);
    case Part::Name:
      return take_name(text);
    case Part::KeyOrEnd:
      return take_key_or_end(text);
    case Part::Key: {
      const std::size_t end = text.substr(offset_, kNameBytesMax).find(form_.after_key);
      if (end == text.npos) {
        return text.size() - offset_ < kNameBytesMax ? Step::Wait : Step::Failed;
      }
      key_ = trimmed(text.substr(offset_, end));
      if (std::find(keys_.begin(), keys_.end(), key_) != keys_.end()) return Step::Failed;
      keys_.push_back(key_);
      offset_ += end + form_.after_key.size();
      part_ = Part::BeforeValue;
      return Step::Next;
    }
    case Part::BeforeValue:
      searched_ = offset_;
      if (!form_.before_value.empty()) return take_word(text, form_.before_value, Part::Value);
      part_ = Part::Value;
      return Step::Next;
    case Part::Value:
      return take_value(text);
  }
  return Step::Failed;
}

TaggedCallReader::Step TaggedCallReader::take_word(std::string_view text, std::string_view word,
                                                   Part next) {
  offset_ = skip_space(text, offset_);
  const Match match = match_at(text, offset_, word);
  if (match != Match::Yes) return match == Match::Maybe ? Step::Wait : Step::Failed;
  offset_ += word.size();
  searched_ = offset_;
  part_ = next;
  return Step::Next;
}

TaggedCallReader::Step TaggedCallReader::take_name(std::string_view text) {
  offset_ = skip_space(text, offset_);
  const std::string_view rest = text.substr(offset_, kNameBytesMax);
  const std::size_t end = rest.find_first_of(form_.after_name);
  if (end == rest.npos) return rest.size() < kNameBytesMax ? Step::Wait : Step::Failed;
  tool_ = find_tool(tools_, trimmed(rest.substr(0, end)));
  if (!tool_) return Step::Failed;
  offset_ += end + (rest[end] == '<' ? 0 : 1);  // a '<' begins the next tag
  part_ = Part::KeyOrEnd;
  return Step::Next;
}

TaggedCallReader::Step TaggedCallReader::take_key_or_end(std::string_view text) {
  offset_ = skip_space(text, offset_);
  const Match end = match_at(text, offset_, form_.end);
  if (end == Match::Yes) {
    offset_ += form_.end.size();
    return Step::Done;
  }
  const Match key = match_at(text, offset_, form_.before_key);
  if (key == Match::Yes && keys_.size() < kArgumentsMax) {
    offset_ += form_.before_key.size();
    part_ = Part::Key;
    return Step::Next;
  }
  return end == Match::Maybe || key == Match::Maybe ? Step::Wait : Step::Failed;
}

TaggedCallReader::Step TaggedCallReader::take_value(std::string_view text) {
  const std::size_t end = text.find(form_.after_value, searched_);
  if (end == text.npos) {
    const std::size_t overlap = form_.after_value.size() - 1;
    searched_ = std::max(searched_, text.size() - std::min(text.size(), overlap));
    return Step::Wait;
  }
  std::string_view value = text.substr(offset_, end - offset_);
  if (form_.value_has_lines) {
    if (value.starts_with('\n')) value.remove_prefix(1);
    if (value.ends_with('\n')) value.remove_suffix(1);
  }
  add_argument(value);
  offset_ = end + form_.after_value.size();
  part_ = Part::KeyOrEnd;
  return Step::Next;
}

void TaggedCallReader::add_argument(std::string_view value) {
  if (arguments_.size() > 1) arguments_ += ", ";
  arguments_ += json_string(key_) + ": " + json_of_plain_text(value, schema_of(*tool_, key_));
}

}  // namespace bantam::replies
