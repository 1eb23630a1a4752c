#include "model/hyper_parameters.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"

namespace bantam::model {
namespace {

// GGUF keys begin with the architecture; models of text and pictures keep the numbers of their text
// part in a part of their own.
std::string key_prefix(const formats::TensorFile& file) {
  if (file.format() == formats::SourceFormat::Gguf) {
    return std::string(file.metadata().require_text("general.architecture")) + ".";
  }
  return file.metadata().contains("text_config.hidden_size") ? "text_config." : "";
}

}  // namespace

HyperParameters::HyperParameters(const formats::TensorFile& file, TensorNames names)
    : file_(file), names_(names), prefix_(key_prefix(file)) {}

void HyperParameters::note(Key key, std::string_view assumed, const Doubt& doubt) const {
  if (!is_gguf() || has(key) || doubt.instead == assumed) return;
  const std::string full = name(key);
  if (std::ranges::find(assumptions_, full, &Assumption::key) != assumptions_.end()) return;
  assumptions_.push_back({full, std::string(assumed), doubt.instead, std::string(doubt.why)});
}

std::string HyperParameters::name(Key key) const {
  if (is_gguf()) return *asked_.insert(prefix_ + std::string(key.gguf)).first;
  std::string_view rest = key.hugging_face;
  std::string first;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    const std::string candidate = prefix_ + std::string(rest.substr(0, end));
    asked_.insert(candidate);
    if (metadata().contains(candidate)) return candidate;
    if (first.empty()) first = candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return first;
}

bool HyperParameters::has_tensor(Role role, Part part, std::int64_t layer) const {
  return names_.find(file_, role, part, layer) != nullptr;
}

std::optional<std::int64_t> HyperParameters::integer(Key key, Range range) const {
  return metadata().integer(name(key), range.low, range.high);
}

std::optional<double> HyperParameters::real(Key key) const { return metadata().real(name(key)); }

std::optional<double> HyperParameters::positive(Key key) const {
  constexpr double kLow = 1e-30, kHigh = 1e30;
  const std::optional<double> value = real(key);
  if (value && !(*value >= kLow && *value <= kHigh)) {
    fail(key, to_text(*value), "a number from 1e-30 to 1e30");
  }
  return value;
}

std::optional<bool> HyperParameters::boolean(Key key) const {
  return metadata().boolean(name(key));
}

std::optional<std::string_view> HyperParameters::text(Key key) const {
  return metadata().text(name(key));
}

std::vector<std::int64_t> HyperParameters::layer_integers(Key key, Range range,
                                                          std::int64_t layer_count) const {
  const auto entry = metadata().entries().find(name(key));
  if (entry == metadata().entries().end()) return {};
  if (!formats::is_array(entry->second.value)) {
    return std::vector<std::int64_t>(static_cast<std::size_t>(layer_count), *integer(key, range));
  }
  std::vector<std::int64_t> values = metadata().integers(entry->first).value();
  if (std::ssize(values) < layer_count) {
    fail(key, format("{} entries", values.size()),
         format("one for each of the {} layers", layer_count));
  }
  values.resize(static_cast<std::size_t>(layer_count));
  for (const std::int64_t value : values) {
    if (value < range.low || value > range.high) {
      fail(key, to_text(value), format("{} to {}", range.low, range.high));
    }
  }
  return values;
}

std::optional<std::vector<double>> HyperParameters::reals(Key key) const {
  return metadata().reals(name(key));
}

std::int64_t HyperParameters::require_integer(Key key, Range range) const {
  return metadata().require_integer(name(key), range.low, range.high);
}

double HyperParameters::require_positive(Key key) const {
  metadata().require_real(name(key));
  return *positive(key);
}

void HyperParameters::fail(Key key, std::string_view found, std::string_view expected) const {
  metadata().fail(name(key), found, expected);
}

void HyperParameters::fail_unsupported(Key key, std::string_view found,
                                       std::string_view supported) const {
  throw Error(ErrorCode::Unsupported, format("{}: {}: found {}, supported: {}", metadata().file(),
                                             name(key), found, supported));
}

}  // namespace bantam::model
