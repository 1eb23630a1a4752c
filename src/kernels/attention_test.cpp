#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/test_levels.h"
#include "tensor/quant_format.h"

namespace bantam::kernels {
namespace {

constexpr std::int64_t kNoWindow = std::numeric_limits<std::int64_t>::max();

struct Layout {
  DType type = DType::F32;
  std::int64_t context = 75;  // keys
  std::int64_t block_tokens = 32;
  std::int64_t heads = 3;
  std::int64_t head_size = 64;
  std::int64_t value_size = 64;
  std::int64_t window = kNoWindow;
  float softcap = 0.0f;
  std::vector<float> sinks = {};  // [heads], or none
  bool values_in_keys = false;
  SparseBlocks sparse = {};
  std::int64_t first_head = 0;

  std::string name() const {
    std::string text(quant_format(type).name);
    text += ", window " + std::to_string(window) + ", block " + std::to_string(block_tokens);
    text += ", heads " + std::to_string(heads) + " of " + std::to_string(head_size);
    if (softcap != 0.0f) text += ", softcap " + std::to_string(softcap);
    if (!sinks.empty()) text += ", sinks";
    if (values_in_keys) text += ", values in keys";
    if (sparse.block_size != 0) text += ", sparse " + std::to_string(sparse.block_size);
    return text;
  }
};

// A paged cache with `context` keys and a query for each of them. Cache places past the last key,
// and blocks that no query sees, hold NaN or null.
struct Cache {
  Layout layout;
  std::vector<std::vector<std::byte>> key_memory, value_memory;
  std::vector<const std::byte*> key_blocks, value_blocks;
  std::vector<float> keys, values, queries;  // as stored: decoded again

  explicit Cache(const Layout& s) : layout(s) {
    TestRandom random(8);
    fill(s.head_size, random, key_memory, key_blocks, keys);
    if (s.values_in_keys) {
      for (std::int64_t j = 0; j < s.context; ++j) {
        const auto key = keys.begin() + j * s.head_size;
        values.insert(values.end(), key, key + s.value_size);
      }
    } else {
      fill(s.value_size, random, value_memory, value_blocks, values);
    }
    queries = random.units(s.context * s.heads * s.head_size);
    for (float& value : queries) value *= 3.0f;
  }

  void fill(std::int64_t size, TestRandom& random, std::vector<std::vector<std::byte>>& memory,
            std::vector<const std::byte*>& blocks, std::vector<float>& stored) {
    const QuantFormat& format = quant_format(layout.type);
    const std::int64_t row_bytes = format.bytes_for(size);
    const std::int64_t count = (layout.context + layout.block_tokens - 1) / layout.block_tokens;
    for (std::int64_t b = 0; b < count; ++b) {
      memory.emplace_back(static_cast<std::size_t>(row_bytes * layout.block_tokens),
                          std::byte{0xff});
      for (std::int64_t j = 0; j < layout.block_tokens; ++j) {
        if (b * layout.block_tokens + j >= layout.context) break;
        const std::vector<float> row = random.units(size);
        std::byte* place = memory.back().data() + j * row_bytes;
        format.encode(row.data(), place, size);
        stored.resize(stored.size() + static_cast<std::size_t>(size));
        format.decode(place, stored.data() + stored.size() - size, size);
      }
      blocks.push_back(memory.back().data());
    }
  }

  // Tokens [begin, end) in chunks of at most `chunk`.
  std::vector<float> run(const KernelTable& table, std::int64_t begin, std::int64_t end,
                         std::int64_t chunk) const {
    const std::int64_t row = layout.heads * layout.value_size;
    std::vector<float> out(static_cast<std::size_t>((end - begin) * row), -5.0f);
    for (std::int64_t first = begin; first < end; first += chunk) {
      const std::int64_t tokens = std::min(chunk, end - first);
      run_task(table, first, tokens, out.data() + (first - begin) * row);
    }
    return out;
  }

  void run_task(const KernelTable& table, std::int64_t first, std::int64_t tokens,
                float* out) const {
    const auto floats = static_cast<std::size_t>(attention_scratch_floats(
        tokens, layout.heads, layout.block_tokens, layout.head_size, layout.value_size));
    std::vector<float> scratch(floats + 16 + 1, 12345.0f);
    auto* aligned =
        reinterpret_cast<float*>((reinterpret_cast<std::uintptr_t>(scratch.data()) + 63) / 64 * 64);
    aligned[floats] = 54321.0f;
    std::vector<const std::byte*> visible_keys = key_blocks;
    std::vector<const std::byte*> visible_values = value_blocks;
    hide_unseen(first, tokens, visible_keys, visible_values);
    const std::int64_t used = (first + tokens + layout.block_tokens - 1) / layout.block_tokens;
    visible_keys.resize(static_cast<std::size_t>(used));
    if (!layout.values_in_keys) visible_values.resize(static_cast<std::size_t>(used));
    table.attention({.queries = queries.data() + first * layout.heads * layout.head_size,
                     .query_stride = layout.heads * layout.head_size,
                     .out = out,
                     .out_stride = layout.heads * layout.value_size,
                     .tokens = tokens,
                     .heads = layout.heads,
                     .first_position = first,
                     .window = layout.window,
                     .key_blocks = visible_keys.data(),
                     .value_blocks = layout.values_in_keys ? nullptr : visible_values.data(),
                     .key_type = layout.type,
                     .value_type = layout.values_in_keys ? DType::F32 : layout.type,
                     .block_tokens = layout.block_tokens,
                     .head_size = layout.head_size,
                     .value_size = layout.value_size,
                     .scale = 0.125f,
                     .softcap = layout.softcap,
                     .sinks = layout.sinks.empty() ? nullptr : layout.sinks.data(),
                     .values_in_keys = layout.values_in_keys,
                     .sparse = layout.sparse,
                     .first_head = layout.first_head,
                     .scratch = aligned});
    EXPECT_EQ(aligned[floats], 54321.0f) << table.name << " wrote past its scratch";
  }

  // What the window and the sparse pattern show, from their definitions.
  bool sees(std::int64_t token, std::int64_t head, std::int64_t key) const {
    if (key > token || token - key >= layout.window) return false;
    const SparseBlocks& sparse = layout.sparse;
    if (sparse.block_size == 0) return true;
    const std::int64_t query_block = token / sparse.block_size;
    const std::int64_t key_block = key / sparse.block_size;
    const std::int64_t model_head = layout.first_head + head;
    return query_block - key_block < sparse.local_blocks ||
           (key_block + model_head * sparse.head_step + 1) % sparse.vertical_stride == 0;
  }

  // Null for the blocks of which no query of the task sees a key.
  void hide_unseen(std::int64_t first, std::int64_t tokens, std::vector<const std::byte*>& key_list,
                   std::vector<const std::byte*>& value_list) const {
    for (std::size_t b = 0; b < key_list.size(); ++b) {
      bool is_seen = false;
      for (std::int64_t j = 0; j < layout.block_tokens; ++j) {
        const std::int64_t key = static_cast<std::int64_t>(b) * layout.block_tokens + j;
        for (std::int64_t i = 0; i < tokens * layout.heads; ++i) {
          is_seen = is_seen || sees(first + i / layout.heads, i % layout.heads, key);
        }
      }
      if (is_seen) continue;
      key_list[b] = nullptr;
      if (!layout.values_in_keys) value_list[b] = nullptr;
    }
  }

  // Score of a key that the token sees.
  double score(std::int64_t token, std::int64_t head, std::int64_t key) const {
    const float* query = queries.data() + (token * layout.heads + head) * layout.head_size;
    double product = 0.0;
    for (std::int64_t i = 0; i < layout.head_size; ++i) {
      product += static_cast<double>(query[i]) *
                 keys[static_cast<std::size_t>(key * layout.head_size + i)];
    }
    product *= 0.125;
    if (layout.softcap == 0.0f) return product;
    const double cap = layout.softcap;
    return cap * std::tanh(product / cap);
  }

  // One head of one token, in double precision and without blocks.
  std::vector<double> expected(std::int64_t token, std::int64_t head) const {
    std::vector<double> out(static_cast<std::size_t>(layout.value_size));
    std::vector<std::int64_t> seen;
    std::vector<double> weights;
    for (std::int64_t j = 0; j <= token; ++j) {
      if (!sees(token, head, j)) continue;
      seen.push_back(j);
      weights.push_back(score(token, head, j));
    }
    const bool has_sink = !layout.sinks.empty();
    const double sink = has_sink ? layout.sinks[static_cast<std::size_t>(head)] : -1e300;
    const double maximum = std::max(sink, *std::max_element(weights.begin(), weights.end()));
    double sum = std::exp(sink - maximum);
    for (double& weight : weights) sum += weight = std::exp(weight - maximum);
    for (std::size_t k = 0; k < seen.size(); ++k) {
      for (std::int64_t i = 0; i < layout.value_size; ++i) {
        out[static_cast<std::size_t>(i)] +=
            weights[k] / sum * values[static_cast<std::size_t>(seen[k] * layout.value_size + i)];
      }
    }
    return out;
  }
};

std::vector<Layout> layouts() {
  return {
      {},
      {.type = DType::F16},
      {.type = DType::BF16, .heads = 1},
      {.type = DType::Q8_0, .heads = 7},
      {.type = DType::Q4_0},
      {.type = DType::Q5_1},
      {.type = DType::F16, .window = 1},
      {.type = DType::F16, .window = 20},
      {.type = DType::F16, .window = 64},
      {.type = DType::F16, .block_tokens = 16, .heads = 2, .head_size = 80, .value_size = 80},
      {.block_tokens = 7, .heads = 1, .head_size = 5, .value_size = 3},
      {.type = DType::F16, .context = 33, .heads = 2, .head_size = 256, .value_size = 128},
      // One row, or more than four, a token; sizes that fill no vector or no tile of vectors.
      {.type = DType::F16, .heads = 1, .head_size = 128, .value_size = 128},
      {.type = DType::BF16, .heads = 4, .head_size = 96, .value_size = 96},
      {.type = DType::F16, .heads = 5, .head_size = 100, .value_size = 100, .window = 33},
      {.context = 150, .block_tokens = 50, .heads = 6, .head_size = 20, .value_size = 36},
      {.heads = 1, .window = 3, .sinks = {0.25f}},
      {.softcap = 0.7f},
      {.type = DType::F16, .window = 20, .softcap = 50.0f},
      {.sinks = {0.5f, -30.0f, 40.0f}},  // one that hardly counts, one that takes nearly all
      {.type = DType::F16, .window = 20, .sinks = {1.0f, 0.0f, -1.0f}},
      {.type = DType::Q8_0, .window = 40, .softcap = 2.0f, .sinks = {1.0f, 0.0f, -1.0f}},
      {.head_size = 48, .value_size = 40, .values_in_keys = true},
      {.type = DType::F16, .head_size = 96, .value_size = 64, .values_in_keys = true},
      {.type = DType::Q8_0, .heads = 7, .head_size = 96, .value_size = 64, .values_in_keys = true},
      {.type = DType::F16, .head_size = 72, .value_size = 72, .window = 9, .values_in_keys = true},
      // Sparse blocks larger than, as large as and smaller than those of the cache, and across
      // them.
      {.context = 180, .block_tokens = 16, .sparse = {32, 2, 3, 1}},
      {.context = 180, .block_tokens = 16, .sparse = {16, 1, 4, 1}, .first_head = 5},
      {.type = DType::F16, .context = 180, .sparse = {8, 2, 5, 1}, .first_head = 1},
      {.type = DType::Q8_0, .context = 180, .sparse = {12, 1, 4, 2}},
      {.context = 180, .sparse = {8, 1, 1000, 0}},  // local blocks alone
      {.context = 180,
       .window = 50,
       .softcap = 3.0f,
       .sinks = {1.0f, 0.0f, -1.0f},
       .sparse = {8, 2, 4, 1},
       .first_head = 2},
  };
}

TEST(Attention, MatchesADoublePrecisionVersion) {
  for (const Layout& layout : layouts()) {
    const Cache cache(layout);
    for (const KernelTable& table : available_tables()) {
      const std::vector<float> out = cache.run(table, 0, layout.context, kAttentionTokensMax);
      for (std::int64_t token = 0; token < layout.context; ++token) {
        for (std::int64_t head = 0; head < layout.heads; ++head) {
          const std::vector<double> expected = cache.expected(token, head);
          for (std::int64_t i = 0; i < layout.value_size; ++i) {
            const auto place = (token * layout.heads + head) * layout.value_size + i;
            ASSERT_NEAR(out[static_cast<std::size_t>(place)], expected[static_cast<std::size_t>(i)],
                        2e-6)
                << table.name << ", " << layout.name() << ", token " << token;
          }
        }
      }
    }
  }
}

TEST(Attention, EveryLevelEqualsScalarBitForBit) {
  for (const Layout& layout : layouts()) {
    const Cache cache(layout);
    const std::vector<KernelTable> tables = available_tables();
    const std::vector<float> expected =
        cache.run(tables[0], 0, layout.context, kAttentionTokensMax);
    for (const KernelTable& table : tables) {
      const std::vector<float> out = cache.run(table, 0, layout.context, kAttentionTokensMax);
      EXPECT_EQ(std::memcmp(expected.data(), out.data(), out.size() * sizeof(float)), 0)
          << table.name << ", " << layout.name();
    }
  }
}

TEST(Attention, DoesNotDependOnTheTokensOfATask) {
  for (const Layout& layout : layouts()) {
    const Cache cache(layout);
    for (const KernelTable& table : available_tables()) {
      const std::vector<float> expected = cache.run(table, 10, layout.context, 1);
      // Few rows and many score keys in two ways; a block may end inside of a chunk.
      for (const std::int64_t chunk : {2, 3, 5, 16, 27, 32}) {
        const std::vector<float> out = cache.run(table, 10, layout.context, chunk);
        EXPECT_EQ(std::memcmp(expected.data(), out.data(), out.size() * sizeof(float)), 0)
            << table.name << ", " << layout.name() << ", chunks of " << chunk;
      }
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
