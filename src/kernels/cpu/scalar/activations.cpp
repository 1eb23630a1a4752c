// Activations to blocks of 8-bit integers: scale = largest magnitude / 127, values rounded to
// nearest, ties to even. A block with an infinity or NaN gets a NaN scale, so that every result
// shows it; a block of magnitudes below kSmallest is zero.
#include <cmath>

#include "kernels/cpu/activation_limits.h"
#include "kernels/cpu/rounded_bf16.h"
#include "kernels/cpu/scalar/kernels.h"
#include "tensor/half.h"

namespace bantam::kernels::scalar {
namespace {

// Writes the integers of `count` floats and returns their scale.
float quantize(const float* values, int count, std::int8_t* integers) {
  std::uint32_t largest_bits = 0;  // magnitudes compare like their bits, infinity and NaN above all
  for (int i = 0; i < count; ++i) {
    const std::uint32_t bits = float_to_bits(values[i]) & 0x7fffffffu;
    if (bits > largest_bits) largest_bits = bits;
  }
  const float largest = bits_to_float(largest_bits);
  const bool is_finite = largest_bits < 0x7f800000u;
  if (!is_finite || largest < kSmallestActivation) {
    for (int i = 0; i < count; ++i) integers[i] = 0;
    return is_finite ? 0.0f : bits_to_float(0x7fc00000u);
  }
  const float inverse = 127.0f / largest;
  for (int i = 0; i < count; ++i) {
    integers[i] = static_cast<std::int8_t>(std::lrint(values[i] * inverse));
  }
  return largest / 127.0f;
}

}  // namespace

void quantize_q8x32(const float* values, std::int64_t count, ActivationQ8x32* blocks) {
  for (std::int64_t b = 0; b < count / 32; ++b) {
    ActivationQ8x32& block = blocks[b];
    block.scale = quantize(values + 32 * b, 32, block.values);
    block.sum = 0;
    for (const std::int8_t value : block.values) block.sum += value;
  }
}

void quantize_q8x256(const float* values, std::int64_t count, ActivationQ8x256* blocks) {
  for (std::int64_t b = 0; b < count / 256; ++b) {
    ActivationQ8x256& block = blocks[b];
    block.scale = quantize(values + 256 * b, 256, block.values);
    for (int group = 0; group < 16; ++group) {
      int sum = 0;
      for (int i = 0; i < 16; ++i) sum += block.values[16 * group + i];
      block.sums[group] = static_cast<std::int16_t>(sum);
    }
  }
}

void round_bf16(const float* values, std::int64_t count, std::uint16_t* rounded) {
  round_all_bf16(values, count, rounded);
}

}  // namespace bantam::kernels::scalar
