#include "model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bantam::model {
namespace {

double plain_frequency(const RopeSpec& spec, std::int64_t pair) {
  return std::pow(spec.base,
                  -2.0 * static_cast<double>(pair) / static_cast<double>(spec.rotated_size));
}

double scaled(const RopeSpec& spec, std::int64_t pair, std::monostate) {
  return plain_frequency(spec, pair);
}

double scaled(const RopeSpec& spec, std::int64_t pair, const LinearRopeScaling& scaling) {
  return plain_frequency(spec, pair) / scaling.factor;
}

double scaled(const RopeSpec& spec, std::int64_t pair, const Llama3RopeScaling& scaling) {
  const double frequency = plain_frequency(spec, pair);
  const double wavelength = 2 * std::numbers::pi / frequency;
  const auto original = static_cast<double>(scaling.original_context_length);
  if (wavelength < original / scaling.high_frequency_factor) return frequency;
  if (wavelength > original / scaling.low_frequency_factor) return frequency / scaling.factor;
  const double smooth = (original / wavelength - scaling.low_frequency_factor) /
                        (scaling.high_frequency_factor - scaling.low_frequency_factor);
  return frequency * ((1 - smooth) / scaling.factor + smooth);
}

// The dimension whose pair turns `rotations` times within the original context.
double yarn_dimension(const RopeSpec& spec, const YarnRopeScaling& scaling, double rotations) {
  const auto original = static_cast<double>(scaling.original_context_length);
  return static_cast<double>(spec.rotated_size) *
         std::log(original / (rotations * 2 * std::numbers::pi)) / (2 * std::log(spec.base));
}

double scaled(const RopeSpec& spec, std::int64_t pair, const YarnRopeScaling& scaling) {
  const double frequency = plain_frequency(spec, pair);
  double low = yarn_dimension(spec, scaling, scaling.beta_fast);
  double high = yarn_dimension(spec, scaling, scaling.beta_slow);
  if (scaling.is_range_rounded) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(spec.rotated_size - 1));
  if (low == high) high += 0.001;  // as the reference does: never divide by 0
  const double ramp = std::clamp((static_cast<double>(pair) - low) / (high - low), 0.0, 1.0);
  return frequency / scaling.factor * ramp + frequency * (1 - ramp);
}

double scaled(const RopeSpec& spec, std::int64_t pair, const LongRopeScaling& scaling) {
  return plain_frequency(spec, pair) /
         static_cast<double>(scaling.short_divisors[static_cast<std::size_t>(pair)]);
}

}  // namespace

backend::RopeFrequencies rope_frequencies(const RopeSpec& spec, std::span<const float> divisors) {
  backend::RopeFrequencies result{.inverse_frequencies = {},
                                  .long_inverse_frequencies = {},
                                  .magnitude = static_cast<float>(spec.magnitude),
                                  .pairs = spec.pairs};
  const auto* long_rope = std::get_if<LongRopeScaling>(&spec.scaling);
  const std::int64_t pairs = spec.rotated_size / 2;
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const auto index = static_cast<std::size_t>(pair);
    double frequency = 0;
    if (pair < pairs - spec.still_pairs) {
      frequency = std::visit([&](const auto& scaling) { return scaled(spec, pair, scaling); },
                             spec.scaling);
    }
    if (!divisors.empty()) frequency /= static_cast<double>(divisors[index]);
    result.inverse_frequencies.push_back(static_cast<float>(frequency));
    if (long_rope == nullptr) continue;
    result.long_inverse_frequencies.push_back(static_cast<float>(
        plain_frequency(spec, pair) / static_cast<double>(long_rope->long_divisors[index])));
  }
  return result;
}

std::optional<std::int64_t> long_rope_boundary(const ModelSpec& spec) {
  for (const RopeSpec& rope : spec.ropes) {
    if (const auto* scaling = std::get_if<LongRopeScaling>(&rope.scaling)) {
      return scaling->original_context_length;
    }
  }
  return std::nullopt;
}

double long_rope_magnitude(double stretch, double original) {
  return stretch <= 1 ? 1.0 : std::sqrt(1.0 + std::log(stretch) / std::log(original));
}

double yarn_magnitude(double factor, double multiplier) {
  return factor <= 1 ? 1.0 : 0.1 * multiplier * std::log(factor) + 1.0;
}

}  // namespace bantam::model
