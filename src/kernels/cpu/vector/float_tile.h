// Stored floats of 32 and 16 bits as Lanes, and a register tile of float dot products: kRows rows
// times kTokens activation rows, every sum in the order of docs/numerics.md. Include a level's
// lanes.h first.
#pragma once

namespace bantam::kernels {
namespace {

struct F32Source {
  static constexpr std::int64_t kBytes = 4;
  static Lanes load(const std::byte* p) { return kernels::load(reinterpret_cast<const float*>(p)); }
  static Lanes load_part(const std::byte* p, std::int64_t count) {
    return kernels::load_part(reinterpret_cast<const float*>(p), count);
  }
};

// The last elements of a row of 16-bit values, filled up with zeros.
struct SixteenBitTail {
  std::uint16_t bits[16] = {};
  SixteenBitTail(const std::byte* p, std::int64_t count) {
    __builtin_memcpy(bits, p, static_cast<std::size_t>(count) * 2);
  }
};

struct F16Source {
  static constexpr std::int64_t kBytes = 2;
  static Lanes load(const std::byte* p) {
    return load_half(reinterpret_cast<const std::uint16_t*>(p));
  }
  static Lanes load_part(const std::byte* p, std::int64_t count) {
    return load_half(SixteenBitTail(p, count).bits);
  }
};

struct BF16Source {
  static constexpr std::int64_t kBytes = 2;
  static Lanes load(const std::byte* p) {
    return load_bfloat16(reinterpret_cast<const std::uint16_t*>(p));
  }
  static Lanes load_part(const std::byte* p, std::int64_t count) {
    return load_bfloat16(SixteenBitTail(p, count).bits);
  }
};

// Stored values to floats.
template <typename Source>
void decode_lanes(const std::byte* blocks, float* values, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(values + i, Source::load(blocks + i * Source::kBytes));
  if (i == count) return;
  store_part(values + i, Source::load_part(blocks + i * Source::kBytes, count - i), count - i);
}

// Adds the products of `count` columns of floats to sums[token][row].
template <int kRows, int kTokens>
[[gnu::always_inline]] inline void add_tile(const std::byte* const* rows,
                                            const float* const* tokens, std::int64_t count,
                                            Lanes (&sums)[kTokens][kRows]) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) add_products<kRows, kTokens>(rows, tokens, i, sums);
  if (i == count) return;
  for (int r = 0; r < kRows; ++r) {
    const Lanes row = F32Source::load_part(rows[r] + i * F32Source::kBytes, count - i);
    for (int t = 0; t < kTokens; ++t) {
      sums[t][r] = fma(row, load_part(tokens[t] + i, count - i), sums[t][r]);
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
