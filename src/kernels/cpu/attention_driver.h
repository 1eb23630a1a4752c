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
//
// A block takes each of these steps for all its rows before the next step: the rows of a step do
// not wait for each other, and a few of them share what they load.
#pragma once

#include <cstdint>
#include <limits>

#include "kernels/cpu/attention_scratch.h"
#include "kernels/cpu/visible_keys.h"
#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

// Rows that a level's arithmetic takes at once at the most.
inline constexpr int kRowsAtOnce = 4;

// The keys or the values of one block, in a type that the level reads.
struct BlockRows {
  const std::byte* rows;  // one a key
  DType type;
  std::int64_t stride;  // elements from one row to the next

  const float* floats() const { return reinterpret_cast<const float*>(rows); }
};

struct BlockKeys {
  BlockRows rows;
  const float* columns;  // [padded head_size, stride], or null where the level wants rows
  std::int64_t head_size;
  std::int64_t stride;  // of columns and scores
};

// Up to kRowsAtOnce outputs, and of each the keys that it sees with their weights.
struct OutputRows {
  int count;
  KeyRange ranges[kRowsAtOnce];
  const float* weights[kRowsAtOnce];
  float corrections[kRowsAtOnce];
  float* out[kRowsAtOnce];
};

// A row of a task and the keys that it sees of one block.
struct RowPlace {
  std::int64_t row, token, head;
  KeyRange range;
};

// One task at one block.
struct BlockWalk {
  const AttentionTask& task;
  const AttentionScratch& scratch;
  std::int64_t block;
  std::int64_t first_token, last_token;  // those that see keys of the block

  RowPlace first() const { return place(first_token, 0); }
  bool has(const RowPlace& at) const { return at.token < last_token; }
  RowPlace next(const RowPlace& at) const {
    if (at.head + 1 == task.heads) return place(at.token + 1, 0);
    return {at.row + 1, at.token, at.head + 1, at.range};
  }
  // Of those, what the sparse pattern shows.
  KeyRange shown(const RowPlace& at) const {
    if (task.sparse.block_size == 0) return at.range;
    return shown_keys(task, at.head, task.first_position + at.token, block, at.range, nullptr);
  }
  float* scores(const RowPlace& at) const { return scratch.scores + at.row * scratch.score_stride; }

 private:
  RowPlace place(std::int64_t token, std::int64_t head) const {
    return {token * task.heads + head, token, head,
            visible_keys(task, task.first_position + token, block)};
  }
};

// Keys or values [range.begin, range.end) of a block: the block itself where the level reads its
// type, else decoded.
template <typename Math>
BlockRows readable_rows(const std::byte* block, DType type, bool is_readable, KeyRange range,
                        std::int64_t size, float* buffer) {
  if (is_readable) return {block, type, size};
  const std::int64_t row_bytes = Math::stored_bytes(type, size);
  Math::decode(type, block + range.begin * row_bytes, buffer + range.begin * size,
               (range.end - range.begin) * size);
  return {reinterpret_cast<const std::byte*>(buffer), DType::F32, size};
}

// The dot products of all rows.
template <typename Math>
[[gnu::noinline]] void score_rows(const BlockWalk& walk, const BlockKeys& keys) {
  for (RowPlace at = walk.first(); walk.has(at);) {
    const RowPlace first = at;
    KeyRange range = at.range;
    int count = 0;
    for (; count < kRowsAtOnce && walk.has(at); ++count, at = walk.next(at)) {
      if (at.range.begin < range.begin) range.begin = at.range.begin;
      if (at.range.end > range.end) range.end = at.range.end;
    }
    Math::scores(keys, range, walk.scratch.queries + first.row * walk.scratch.query_stride,
                 walk.scratch.query_stride, count, walk.scores(first));
  }
}

// What few models have, out of the way of the others: caps the scores of all rows and hides those
// that the sparse pattern hides.
template <typename Math>
[[gnu::noinline]] void adjust_scores(const BlockWalk& walk) {
  const AttentionTask& task = walk.task;
  for (RowPlace at = walk.first(); walk.has(at); at = walk.next(at)) {
    if (task.softcap != 0.0f) {
      Math::cap_scores(walk.scores(at), at.range, task.scale, task.softcap);
    }
    if (task.sparse.block_size == 0) continue;
    const std::int64_t position = task.first_position + at.token;
    shown_keys(task, at.head, position, walk.block, at.range, walk.scores(at));
  }
}

// Turns the dot products of all rows into weights; factors become the corrections.
template <typename Math>
[[gnu::noinline]] void weigh_rows(const BlockWalk& walk) {
  const AttentionScratch& scratch = walk.scratch;
  const float scale = walk.task.softcap == 0.0f ? walk.task.scale : 1.0f;  // cap_scores has scaled
  for (RowPlace at = walk.first(); walk.has(at); at = walk.next(at)) {
    const KeyRange range = walk.shown(at);
    float& factor = scratch.factors[at.row];
    factor = 0.0f;
    if (range.begin >= range.end) continue;
    const float maximum = scratch.maximums[at.row];
    const float larger = Math::scale_scores(walk.scores(at), range, scale, maximum);
    factor = maximum - larger;
    scratch.maximums[at.row] = larger;
  }
  const std::int64_t first = walk.first_token * walk.task.heads;
  Math::exp_each(scratch.factors + first, walk.last_token * walk.task.heads - first);
  for (RowPlace at = walk.first(); walk.has(at); at = walk.next(at)) {
    const KeyRange range = walk.shown(at);
    if (range.begin >= range.end) continue;
    float& sum = scratch.sums[at.row];
    sum = sum * scratch.factors[at.row] +
          Math::weigh(walk.scores(at), range, scratch.maximums[at.row]);
  }
}

template <typename Math>
[[gnu::noinline]] void add_values(const BlockWalk& walk, const BlockRows& values) {
  const AttentionTask& task = walk.task;
  for (RowPlace at = walk.first(); walk.has(at);) {
    OutputRows rows;
    rows.count = 0;
    for (; rows.count < kRowsAtOnce && walk.has(at); at = walk.next(at)) {
      const KeyRange range = walk.shown(at);
      if (range.begin >= range.end) continue;
      rows.ranges[rows.count] = range;
      rows.weights[rows.count] = walk.scores(at);
      rows.corrections[rows.count] = walk.scratch.factors[at.row];
      rows.out[rows.count] = task.out + at.token * task.out_stride + at.head * task.value_size;
      ++rows.count;
    }
    if (rows.count > 0) Math::add_values(values, rows, task.value_size);
  }
}

template <typename Math>
void attend_block(const AttentionTask& task, const AttentionScratch& scratch, std::int64_t block) {
  if (!is_seen(task, block)) return;
  BlockWalk walk{task, scratch, block, task.tokens, 0};
  KeyRange all{task.block_tokens, 0};
  for (std::int64_t token = 0; token < task.tokens; ++token) {
    const KeyRange range = visible_keys(task, task.first_position + token, block);
    if (range.begin >= range.end) continue;
    if (token < walk.first_token) walk.first_token = token;
    walk.last_token = token + 1;
    if (range.begin < all.begin) all.begin = range.begin;
    if (range.end > all.end) all.end = range.end;
  }
  // What many rows share is decoded once for all.
  const std::int64_t rows = (walk.last_token - walk.first_token) * task.heads;
  const bool are_few = rows < Math::kColumnRows;
  const auto is_readable = [&](DType type) {
    return type == DType::F32 || (are_few && Math::reads(type));
  };
  BlockKeys keys{readable_rows<Math>(task.key_blocks[block], task.key_type,
                                     is_readable(task.key_type), all, task.head_size, scratch.keys),
                 nullptr, task.head_size, scratch.score_stride};
  BlockRows values = keys.rows;
  if (!task.values_in_keys) {
    values =
        readable_rows<Math>(task.value_blocks[block], task.value_type, is_readable(task.value_type),
                            all, task.value_size, scratch.values);
  }
  if (!are_few) {
    Math::transpose(keys.rows.floats(), all, task.block_tokens, task.head_size, keys.stride,
                    scratch.columns);
    keys.columns = scratch.columns;
  }
  score_rows<Math>(walk, keys);
  if (task.softcap != 0.0f || task.sparse.block_size != 0) adjust_scores<Math>(walk);
  weigh_rows<Math>(walk);
  add_values<Math>(walk, values);
}

template <typename Math>
void start_rows(const AttentionTask& task, const AttentionScratch& scratch) {
  const std::int64_t padding = scratch.query_stride - task.head_size;
  std::int64_t row = 0;
  for (std::int64_t token = 0; token < task.tokens; ++token) {
    for (std::int64_t head = 0; head < task.heads; ++head, ++row) {
      const float* query = task.queries + token * task.query_stride + head * task.head_size;
      float* copy = scratch.queries + row * scratch.query_stride;
      __builtin_memcpy(copy, query, static_cast<std::size_t>(task.head_size) * 4);
      __builtin_memset(copy + task.head_size, 0, static_cast<std::size_t>(padding) * 4);
      float* out = task.out + token * task.out_stride + head * task.value_size;
      __builtin_memset(out, 0, static_cast<std::size_t>(task.value_size) * 4);
      const bool has_sink = task.sinks != nullptr;
      scratch.maximums[row] = has_sink ? task.sinks[head] : -std::numeric_limits<float>::infinity();
      scratch.sums[row] = has_sink ? 1.0f : 0.0f;
    }
  }
}

template <typename Math>
void attend(const AttentionTask& task) {
  const AttentionScratch scratch = divide_scratch(
      task.scratch, task.tokens * task.heads, task.block_tokens, task.head_size, task.value_size);
  start_rows<Math>(task, scratch);
  const std::int64_t oldest =
      task.first_position < task.window ? 0 : task.first_position - task.window + 1;
  const std::int64_t last = task.first_position + task.tokens - 1;
  for (std::int64_t block = oldest / task.block_tokens; block <= last / task.block_tokens;
       ++block) {
    attend_block<Math>(task, scratch, block);
  }
  std::int64_t row = 0;
  for (std::int64_t token = 0; token < task.tokens; ++token) {
    for (std::int64_t head = 0; head < task.heads; ++head, ++row) {
      float* out = task.out + token * task.out_stride + head * task.value_size;
      Math::scale(out, 1.0f / scratch.sums[row], task.value_size);
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
