#include "model/rope.h"

#include <cmath>
#include <numbers>

namespace bantam::model {
namespace {

double scaled(double frequency, std::monostate) { return frequency; }

double scaled(double frequency, const LinearRopeScaling& scaling) {
  return frequency / scaling.factor;
}

double scaled(double frequency, const Llama3RopeScaling& scaling) {
  const double wavelength = 2 * std::numbers::pi / frequency;
  const auto original = static_cast<double>(scaling.original_context_length);
  if (wavelength < original / scaling.high_frequency_factor) return frequency;
  if (wavelength > original / scaling.low_frequency_factor) return frequency / scaling.factor;
  const double smooth = (original / wavelength - scaling.low_frequency_factor) /
                        (scaling.high_frequency_factor - scaling.low_frequency_factor);
  return frequency * ((1 - smooth) / scaling.factor + smooth);
}

}  // namespace

backend::RopeFrequencies rope_frequencies(const RopeSpec& spec, std::span<const float> divisors) {
  backend::RopeFrequencies result{.inverse_frequencies = {}, .pairs = spec.pairs};
  const std::int64_t pairs = spec.rotated_size / 2;
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const double exponent =
        -2.0 * static_cast<double>(pair) / static_cast<double>(spec.rotated_size);
    double frequency = std::visit(
        [&](const auto& scaling) { return scaled(std::pow(spec.base, exponent), scaling); },
        spec.scaling);
    if (!divisors.empty())
      frequency /= static_cast<double>(divisors[static_cast<std::size_t>(pair)]);
    result.inverse_frequencies.push_back(static_cast<float>(frequency));
  }
  return result;
}

}  // namespace bantam::model
