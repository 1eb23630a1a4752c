// The arithmetic as plain functions behind one table of pointers, chosen once at start.
//
// Tasks are plain data over raw memory. Rules for every kernel:
// - A result depends only on its own inputs: not on the other rows of the task, on how a caller
// splits
//   rows, tokens or heads over tasks or threads. The order of every sum is fixed by the length
//   alone.
// - No allocation, no exceptions, no global state. Inputs and outputs do not overlap unless said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tensor/dtype.h"

namespace bantam::kernels {

// The form in which a linear kernel wants its activations.
enum class ActivationFormat : std::uint8_t {
  F32,     // floats as they are
  BF16,    // 16-bit floats in pairs, an odd end filled up with a zero
  Q8x32,   // ActivationQ8x32 blocks: for formats with blocks of 32
  Q8x256,  // ActivationQ8x256 blocks: for formats with blocks of 256
};

inline constexpr std::size_t kActivationFormatCount = 4;

// The kind of multiply-adds that do most of a kernel's work. A processor has a peak for each.
enum class Arithmetic : std::uint8_t { F32, BF16, Int8 };
inline constexpr std::size_t kArithmeticCount = 3;

// What a linear kernel that takes activations in this form computes with.
constexpr Arithmetic arithmetic_of(ActivationFormat format) {
  switch (format) {
    case ActivationFormat::F32:
      return Arithmetic::F32;
    case ActivationFormat::BF16:
      return Arithmetic::BF16;
    case ActivationFormat::Q8x32:
    case ActivationFormat::Q8x256:
      return Arithmetic::Int8;
  }
  return Arithmetic::F32;
}

// 32 activations: value = scale * values[i].
struct ActivationQ8x32 {
  float scale;
  std::int32_t sum;  // of values
  std::int8_t values[32];
};

// 256 activations: value = scale * values[i].
struct ActivationQ8x256 {
  float scale;
  std::int8_t values[256];
  std::int16_t sums[16];  // of each 16 values
};

// out[t * out_stride + row] = dot(weight row, activations of token t) for the given rows and
// tokens. A matrix in panels (kernels/panels.h) has as many bytes a row, `row_begin` is then a
// multiple of kPanelRows.
struct LinearTask {
  const std::byte* weights;  // row 0 of the matrix, [rows, columns] in the kernel's weight type
  std::int64_t row_bytes;
  std::int64_t row_begin, row_end;
  std::int64_t columns;           // a multiple of the weight type's block size
  const std::byte* activations;   // [tokens], each in the kernel's activation format
  std::int64_t activation_bytes;  // from one token to the next
  std::int64_t tokens;
  float* out;
  std::int64_t out_stride;  // floats from one token to the next
};

using LinearFunction = void (*)(const LinearTask&);

struct LinearKernel {
  LinearFunction run = nullptr;
  ActivationFormat activation = ActivationFormat::F32;
  LinearFunction run_panels = nullptr;  // of a matrix in panels; null where rows are as good
};

// Which blocks of keys a block of queries sees, as Phi-3-small has it: query block b sees key block
// k <= b where b - k < local_blocks or (k + head * head_step + 1) % vertical_stride == 0.
struct SparseBlocks {
  std::int64_t block_size = 0;    // tokens; 0: every key is seen
  std::int64_t local_blocks = 0;  // at least 1, so that every query sees itself
  std::int64_t vertical_stride = 1;
  std::int64_t head_step = 0;
};

// Causal attention of some query heads that share one key/value head, over a paged cache of blocks.
// Query token t stands at position first_position + t and sees keys at positions [max(0, p - window
// + 1), p].
struct AttentionTask {
  const float* queries;       // head h of token t at queries + t * query_stride + h * head_size
  std::int64_t query_stride;  // floats
  float* out;                 // same layout with out_stride, head_size = value_size
  std::int64_t out_stride;
  std::int64_t tokens;
  std::int64_t heads;
  std::int64_t first_position;
  std::int64_t window;  // keys that a token sees, itself included; INT64_MAX for all

  const std::byte* const* key_blocks;    // block b: [block_tokens, head_size] in key_type
  const std::byte* const* value_blocks;  // block b: [block_tokens, value_size] in value_type
  DType key_type, value_type;
  std::int64_t block_tokens;
  std::int64_t head_size, value_size;
  float scale;                   // above 0
  float softcap = 0;             // scores become softcap * tanh(score / softcap); 0: as they are
  const float* sinks = nullptr;  // [heads] one more score of each head, without a value; or null
  // The values are the first value_size numbers of each key (latent attention): value_blocks and
  // value_type are not looked at.
  bool values_in_keys = false;
  SparseBlocks sparse = {};     // dense where block_size is 0
  std::int64_t first_head = 0;  // of the model, for `sparse`

  float* scratch;  // attention_scratch_floats(...) floats, 64-byte aligned
};

// Floats of scratch that an AttentionTask of up to these sizes needs.
std::int64_t attention_scratch_floats(std::int64_t tokens, std::int64_t heads,
                                      std::int64_t block_tokens, std::int64_t head_size,
                                      std::int64_t value_size);

// Query tokens that one AttentionTask takes at the most.
inline constexpr std::int64_t kAttentionTokensMax = 16;

// The nonlinear functions of feed-forward networks, element by element.
enum class Activation : std::uint8_t {
  Silu,         // x * sigmoid(x)
  GeluTanh,     // 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
  Gelu,         // 0.5 x (1 + erf(x / sqrt(2)))
  Relu,         // max(x, 0)
  ReluSquared,  // max(x, 0)^2
  Sigmoid,      // 1 / (1 + exp(-x))
};
inline constexpr std::size_t kActivationCount = 6;

// Work without use, as fast as the level can: what a machine's limits are measured with. Those of
// arithmetic return the operations that they did, 2 a multiply-add.
struct Probes {
  double (*f32)(std::int64_t iterations);
  double (*int8)(std::int64_t iterations);
  std::uint64_t (*read)(const std::byte* memory, std::int64_t bytes);  // reads all, in order; a sum
  double (*bf16)(std::int64_t iterations) = nullptr;  // null where there are no such instructions
};

struct KernelTable {
  const char* name;  // that of its level

  LinearKernel linear[kWeightTypeCount];  // by weight type; run is null where there is no such type
  LinearKernel exact_bf16;                // of BF16 weights, with activations that are not rounded
  void (*quantize_q8x32)(const float* values, std::int64_t count, ActivationQ8x32* blocks);
  void (*quantize_q8x256)(const float* values, std::int64_t count, ActivationQ8x256* blocks);
  // To the nearest 16-bit float, ties to even, subnormal ones to zero; of an odd count, a zero
  // more.
  void (*round_bf16)(const float* values, std::int64_t count, std::uint16_t* rounded);

  // Stored values of any weight type to floats: exactly the format's reference decoder, only
  // faster.
  void (*decode[kWeightTypeCount])(const std::byte* blocks, float* values, std::int64_t count);

  void (*attention)(const AttentionTask&);

  // out = x / sqrt(mean(x^2) + epsilon) * weight. `out` may be `x`.
  void (*rms_norm)(const float* x, const float* weight, float epsilon, std::int64_t count,
                   float* out);
  // Rotates `count` values in place by count/2 angles: neighbouring pairs (2i, 2i+1) ...
  void (*rope_pairs)(float* x, const float* cosines, const float* sines, std::int64_t count);
  // ... or the pairs (i, i + count/2).
  void (*rope_halves)(float* x, const float* cosines, const float* sines, std::int64_t count);
  // out = (x - mean) / sqrt(variance + epsilon) * weight + bias; `bias` may be null, `out` may be
  // `x`.
  void (*layer_norm)(const float* x, const float* weight, const float* bias, float epsilon,
                     std::int64_t count, float* out);
  // out = activation(x). `out` may be `x`.
  void (*activate[kActivationCount])(const float* x, std::int64_t count, float* out);
  // out = activation(gate) * up. `out` may be either input.
  void (*gate[kActivationCount])(const float* gate, const float* up, std::int64_t count,
                                 float* out);
  // out = g * sigmoid(1.702 g) * (u + 1), g = min(gate, limit), u = clamp(up, -limit, limit)
  // (gpt-oss, Phi-3-small). Gates and ups `stride` floats apart; `out` is contiguous and may be
  // `gate`.
  void (*gate_clamped)(const float* gate, const float* up, std::int64_t stride, float limit,
                       std::int64_t count, float* out);
  // out = cap * tanh(x / cap). `out` may be `x`.
  void (*softcap)(const float* x, float cap, std::int64_t count, float* out);
  // out = x * factor. `out` may be `x`.
  void (*scale)(const float* x, float factor, std::int64_t count, float* out);
  // out = a + b. `out` may be either input.
  void (*add)(const float* a, const float* b, std::int64_t count, float* out);
  // out = a + factor * b (fused). `out` may be either input.
  void (*add_scaled)(const float* a, const float* b, float factor, std::int64_t count, float* out);
  // out = a * b. `out` may be either input.
  void (*multiply)(const float* a, const float* b, std::int64_t count, float* out);

  Probes probes;
};

// Instruction set levels; those of one architecture lowest first.
enum class CpuLevel : std::uint8_t {
  Scalar,
  // x86-64
  Avx2,        // AVX2, FMA and F16C
  AvxVnni,     // AVX-VNNI besides
  Avx512,      // AVX2 and AVX-512 F, BW, DQ, VL and VNNI
  Avx512Bf16,  // products of 16-bit floats besides
  // AArch64
  Neon,     // what all have
  Dotprod,  // dot products of 8-bit integers besides
  I8mm,     // and products of matrices of them
};

// The levels that this processor has, lowest first, from Scalar on.
std::vector<CpuLevel> available_cpu_levels();

// The highest of them.
CpuLevel detected_cpu_level();

// The table of a level: scalar for everything, overridden by each level up to this one that the
// processor has. A level that it lacks must not be asked for.
KernelTable kernel_table(CpuLevel level);

const char* cpu_level_name(CpuLevel level);

}  // namespace bantam::kernels
