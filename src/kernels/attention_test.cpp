#include <gtest/gtest.h>

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
    fill(s.value_size, random, value_memory, value_blocks, values);
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
    for (std::int64_t b = 0; (b + 1) * layout.block_tokens <= first - layout.window + 1; ++b) {
      visible_keys[static_cast<std::size_t>(b)] = nullptr;
      visible_values[static_cast<std::size_t>(b)] = nullptr;
    }
    const std::int64_t used = (first + tokens + layout.block_tokens - 1) / layout.block_tokens;
    visible_keys.resize(static_cast<std::size_t>(used));
    visible_values.resize(static_cast<std::size_t>(used));
    table.attention({.queries = queries.data() + first * layout.heads * layout.head_size,
                     .query_stride = layout.heads * layout.head_size,
                     .out = out,
                     .out_stride = layout.heads * layout.value_size,
                     .tokens = tokens,
                     .heads = layout.heads,
                     .first_position = first,
                     .window = layout.window,
                     .key_blocks = visible_keys.data(),
                     .value_blocks = visible_values.data(),
                     .key_type = layout.type,
                     .value_type = layout.type,
                     .block_tokens = layout.block_tokens,
                     .head_size = layout.head_size,
                     .value_size = layout.value_size,
                     .scale = 0.125f,
                     .scratch = aligned});
    EXPECT_EQ(aligned[floats], 54321.0f) << table.name << " wrote past its scratch";
  }

  // One head of one token, in double precision and without blocks.
  std::vector<double> expected(std::int64_t token, std::int64_t head) const {
    const std::int64_t begin = token < layout.window ? 0 : token - layout.window + 1;
    const float* query = queries.data() + (token * layout.heads + head) * layout.head_size;
    std::vector<double> out(static_cast<std::size_t>(layout.value_size));
    std::vector<double> scores;
    double maximum = -1e300;
    for (std::int64_t j = begin; j <= token; ++j) {
      double score = 0.0;
      for (std::int64_t i = 0; i < layout.head_size; ++i) {
        score += static_cast<double>(query[i]) *
                 keys[static_cast<std::size_t>(j * layout.head_size + i)];
      }
      scores.push_back(score * 0.125);
      maximum = std::max(maximum, scores.back());
    }
    double sum = 0.0;
    for (double& score : scores) sum += score = std::exp(score - maximum);
    for (std::int64_t j = begin; j <= token; ++j) {
      const double weight = scores[static_cast<std::size_t>(j - begin)] / sum;
      for (std::int64_t i = 0; i < layout.value_size; ++i) {
        out[static_cast<std::size_t>(i)] +=
            weight * values[static_cast<std::size_t>(j * layout.value_size + i)];
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
                << table.name << ", " << quant_format(layout.type).name << ", token " << token;
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
    const std::vector<float> expected = cache.run(tables[0], 0, layout.context, 16);
    for (const KernelTable& table : tables) {
      const std::vector<float> out = cache.run(table, 0, layout.context, 16);
      EXPECT_EQ(std::memcmp(expected.data(), out.data(), out.size() * sizeof(float)), 0)
          << table.name << ", " << quant_format(layout.type).name;
    }
  }
}

TEST(Attention, DoesNotDependOnTheTokensOfATask) {
  for (const Layout& layout : layouts()) {
    const Cache cache(layout);
    for (const KernelTable& table : available_tables()) {
      const std::vector<float> expected = cache.run(table, 10, layout.context, 1);
      for (const std::int64_t chunk : {2, 5, 16}) {
        const std::vector<float> out = cache.run(table, 10, layout.context, chunk);
        EXPECT_EQ(std::memcmp(expected.data(), out.data(), out.size() * sizeof(float)), 0)
            << table.name << ", chunks of " << chunk;
      }
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
