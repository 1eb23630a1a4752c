#include "store/model_name.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/format.h"

namespace bantam::store {
namespace {

constexpr std::size_t kPartBytesMax = 80;
constexpr std::size_t kHostBytesMax = 255;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_part(std::string_view text, std::string_view also, std::size_t bytes_max) {
  if (text.empty() || text.size() > bytes_max || !is_letter_or_digit(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [also](char c) { return is_letter_or_digit(c) || also.find(c) != also.npos; });
}

// At most one colon, with digits after it.
bool is_host(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (!is_part(text.substr(0, colon), "-.", kHostBytesMax)) return false;
  if (colon == text.npos) return true;
  const std::string_view port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void fail(std::string_view text, std::string_view part, std::string_view found) {
  throw Error(
      ErrorCode::BadInput,
      format("{}: {}: found {}, expected letters, digits, hyphens, underscores{}; a model's "
             "name is [host/][namespace/]model[:tag], as in qwen3:0.6b",
             quoted(text), part, quoted(found),
             part == "namespace" ? "" : " and dots, beginning with a letter or digit"));
}

struct Parts {
  std::string_view host = ModelName::kDefaultHost;
  std::string_view name_space = ModelName::kDefaultNamespace;
  std::string_view model;
  std::string_view tag = ModelName::kDefaultTag;
};

Parts split(std::string_view text) {
  Parts parts;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  const std::size_t colon = text.rfind(':');
  if (colon != text.npos && text.find('/', colon) == text.npos) {
    parts.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  std::size_t slash = text.rfind('/');
  parts.model = slash == text.npos ? text : text.substr(slash + 1);
  if (slash == text.npos) return parts;
  text = text.substr(0, slash);
  slash = text.rfind('/');
  parts.name_space = slash == text.npos ? text : text.substr(slash + 1);
  if (slash != text.npos) parts.host = text.substr(0, slash);
  return parts;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<ModelName> ModelName::of_parts(std::string_view host, std::string_view name_space,
                                             std::string_view model, std::string_view tag) {
  if (!is_host(host) || !is_part(name_space, "-", kPartBytesMax) ||
      !is_part(model, "-.", kPartBytesMax) || !is_part(tag, "-.", kPartBytesMax)) {
    return std::nullopt;
  }
  ModelName name;
  name.host_ = host;
  name.name_space_ = name_space;
  name.model_ = model;
  name.tag_ = tag;
  return name;
}

std::optional<ModelName> ModelName::try_parse(std::string_view text) {
  const Parts parts = split(text);
  return of_parts(parts.host, parts.name_space, parts.model, parts.tag);
}

ModelName ModelName::parse(std::string_view text) {
  const Parts parts = split(text);
  if (const auto name = of_parts(parts.host, parts.name_space, parts.model, parts.tag))
    return *name;
  if (!is_host(parts.host)) fail(text, "host", parts.host);
  if (!is_part(parts.name_space, "-", kPartBytesMax)) fail(text, "namespace", parts.name_space);
  if (!is_part(parts.model, "-.", kPartBytesMax)) fail(text, "model", parts.model);
  fail(text, "tag", parts.tag);
}

std::string ModelName::text() const {
  const std::string short_name = format("{}:{}", model_, tag_);
  if (host_ != kDefaultHost) return format("{}/{}/{}", host_, name_space_, short_name);
  return name_space_ == kDefaultNamespace ? short_name : format("{}/{}", name_space_, short_name);
}

std::string ModelName::path() const {
  return format("{}/{}/{}/{}", host_, name_space_, model_, tag_);
}

bool same_ignoring_case(const ModelName& a, const ModelName& b) {
  const std::string left = a.path(), right = b.path();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace bantam::store
