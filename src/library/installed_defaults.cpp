#include "library/installed_defaults.h"

#include "base/error.h"
#include "base/format.h"

namespace bantam::library {
namespace {

using store::ParameterValue;

std::optional<double> real(const ParameterValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  return std::nullopt;
}

// JSON has one kind of numbers: 5.0 is as whole as 5.
std::optional<std::int64_t> whole(const ParameterValue& value) {
  constexpr double kExact = 9007199254740992.0;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr || !(*number >= -kExact && *number <= kExact)) return std::nullopt;
  const auto found = static_cast<std::int64_t>(*number);
  if (static_cast<double>(found) != *number) return std::nullopt;
  return found;
}

std::optional<std::vector<std::string>> texts(const ParameterValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  if (const auto* one = std::get_if<std::string>(&value)) return std::vector<std::string>{*one};
  return std::nullopt;
}

template <typename From, typename To>
bool set(const std::optional<From>& value, To& target) {
  if (value) target = static_cast<To>(*value);
  return value.has_value();
}

// Whether the name is one of sampling; `fits` tells whether the value could be used.
bool set_sampling(const std::string& name, const ParameterValue& value,
                  std::int64_t vocabulary_size, engine::SamplingOptions& options, bool& fits) {
  engine::SamplingOptions changed = options;
  if (name == "temperature")
    fits = set(real(value), changed.temperature);
  else if (name == "top_p")
    fits = set(real(value), changed.top_p);
  else if (name == "min_p")
    fits = set(real(value), changed.min_p);
  else if (name == "typical_p")
    fits = set(real(value), changed.typical_p);
  else if (name == "repeat_penalty")
    fits = set(real(value), changed.penalties.repeat);
  else if (name == "presence_penalty")
    fits = set(real(value), changed.penalties.presence);
  else if (name == "frequency_penalty")
    fits = set(real(value), changed.penalties.frequency);
  else if (name == "top_k")
    fits = set(whole(value), changed.top_k);
  else if (name == "repeat_last_n")
    fits = set(whole(value), changed.repeat_last_n);
  else
    return false;
  try {
    engine::check_sampling_options(changed, vocabulary_size);
  } catch (const Error&) {
    fits = false;
  }
  if (fits) options = changed;
  return true;
}

bool set_other(const std::string& name, const ParameterValue& value, InstalledDefaults& defaults) {
  const auto number = whole(value);
  if (name == "stop") return set(texts(value), defaults.stop);
  if (name == "num_predict") {
    if (number && *number > 0) defaults.max_tokens = *number;  // -1, -2: no bound
    return number.has_value();
  }
  if (name == "num_ctx") {
    if (number && *number > 0) defaults.context_tokens = *number;
    return number && *number > 0;
  }
  if (name == "seed") {
    if (number && *number >= 0) defaults.seed = static_cast<std::uint64_t>(*number);
    return number.has_value();  // negative: a random one
  }
  return true;
}

}  // namespace

InstalledDefaults installed_defaults(const store::ModelParts& parts, std::int64_t vocabulary_size,
                                     engine::SamplingOptions& sampling,
                                     std::vector<std::string>& warnings) {
  InstalledDefaults defaults;
  defaults.system = parts.system;
  for (const store::StoredMessage& message : parts.messages) {
    defaults.messages.push_back({message.role, message.content});
  }
  for (const auto& [name, value] : parts.parameters) {
    bool fits = true;
    if (!set_sampling(name, value, vocabulary_size, sampling, fits))
      fits = set_other(name, value, defaults);
    if (fits) continue;
    warnings.push_back(format("{}: the value of its parameter {} cannot be used and is left out",
                              parts.name.text(), quoted(std::string_view(name))));
  }
  return defaults;
}

}  // namespace bantam::library
