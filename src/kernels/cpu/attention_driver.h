// The walk of an AttentionTask over its blocks, shared by all levels; a level supplies the
// arithmetic.
//
// Per row (one head of one token) and block, in block order, over the visible keys j of the block
// (online softmax: Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018):
//   score_j = float dot product(query, key_j) * scale, or cap * tanh(that / cap)
//   new_maximum = max(maximum, all score_j)
//   correction = exp(maximum - new_maximum);  weight_j = exp(score_j - new_maximum)
//   sum = sum * correction + (float lane sum of weight_j, lane j mod 16)
//   out = out * correction, then out = fma(weight_j, value_j, out) for j in order
// and at the end out = out * (1 / sum). It starts from maximum = -infinity and sum = 0, or with a
// sink, whose score counts but has no value, from maximum = sink and sum = 1. A row never looks at
// another row, so that its result does not depend on how many tokens or heads a task holds.
#pragma once

#include <cstdint>
#include <limits>

#include "kernels/cpu/visible_keys.h"
#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

// Where the parts of AttentionTask::scratch start. Rows are token-major: row = token * heads +
// head.
struct AttentionScratch {
  float* queries;  // [rows, head_size]
  float* keys;     // [block_tokens, head_size]
  float* values;   // [block_tokens, value_size]
  float* scores;   // [rows, score_stride]
  float* maximum;  // [rows]
  float* sum;      // [rows]
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
  parts.score_stride = round_up_16(block_tokens);
  const std::int64_t sizes[] = {rows * head_size,
                                block_tokens * head_size,
                                block_tokens * value_size,
                                rows * parts.score_stride,
                                rows,
                                rows};
  float** starts[] = {&parts.queries, &parts.keys,    &parts.values,
                      &parts.scores,  &parts.maximum, &parts.sum};
  for (int i = 0; i < 6; ++i) {
    if (scratch != nullptr) *starts[i] = scratch + parts.floats;
    parts.floats += round_up_16(sizes[i]);
  }
  return parts;
}

// Rows of keys or values [begin, end) of a block as floats: the block itself where it holds floats.
template <typename Math>
const float* block_floats(const std::byte* block, DType type, KeyRange range, std::int64_t size,
                          float* buffer) {
  if (type == DType::F32) return reinterpret_cast<const float*>(block);
  const std::int64_t row_bytes = Math::stored_bytes(type, size);
  Math::decode(type, block + range.begin * row_bytes, buffer + range.begin * size,
               (range.end - range.begin) * size);
  return buffer;
}

// The values of one block as floats, `stride` floats from one key to the next.
struct BlockValues {
  const float* rows;
  std::int64_t stride;
};

// What few models have, out of the way of the others: caps the scores of a row and hides those that
// the sparse pattern hides. Returns the keys that remain.
template <typename Math>
[[gnu::noinline]] KeyRange adjust_scores(const AttentionTask& task, std::int64_t head,
                                         std::int64_t position, std::int64_t block, KeyRange range,
                                         float* scores) {
  if (task.softcap != 0.0f) Math::cap_scores(scores, range, task.scale, task.softcap);
  if (task.sparse.block_size == 0) return range;
  return shown_keys(task, head, position, block, range, scores);
}

// One block: the scores of every row, then row by row. Not inlined, so that the registers are its
// own.
template <typename Math>
[[gnu::noinline]] void attend_block(const AttentionTask& task, const AttentionScratch& scratch,
                                    std::int64_t block) {
  if (!is_seen(task, block)) return;
  const std::int64_t last = task.first_position + task.tokens - 1;
  const KeyRange all{visible_keys(task, task.first_position, block).begin,
                     visible_keys(task, last, block).end};
  const float* keys =
      block_floats<Math>(task.key_blocks[block], task.key_type, all, task.head_size, scratch.keys);
  BlockValues values{keys, task.head_size};
  if (!task.values_in_keys) {
    values = {block_floats<Math>(task.value_blocks[block], task.value_type, all, task.value_size,
                                 scratch.values),
              task.value_size};
  }
  Math::scores(keys, all, scratch.queries, task.tokens * task.heads, task.head_size, scratch.scores,
               scratch.score_stride);
  const bool is_plain = task.softcap == 0.0f && task.sparse.block_size == 0;
  const float scale = task.softcap == 0.0f ? task.scale : 1.0f;  // cap_scores has scaled
  for (std::int64_t token = 0; token < task.tokens; ++token) {
    const std::int64_t position = task.first_position + token;
    const KeyRange visible = visible_keys(task, position, block);
    if (visible.begin >= visible.end) continue;
    for (std::int64_t head = 0; head < task.heads; ++head) {
      const std::int64_t row = token * task.heads + head;
      float* scores = scratch.scores + row * scratch.score_stride;
      KeyRange range = visible;
      if (!is_plain) {
        range = adjust_scores<Math>(task, head, position, block, visible, scores);
        if (range.begin >= range.end) continue;
      }
      const float correction = Math::softmax_step(scores, range, scratch.score_stride, scale,
                                                  scratch.maximum[row], scratch.sum[row]);
      float* out = task.out + token * task.out_stride + head * task.value_size;
      Math::add_values(values.rows, values.stride, range, scores, correction, task.value_size, out);
    }
  }
}

template <typename Math>
void attend(const AttentionTask& task) {
  const std::int64_t rows = task.tokens * task.heads;
  const AttentionScratch scratch =
      divide_scratch(task.scratch, rows, task.block_tokens, task.head_size, task.value_size);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t token = row / task.heads;
    const std::int64_t head = row % task.heads;
    const float* query = task.queries + token * task.query_stride + head * task.head_size;
    float* copy = scratch.queries + row * task.head_size;
    for (std::int64_t i = 0; i < task.head_size; ++i) copy[i] = query[i];
    float* out = task.out + token * task.out_stride + head * task.value_size;
    for (std::int64_t i = 0; i < task.value_size; ++i) out[i] = 0.0f;
    const bool has_sink = task.sinks != nullptr;
    scratch.maximum[row] = has_sink ? task.sinks[head] : -std::numeric_limits<float>::infinity();
    scratch.sum[row] = has_sink ? 1.0f : 0.0f;
  }
  const std::int64_t oldest =
      task.first_position < task.window ? 0 : task.first_position - task.window + 1;
  const std::int64_t last = task.first_position + task.tokens - 1;
  for (std::int64_t block = oldest / task.block_tokens; block <= last / task.block_tokens;
       ++block) {
    attend_block<Math>(task, scratch, block);
  }
  for (std::int64_t row = 0; row < rows; ++row) {
    float* out = task.out + row / task.heads * task.out_stride + row % task.heads * task.value_size;
    const float factor = 1.0f / scratch.sum[row];
    for (std::int64_t i = 0; i < task.value_size; ++i) out[i] *= factor;
  }
}

}  // namespace
}  // namespace bantam::kernels
