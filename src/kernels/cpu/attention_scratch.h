// The parts of AttentionTask::scratch.
#pragma once

#include <cstdint>

namespace bantam::kernels {
namespace {

// Where each part starts. Rows are token-major: row = token * heads + head. A padded size is a
// multiple of sixteen.
struct AttentionScratch {
  float* queries;   // [rows, padded head_size], zeros at the end of each row
  float* keys;      // [block_tokens, head_size]
  float* columns;   // [padded head_size, score_stride], the keys transposed
  float* values;    // [block_tokens, value_size]
  float* scores;    // [rows, score_stride]
  float* maximums;  // [rows]
  float* sums;      // [rows]
  float* factors;   // [rows], what a block multiplies its row with
  std::int64_t query_stride;
  std::int64_t score_stride;
  std::int64_t floats;  // of all parts together
};

[[maybe_unused]] inline std::int64_t round_up_16(std::int64_t count) {
  return (count + 15) / 16 * 16;
}

// Every part starts at a multiple of 64 bytes.
[[maybe_unused]] inline AttentionScratch divide_scratch(float* scratch, std::int64_t rows,
                                                        std::int64_t block_tokens,
                                                        std::int64_t head_size,
                                                        std::int64_t value_size) {
  AttentionScratch parts{};
  parts.query_stride = round_up_16(head_size);
  parts.score_stride = round_up_16(block_tokens);
  const struct {
    float** start;
    std::int64_t size;
  } all[] = {{&parts.queries, rows * parts.query_stride},
             {&parts.keys, block_tokens * head_size},
             {&parts.columns, parts.query_stride * parts.score_stride},
             {&parts.values, block_tokens * value_size},
             {&parts.scores, rows * parts.score_stride},
             {&parts.maximums, rows},
             {&parts.sums, rows},
             {&parts.factors, rows}};
  for (const auto& part : all) {
    if (scratch != nullptr) *part.start = scratch + parts.floats;
    parts.floats += round_up_16(part.size);
  }
  return parts;
}

}  // namespace
}  // namespace bantam::kernels
