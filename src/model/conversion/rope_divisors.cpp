#include "model/conversion/rope_divisors.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bantam::model {
namespace {

float wavelength(const RopeSpec& rope, std::size_t pair) {
  const float exponent = static_cast<float>(2 * pair) / static_cast<float>(rope.rotated_size);
  const float frequency = 1.0f / std::pow(static_cast<float>(rope.base), exponent);
  return static_cast<float>(2 * std::numbers::pi) / frequency;
}

float divisor(const Llama3RopeScaling& scaling, float length) {
  const auto original = static_cast<double>(scaling.original_context_length);
  const auto factor = static_cast<float>(scaling.factor);
  const double low = scaling.low_frequency_factor, high = scaling.high_frequency_factor;
  if (length < static_cast<float>(original / high)) return 1;
  if (length > static_cast<float>(original / low)) return factor;
  const float smooth = (static_cast<float>(original) / length - static_cast<float>(low)) /
                       static_cast<float>(high - low);
  return 1.0f / ((1.0f - smooth) / factor + smooth);
}

bool reproduces(const RopeSpec& rope, const Llama3RopeScaling& scaling,
                std::span<const float> divisors) {
  constexpr double kTolerance = 1e-5;
  for (std::size_t pair = 0; pair < divisors.size(); ++pair) {
    const auto found = static_cast<double>(divisors[pair]);
    const auto made = static_cast<double>(divisor(scaling, wavelength(rope, pair)));
    if (std::abs(found - made) > kTolerance * found) return false;
  }
  return true;
}

// Rounded to so many digits behind the point.
double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

struct Point {
  double turns;   // of the pair in the original context
  double smooth;  // how much of the frequency is kept
};

}  // namespace

std::vector<float> llama3_divisors(const RopeSpec& rope) {
  std::vector<float> divisors;
  const auto& scaling = std::get<Llama3RopeScaling>(rope.scaling);
  for (std::size_t pair = 0; pair < static_cast<std::size_t>(rope.rotated_size / 2); ++pair) {
    divisors.push_back(divisor(scaling, wavelength(rope, pair)));
  }
  return divisors;
}

std::vector<float> still_divisors(const RopeSpec& rope) {
  std::vector<float> divisors(static_cast<std::size_t>(rope.rotated_size / 2), 1);
  std::fill_n(divisors.rbegin(), rope.still_pairs, 1e30f);
  return divisors;
}

// Between the two ends a divisor d keeps s = (1/d - 1/factor) / (1 - 1/factor) of the frequency, a
// linear function of how often the pair turns in the original context: any two such pairs give both
// ends. Without two, the published ends 1 and 4 and all powers of two as lengths are tried.
std::optional<Llama3RopeScaling> find_llama3_scaling(const RopeSpec& rope,
                                                     std::span<const float> divisors) {
  const double factor = static_cast<double>(*std::ranges::max_element(divisors));
  if (factor <= 1) return std::nullopt;
  for (std::int64_t original = 8192; original >= 16; original /= 2) {
    const Llama3RopeScaling published{factor, 1, 4, original};
    if (reproduces(rope, published, divisors)) return published;
  }
  constexpr double kOriginal = 8192;
  std::vector<Point> blended;
  for (std::size_t pair = 0; pair < divisors.size(); ++pair) {
    const auto found = static_cast<double>(divisors[pair]);
    if (found <= 1 || found >= factor) continue;
    blended.push_back({kOriginal / static_cast<double>(wavelength(rope, pair)),
                       (1 / found - 1 / factor) / (1 - 1 / factor)});
  }
  if (blended.size() < 2) return std::nullopt;
  const Point first = blended.front(), last = blended.back();
  const double slope = (first.smooth - last.smooth) / (first.turns - last.turns);
  const double low = last.turns - last.smooth / slope, high = low + 1 / slope;
  for (int digits = 0; digits < 12; ++digits) {
    const Llama3RopeScaling scaling{factor, rounded(low, digits), rounded(high, digits),
                                    static_cast<std::int64_t>(kOriginal)};
    if (scaling.low_frequency_factor > 0 && reproduces(rope, scaling, divisors)) return scaling;
  }
  return std::nullopt;
}

}  // namespace bantam::model
