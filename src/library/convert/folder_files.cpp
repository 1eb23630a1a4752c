#include "library/convert/folder_files.h"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <type_traits>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/format.h"

namespace bantam::library {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const fs::path& path, std::string_view action,
                       const std::error_code& error) {
  throw Error(ErrorCode::Io, format("{}: cannot {}: {}", path.string(), action, error.message()));
}

// A number that a float holds exactly in the digits that a float needs: 1e-05, not what single
// precision makes of it.
Json json_of(double value) {
  const auto single = static_cast<float>(value);
  const bool is_single = static_cast<double>(single) == value;
  std::string text = is_single ? to_text(single) : to_text(value);
  if (text.find_first_of(".en") == text.npos) text += ".0";  // a fraction, though a whole one
  return Json::parse(text);
}
Json json_of(bool value) { return value; }
Json json_of(std::int64_t value) { return value; }
Json json_of(std::uint64_t value) { return value; }
Json json_of(std::string_view value) { return std::string(value); }

template <typename T>
Json json_of(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T value : values) list.push_back(json_of(value));
  return list;
}

// Files of a folder that its readers prefer to others, or take beside them: of another model they
// would change what the new files mean.
constexpr std::string_view kOutranking[] = {"tokenizer.json",
                                            "tokenizer.model",
                                            "tokenizer_config.json",
                                            "special_tokens_map.json",
                                            "added_tokens.json",
                                            "vocab.json",
                                            "merges.txt",
                                            "chat_template.jinja",
                                            "chat_template.json",
                                            "generation_config.json",
                                            "model.safetensors.index.json"};

// The place of a dotted key, with the objects around it.
Json& place(Json& root, std::string_view key) {
  Json* at = &root;
  for (std::size_t dot = key.find('.'); dot != key.npos; dot = key.find('.')) {
    at = &(*at)[std::string(key.substr(0, dot))];
    key.remove_prefix(dot + 1);
  }
  return (*at)[std::string(key)];
}

}  // namespace

FolderInMaking::FolderInMaking(fs::path target) : target_(std::move(target)) {
  if (!target_.has_filename()) target_ = target_.parent_path();
  std::error_code error;
  const bool is_there = fs::is_directory(target_, error);
  const std::string before = is_there ? (target_ / ".convert").string() : target_.string();
  for (int attempt = 0;; ++attempt) {
    temporary_ = fs::path(format("{}.{}-{}.part", before, ::getpid(), attempt));
    if (fs::create_directory(temporary_, error)) return;
    if (error) fail(temporary_, "create", error);
  }
}

FolderInMaking::~FolderInMaking() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void FolderInMaking::commit() {
  std::error_code error;
  if (!fs::is_directory(target_, error)) {
    fs::rename(temporary_, target_, error);
    if (error) fail(target_, "rename", error);
    temporary_.clear();
    return;
  }
  constexpr std::string_view kLast = "config.json";
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(temporary_)) {
    if (entry.path().filename() != kLast) names.push_back(entry.path().filename());
  }
  names.emplace_back(kLast);
  for (const std::string_view name : kOutranking) {
    if (!file_exists(temporary_ / name) && !fs::remove(target_ / name, error) && error) {
      fail(target_ / name, "remove", error);
    }
  }
  for (const fs::path& name : names) {
    fs::rename(temporary_ / name, target_ / name, error);
    if (error) fail(target_ / name, "rename", error);
  }
}

void write_config(const formats::Metadata& config, const fs::path& path) {
  Json root = Json::object();
  for (const std::string_view key : config.keys_in_file_order()) {
    const auto& value = config.entries().find(key)->second.value;
    place(root, key) = std::visit([](const auto& held) { return json_of(held); }, value);
  }
  AtomicFile file(path);
  file.write(root.dump(2) + "\n");
  file.commit();
}

}  // namespace bantam::library
