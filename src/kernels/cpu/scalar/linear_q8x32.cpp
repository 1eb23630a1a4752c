// Formats with blocks of 32 against 8-bit activations. A block's products are added as integers,
// exactly; then, block after block, sum = fma(scale * activation scale, integer, sum), and for
// formats with a minimum sum = fma(minimum * activation scale, sum of the activation's integers,
// sum).
#include <cmath>

#include "kernels/cpu/scalar/kernels.h"
#include "tensor/half.h"
#include "tensor/quant/iq4_nl.h"
#include "tensor/quant/mxfp4.h"
#include "tensor/quant/q4_0.h"
#include "tensor/quant/q4_1.h"
#include "tensor/quant/q5_0.h"
#include "tensor/quant/q5_1.h"
#include "tensor/quant/q8_0.h"

namespace bantam::kernels::scalar {
namespace {

// value[i] = scale * codes[i] + minimum.
struct Codes {
  float scale;
  float minimum = 0.0f;
  bool has_minimum = false;
  int codes[32];
};

int nibble(const std::uint8_t* bytes, int i) { return i < 16 ? bytes[i] & 15 : bytes[i - 16] >> 4; }
int bit(const std::uint8_t* bytes, int i) { return bytes[i / 8] >> (i % 8) & 1; }

void unpack(const BlockQ8_0& block, Codes& out) {
  out.scale = to_float(block.scale);
  for (int i = 0; i < 32; ++i) out.codes[i] = block.codes[i];
}

void unpack(const BlockQ4_0& block, Codes& out) {
  out.scale = to_float(block.scale);
  for (int i = 0; i < 32; ++i) out.codes[i] = nibble(block.codes, i) - 8;
}

void unpack(const BlockQ4_1& block, Codes& out) {
  out.scale = to_float(block.scale);
  out.minimum = to_float(block.min);
  out.has_minimum = true;
  for (int i = 0; i < 32; ++i) out.codes[i] = nibble(block.codes, i);
}

void unpack(const BlockQ5_0& block, Codes& out) {
  out.scale = to_float(block.scale);
  for (int i = 0; i < 32; ++i) {
    out.codes[i] = (nibble(block.codes, i) | bit(block.fifth_bits, i) << 4) - 16;
  }
}

void unpack(const BlockQ5_1& block, Codes& out) {
  out.scale = to_float(block.scale);
  out.minimum = to_float(block.min);
  out.has_minimum = true;
  for (int i = 0; i < 32; ++i) {
    out.codes[i] = nibble(block.codes, i) | bit(block.fifth_bits, i) << 4;
  }
}

void unpack(const BlockIQ4_NL& block, Codes& out) {
  out.scale = to_float(block.scale);
  for (int i = 0; i < 32; ++i) out.codes[i] = kIq4Levels[nibble(block.codes, i)];
}

void unpack(const BlockMXFP4& block, Codes& out) {
  out.scale = std::ldexp(1.0f, block.exponent - 128);
  for (int i = 0; i < 32; ++i) out.codes[i] = kE2M1Doubled[nibble(block.codes, i)];
}

template <typename Block>
void linear(const LinearTask& task) {
  for (std::int64_t row = task.row_begin; row < task.row_end; ++row) {
    const auto* blocks = reinterpret_cast<const Block*>(task.weights + row * task.row_bytes);
    for (std::int64_t token = 0; token < task.tokens; ++token) {
      task.out[token * task.out_stride + row] = 0.0f;
    }
    for (std::int64_t b = 0; b < task.columns / 32; ++b) {
      Codes weight;
      unpack(blocks[b], weight);
      for (std::int64_t token = 0; token < task.tokens; ++token) {
        const auto& activation = reinterpret_cast<const ActivationQ8x32*>(
            task.activations + token * task.activation_bytes)[b];
        int products = 0;
        for (int i = 0; i < 32; ++i) products += weight.codes[i] * activation.values[i];
        float& sum = task.out[token * task.out_stride + row];
        sum = std::fma(weight.scale * activation.scale, static_cast<float>(products), sum);
        if (!weight.has_minimum) continue;
        sum = std::fma(weight.minimum * activation.scale, static_cast<float>(activation.sum), sum);
      }
    }
  }
}

}  // namespace

void linear_q8_0(const LinearTask& task) { linear<BlockQ8_0>(task); }
void linear_q4_0(const LinearTask& task) { linear<BlockQ4_0>(task); }
void linear_q4_1(const LinearTask& task) { linear<BlockQ4_1>(task); }
void linear_q5_0(const LinearTask& task) { linear<BlockQ5_0>(task); }
void linear_q5_1(const LinearTask& task) { linear<BlockQ5_1>(task); }
void linear_iq4_nl(const LinearTask& task) { linear<BlockIQ4_NL>(task); }
void linear_mxfp4(const LinearTask& task) { linear<BlockMXFP4>(task); }

}  // namespace bantam::kernels::scalar
