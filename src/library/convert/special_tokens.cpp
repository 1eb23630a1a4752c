#include "library/convert/special_tokens.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace bantam::library {
namespace {

using Json = nlohmann::json;

struct Name {
  std::string_view folder;  // "bos" of bos_token and bos_token_id
  std::string_view gguf;
};

// "seperator" is the format's own spelling.
constexpr std::array<Name, 7> kNames{{{"bos", "bos"},
                                      {"eos", "eos"},
                                      {"unk", "unknown"},
                                      {"sep", "seperator"},
                                      {"pad", "padding"},
                                      {"cls", "cls"},
                                      {"mask", "mask"}}};

std::string key(std::string_view before, std::string_view name, std::string_view after) {
  return std::string(before) + std::string(name) + std::string(after);
}

// A token as text, or as an object with its content.
std::optional<std::string> token_text(const Json& config, std::string_view name) {
  if (!config.is_object()) return std::nullopt;
  const auto found = config.find(key("", name, "_token"));
  if (found == config.end()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_object() && found->contains("content") && (*found)["content"].is_string()) {
    return (*found)["content"].get<std::string>();
  }
  return std::nullopt;
}

// The special token that an entry of a template names, or nothing.
std::optional<std::string> special_of(const Json& entry) {
  if (!entry.is_object() || !entry.contains("SpecialToken")) return std::nullopt;
  const Json& special = entry["SpecialToken"];
  if (!special.is_object() || !special.contains("id") || !special["id"].is_string()) {
    return std::nullopt;
  }
  return special["id"].get<std::string>();
}

struct Roles {
  std::map<std::string_view, std::string> texts;  // by folder name
  std::map<std::string_view, bool> added;         // whether it goes around a text
};

// "<s> A </s>": what goes in front is the beginning, what comes last the end. A pair "<s> A </s> B"
// has a separator.
void read_template(const Json& processor, Roles& roles) {
  const Json single = processor.value("single", Json::array());
  const Json pair = processor.value("pair", Json::array());
  std::optional<std::string> first, last;
  if (single.is_array() && single.size() > 1) {
    first = special_of(single.front());
    last = special_of(single.back());
  }
  if (first) {
    roles.texts.try_emplace("bos", *first);
    roles.added["bos"] = *first == roles.texts["bos"];
  }
  if (last) {
    roles.texts.insert_or_assign("eos", *last);
    roles.added["eos"] = true;
  }
  if (!pair.is_array()) return;
  std::size_t begin = 0, end = pair.size();
  if (first && begin < end && special_of(pair[begin]) == first) ++begin;
  if (last && begin < end && special_of(pair[end - 1]) == last) --end;
  if (end < begin + 3) return;
  const auto between = special_of(pair[begin + 1]);
  roles.added["sep"] = between && !last && *between == roles.texts["eos"];
}

void read_post_processor(const Json& processor, Roles& roles) {
  if (!processor.is_object()) return;
  const Json all = processor.value("processors", Json::array({processor}));
  if (!all.is_array()) return;
  for (const Json& one : all) {
    if (!one.is_object()) continue;
    const auto type = one.find("type");
    if (type != one.end() && *type == "TemplateProcessing") read_template(one, roles);
  }
}

std::optional<std::int64_t> id_of(const Name& name, const Roles& roles,
                                  const formats::Metadata& config,
                                  const std::map<std::string, std::int64_t, std::less<>>& ids) {
  const auto text = roles.texts.find(name.folder);
  if (text != roles.texts.end()) {
    const auto found = ids.find(text->second);
    if (found != ids.end()) return found->second;
  }
  for (const std::string_view place : {"", "text_config."}) {
    const std::string full = key(place, name.folder, "_token_id");
    const auto entry = config.entries().find(full);
    if (entry == config.entries().end() || formats::is_array(entry->second.value)) continue;
    return config.integer(full, 0, INT32_MAX);
  }
  return std::nullopt;
}

}  // namespace

void add_special_tokens(const Json& tokenizer_config, const Json& post_processor,
                        const formats::Metadata& config,
                        const std::map<std::string, std::int64_t, std::less<>>& ids,
                        model::KeyWriter& out) {
  Roles roles;
  for (const Name& name : kNames) {
    if (const auto text = token_text(tokenizer_config, name.folder)) {
      roles.texts.emplace(name.folder, *text);
    }
  }
  read_post_processor(post_processor, roles);
  for (const Name& name : kNames) {
    if (tokenizer_config.is_object()) {
      const auto stated = tokenizer_config.find(key("add_", name.folder, "_token"));
      if (stated != tokenizer_config.end() && stated->is_boolean()) {
        roles.added[name.folder] = stated->get<bool>();
      }
    }
    if (const auto id = id_of(name, roles, config, ids)) {
      out.integer(key("", name.gguf, "_token_id"), *id);
    }
  }
  for (const auto& [name, is_added] : roles.added) {
    out.boolean(key("add_", name, "_token"), is_added);
  }
}

}  // namespace bantam::library
