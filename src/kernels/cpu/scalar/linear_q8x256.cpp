// Formats with blocks of 256 in groups of 16 or 32 against 8-bit activations. Group scale times
// group sum is added over the block as integers, exactly; then, block after block, sum = fma(scale
// * activation scale, integer, sum), and for formats with a minimum sum = fma(-(minimum scale *
// activation scale), sum of group minimum times activation sum, sum).
#include <cmath>

#include "kernels/cpu/scalar/kernels.h"
#include "tensor/half.h"
#include "tensor/quant/iq4_nl.h"
#include "tensor/quant/iq4_xs.h"
#include "tensor/quant/q2_k.h"
#include "tensor/quant/q3_k.h"
#include "tensor/quant/q4_k.h"
#include "tensor/quant/q5_k.h"
#include "tensor/quant/q6_k.h"

namespace bantam::kernels::scalar {
namespace {

// value[i] = scale * group_scales[i / 16] * codes[i] - minimum_scale * group_minimums[i / 16].
struct Codes {
  float scale;
  float minimum_scale = 0.0f;
  bool has_minimum = false;
  int group_scales[16];
  int group_minimums[16] = {};
  int codes[256];
};

int two_bits(const std::uint8_t* bytes, int i) {
  return bytes[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
}
int bit_plane(const std::uint8_t* bytes, int i) { return bytes[i % 32] >> (i / 32) & 1; }
int paired_nibble(const std::uint8_t* bytes, int i) {
  const int byte = bytes[i / 64 * 32 + i % 32];
  return i % 64 < 32 ? byte & 15 : byte >> 4;
}

void unpack(const BlockQ2_K& block, Codes& out) {
  out.scale = to_float(block.scale);
  out.minimum_scale = to_float(block.min_scale);
  out.has_minimum = true;
  for (int g = 0; g < 16; ++g) {
    out.group_scales[g] = block.group_scales[g] & 15;
    out.group_minimums[g] = block.group_scales[g] >> 4;
  }
  for (int i = 0; i < 256; ++i) out.codes[i] = two_bits(block.codes, i);
}

void unpack(const BlockQ3_K& block, Codes& out) {
  out.scale = to_float(block.scale);
  for (int g = 0; g < 16; ++g) {
    const int low = g < 8 ? block.group_scales[g] & 15 : block.group_scales[g - 8] >> 4;
    const int high = block.group_scales[8 + g % 4] >> (2 * (g / 4)) & 3;
    out.group_scales[g] = (low | high << 4) - 32;
  }
  for (int i = 0; i < 256; ++i) {
    out.codes[i] = (two_bits(block.codes, i) | bit_plane(block.third_bits, i) << 2) - 4;
  }
}

// The 6-bit scales and minimums of Q4_K and Q5_K.
void unpack_scales(const std::uint8_t* bytes, Codes& out) {
  out.has_minimum = true;
  for (int i = 0; i < 16; ++i) {
    const int g = i / 2;
    if (g < 4) {
      out.group_scales[i] = bytes[g] & 63;
      out.group_minimums[i] = bytes[g + 4] & 63;
    } else {
      out.group_scales[i] = (bytes[g + 4] & 15) | bytes[g - 4] >> 6 << 4;
      out.group_minimums[i] = bytes[g + 4] >> 4 | bytes[g] >> 6 << 4;
    }
  }
}

void unpack(const BlockQ4_K& block, Codes& out) {
  out.scale = to_float(block.scale);
  out.minimum_scale = to_float(block.min_scale);
  unpack_scales(block.group_scales, out);
  for (int i = 0; i < 256; ++i) out.codes[i] = paired_nibble(block.codes, i);
}

void unpack(const BlockQ5_K& block, Codes& out) {
  out.scale = to_float(block.scale);
  out.minimum_scale = to_float(block.min_scale);
  unpack_scales(block.group_scales, out);
  for (int i = 0; i < 256; ++i) {
    out.codes[i] = paired_nibble(block.codes, i) | bit_plane(block.fifth_bits, i) << 4;
  }
}

void unpack(const BlockQ6_K& block, Codes& out) {
  out.scale = to_float(block.scale);
  for (int g = 0; g < 16; ++g) out.group_scales[g] = block.group_scales[g];
  for (int i = 0; i < 256; ++i) {
    const int byte = block.low_bits[i / 128 * 64 + i % 64];
    const int low = i % 128 < 64 ? byte & 15 : byte >> 4;
    out.codes[i] = (low | two_bits(block.high_bits, i) << 4) - 32;
  }
}

void unpack(const BlockIQ4_XS& block, Codes& out) {
  out.scale = to_float(block.scale);
  for (int i = 0; i < 16; ++i) {
    const int g = i / 2;
    const int low = block.group_scales_low[g / 2] >> (4 * (g % 2)) & 15;
    const int high = block.group_scales_high >> (2 * g) & 3;
    out.group_scales[i] = (low | high << 4) - 32;
  }
  for (int i = 0; i < 256; ++i) {
    const int byte = block.codes[i / 32 * 16 + i % 16];
    out.codes[i] = kIq4Levels[i % 32 < 16 ? byte & 15 : byte >> 4];
  }
}

float add_block(const Codes& weight, const ActivationQ8x256& activation, float sum) {
  int products = 0;
  int minimums = 0;
  for (int g = 0; g < 16; ++g) {
    int group = 0;
    for (int i = 16 * g; i < 16 * g + 16; ++i) group += weight.codes[i] * activation.values[i];
    products += weight.group_scales[g] * group;
    minimums += weight.group_minimums[g] * activation.sums[g];
  }
  sum = std::fma(weight.scale * activation.scale, static_cast<float>(products), sum);
  if (!weight.has_minimum) return sum;
  return std::fma(-(weight.minimum_scale * activation.scale), static_cast<float>(minimums), sum);
}

template <typename Block>
void linear(const LinearTask& task) {
  for (std::int64_t row = task.row_begin; row < task.row_end; ++row) {
    const auto* blocks = reinterpret_cast<const Block*>(task.weights + row * task.row_bytes);
    for (std::int64_t token = 0; token < task.tokens; ++token) {
      task.out[token * task.out_stride + row] = 0.0f;
    }
    for (std::int64_t b = 0; b < task.columns / 256; ++b) {
      Codes weight;
      unpack(blocks[b], weight);
      for (std::int64_t token = 0; token < task.tokens; ++token) {
        const auto* activations = reinterpret_cast<const ActivationQ8x256*>(
            task.activations + token * task.activation_bytes);
        float& sum = task.out[token * task.out_stride + row];
        sum = add_block(weight, activations[b], sum);
      }
    }
  }
}

}  // namespace

void linear_q2_k(const LinearTask& task) { linear<BlockQ2_K>(task); }
void linear_q3_k(const LinearTask& task) { linear<BlockQ3_K>(task); }
void linear_q4_k(const LinearTask& task) { linear<BlockQ4_K>(task); }
void linear_q5_k(const LinearTask& task) { linear<BlockQ5_K>(task); }
void linear_q6_k(const LinearTask& task) { linear<BlockQ6_K>(task); }
void linear_iq4_xs(const LinearTask& task) { linear<BlockIQ4_XS>(task); }

}  // namespace bantam::kernels::scalar
