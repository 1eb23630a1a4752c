// Formats with blocks of 256, in panels. A few tokens multiply codes in the registers into which
// they are read; more unpack a tile first.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/panel_words.h"
#include "kernels/cpu/avx512/q8x256_multiplier.h"

namespace bantam::kernels {
namespace {

// A block is read in kSteps steps, each of kParts parts of 32 columns, in the order of kColumns. A
// format says, for one block of sixteen rows:
//   codes<part>(words, step, out): out[c] = codes 4c to 4c + 3 of each row, raised by kOffset
//   GroupScales(words): group scales, and minimums where it has them, as bytes of words, four
//     groups in each; pair(p) gives those of columns 32p on as pairs of 16-bit integers
//   scales(words, rests), minimum_scales(words)
// where `words` and `rests` are those of kernels/panels.h, in its order.

// The bytes of every word that four bytes name; one from 0x80 on gives 0.
inline __m512i pick_bytes(__m512i words, unsigned bytes) {
  const __m128i lane = _mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0c0c0c0c);
  const __m128i control = _mm_add_epi32(_mm_set1_epi32(static_cast<int>(bytes)), lane);
  return _mm512_shuffle_epi8(words, _mm512_broadcast_i32x4(control));
}

// What pick_bytes() needs to make pairs of part p.
constexpr unsigned kOne = 0x00010001;  // one group of 32 columns for both halves of a pair
constexpr unsigned kTwo = 0x00020002;  // two groups of 16 columns
inline __m512i unsigned_pair_of_32(const __m512i* groups, int p) {
  return pick_bytes(groups[p / 4], 0x80008000u + kOne * static_cast<unsigned>(p % 4));
}
inline __m512i signed_pair_of_32(const __m512i* groups, int p) {
  const auto k = static_cast<unsigned>(p % 4);
  return _mm512_srai_epi16(pick_bytes(groups[p / 4], 0x00800080u + kOne * (k << 8)), 8);
}
inline __m512i unsigned_pair_of_16(const __m512i* groups, int p) {
  return pick_bytes(groups[p / 2], 0x80018000u + kTwo * static_cast<unsigned>(p % 2));
}
inline __m512i signed_pair_of_16(const __m512i* groups, int p) {
  const auto k = static_cast<unsigned>(p % 2);
  return _mm512_srai_epi16(pick_bytes(groups[p / 2], 0x01800080u + kTwo * (k << 8)), 8);
}

// Eight scales and minimums of 6 bits in words 1 to 3 (Q4_K, Q5_K).
struct SixBitGroups {
  __m512i scales[2], minimums[2];
  explicit SixBitGroups(const std::byte* words) {
    const __m512i first = panel_word(words, 1);
    const __m512i second = panel_word(words, 2);
    const __m512i third = panel_word(words, 3);
    scales[0] = and_bytes(first, 63);
    minimums[0] = and_bytes(second, 63);
    scales[1] = _mm512_or_si512(low_nibbles(third), and_bytes(_mm512_srli_epi16(first, 2), 48));
    minimums[1] = _mm512_or_si512(high_nibbles(third), and_bytes(_mm512_srli_epi16(second, 2), 48));
  }
  __m512i pair(int p) const { return unsigned_pair_of_32(scales, p); }
  __m512i minimum_pair(int p) const { return unsigned_pair_of_32(minimums, p); }
};

struct Q4_KPanel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 36;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 4;
  static constexpr int kParts = 2;
  static constexpr int kColumns[] = {0, 1};
  static constexpr int kGroup = 32;
  static constexpr int kOffset = 0;
  static constexpr bool kHasMinimum = true;
  using GroupScales = SixBitGroups;
  template <int part>
  static void codes(const std::byte* words, int step, __m512i* out) {
    for (int i = 0; i < 8; ++i) {
      const __m512i word = panel_word(words, 4 + step * 8 + i);
      out[i] = part == 0 ? low_nibbles(word) : high_nibbles(word);
    }
  }
  static __m512 scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(panel_word(words, 0));
  }
  static __m512 minimum_scales(const std::byte* words) {
    return halves_of_high_words(panel_word(words, 0));
  }
};

// Bit `from + shift` of every byte as bit `to`.
template <int from, int to>
__m512i move_bit(__m512i x, int shift) {
  __m512i moved = _mm512_srl_epi16(x, _mm_cvtsi32_si128(shift));
  if constexpr (from < to) moved = _mm512_slli_epi16(moved, to - from);
  if constexpr (from > to) moved = _mm512_srli_epi16(moved, from - to);
  return and_bytes(moved, static_cast<char>(1 << to));
}

struct Q5_KPanel : Q4_KPanel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 44;
  template <int part>
  static void codes(const std::byte* words, int step, __m512i* out) {
    for (int i = 0; i < 8; ++i) {
      const __m512i word = panel_word(words, 12 + step * 8 + i);
      const __m512i nibbles = part == 0 ? low_nibbles(word) : high_nibbles(word);
      const __m512i fifth = move_bit<part, 4>(panel_word(words, 4 + i), 2 * step);
      out[i] = _mm512_or_si512(nibbles, fifth);
    }
  }
};

struct Q6_KPanel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 52;
  static constexpr std::int64_t kRestBytes = 2;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 32;
  static constexpr bool kHasMinimum = false;
  struct GroupScales {
    __m512i scales[4];
    explicit GroupScales(const std::byte* words) {
      for (int i = 0; i < 4; ++i) scales[i] = panel_word(words, i);
    }
    __m512i pair(int p) const { return signed_pair_of_16(scales, p); }
  };
  // Columns 0 to 31 and 64 to 95 of a half share bytes, then 32 to 63 and 96 to 127.
  static constexpr int kColumns[] = {0, 2, 1, 3};
  template <int column>
  static __m512i high_bits(__m512i word) {
    if constexpr (column == 0) return and_bytes(_mm512_slli_epi16(word, 4), 48);
    if constexpr (column == 1) return and_bytes(_mm512_slli_epi16(word, 2), 48);
    if constexpr (column == 2) return and_bytes(word, 48);
    if constexpr (column == 3) return and_bytes(_mm512_srli_epi16(word, 2), 48);
  }
  template <int part>
  static void codes(const std::byte* words, int step, __m512i* out) {
    const std::byte* half = words + (4 + 24 * step) * 64;
    for (int i = 0; i < 8; ++i) {
      const __m512i word = panel_word(half, part < 2 ? 2 * i : 16 + i);
      const __m512i low = part % 2 == 0 ? low_nibbles(word) : high_nibbles(word);
      out[i] = _mm512_or_si512(low, high_bits<kColumns[part]>(panel_word(half, 2 * i + 1)));
    }
  }
  static __m512 scales(const std::byte*, const std::byte* rests) { return sixteen_halves(rests); }
};

// Codes of two bits: a word holds those of four parts.
template <int part>
__m512i two_bits(__m512i word) {
  return and_bytes(_mm512_srli_epi16(word, part * 2), 3);
}

struct Q2_KPanel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 21;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  static constexpr int kColumns[] = {0, 1, 2, 3};
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 0;
  static constexpr bool kHasMinimum = true;
  struct GroupScales {
    __m512i scales[4], minimums[4];
    explicit GroupScales(const std::byte* words) {
      for (int i = 0; i < 4; ++i) {
        scales[i] = low_nibbles(panel_word(words, i));
        minimums[i] = high_nibbles(panel_word(words, i));
      }
    }
    __m512i pair(int p) const { return unsigned_pair_of_16(scales, p); }
    __m512i minimum_pair(int p) const { return unsigned_pair_of_16(minimums, p); }
  };
  template <int part>
  static void codes(const std::byte* words, int step, __m512i* out) {
    for (int i = 0; i < 8; ++i) out[i] = two_bits<part>(panel_word(words, 5 + 8 * step + i));
  }
  static __m512 scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(panel_word(words, 4));
  }
  static __m512 minimum_scales(const std::byte* words) {
    return halves_of_high_words(panel_word(words, 4));
  }
};

struct Q3_KPanel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 27;
  static constexpr std::int64_t kRestBytes = 2;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  static constexpr int kColumns[] = {0, 1, 2, 3};
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 4;
  static constexpr bool kHasMinimum = false;
  struct GroupScales {
    __m512i scales[4];
    explicit GroupScales(const std::byte* words) {
      const __m512i first = panel_word(words, 0);
      const __m512i second = panel_word(words, 1);
      const __m512i high = panel_word(words, 2);
      const auto join = [](__m512i low, __m512i top) {
        return _mm512_sub_epi8(_mm512_or_si512(low, and_bytes(top, 48)), _mm512_set1_epi8(32));
      };
      scales[0] = join(low_nibbles(first), _mm512_slli_epi16(high, 4));
      scales[1] = join(low_nibbles(second), _mm512_slli_epi16(high, 2));
      scales[2] = join(high_nibbles(first), high);
      scales[3] = join(high_nibbles(second), _mm512_srli_epi16(high, 2));
    }
    __m512i pair(int p) const { return signed_pair_of_16(scales, p); }
  };
  template <int part>
  static void codes(const std::byte* words, int step, __m512i* out) {
    for (int i = 0; i < 8; ++i) {
      const __m512i third = move_bit<part, 2>(panel_word(words, 3 + i), 4 * step);
      out[i] = _mm512_or_si512(two_bits<part>(panel_word(words, 11 + 8 * step + i)), third);
    }
  }
  static __m512 scales(const std::byte*, const std::byte* rests) { return sixteen_halves(rests); }
};

struct IQ4_XSPanel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 34;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 8;
  static constexpr int kParts = 1;
  static constexpr int kColumns[] = {0};
  static constexpr int kGroup = 32;
  static constexpr int kOffset = 128;
  static constexpr bool kHasMinimum = false;
  struct GroupScales {
    __m512i scales[2];
    explicit GroupScales(const std::byte* words) {
      const __m512i high = panel_word(words, 0);
      const __m512i low = panel_word(words, 1);
      scales[0] = join(pick_bytes(low, 0x01010000), pick_bytes(high, 0x02020202));
      scales[1] = join(pick_bytes(low, 0x03030202), pick_bytes(high, 0x03030303));
    }
    // Byte k gets nibble k % 2 of its low byte and bits 2k and 2k + 1 of its high byte.
    static __m512i join(__m512i low, __m512i high) {
      const auto masked = [](__m512i x, unsigned mask) {
        return _mm512_and_si512(x, _mm512_set1_epi32(static_cast<int>(mask)));
      };
      const __m512i nibbles =
          _mm512_or_si512(masked(low, 0x000f000f), masked(_mm512_srli_epi32(low, 4), 0x0f000f00));
      const __m512i first = _mm512_or_si512(masked(_mm512_slli_epi32(high, 4), 0x00000030),
                                            masked(_mm512_slli_epi32(high, 2), 0x00003000));
      const __m512i last =
          _mm512_or_si512(masked(high, 0x00300000), masked(_mm512_srli_epi32(high, 2), 0x30000000));
      return _mm512_sub_epi8(_mm512_or_si512(nibbles, _mm512_or_si512(first, last)),
                             _mm512_set1_epi8(32));
    }
    __m512i pair(int p) const { return signed_pair_of_32(scales, p); }
  };
  template <int part>
  static void codes(const std::byte* words, int step, __m512i* out) {
    for (int i = 0; i < 4; ++i) {
      const __m512i word = panel_word(words, 2 + 4 * step + i);
      out[i] = level(low_nibbles(word));
      out[i + 4] = level(high_nibbles(word));
    }
  }
  static __m512i level(__m512i nibbles) {
    return _mm512_xor_si512(look_up(kIq4Levels, nibbles), _mm512_set1_epi8(-128));
  }
  static __m512 scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(panel_word(words, 0));
  }
};

// What a block adds up to with kTokens tokens, in integers.
template <int kTokens>
struct BlockSums {
  __m512i products[kTokens];  // group scale times product
  __m512i minimums[kTokens];  // group minimum, or group scale, times activation sum
};

template <int kTokens>
[[gnu::always_inline]] inline void add_scaled_products(const __m512i* codes, int first, int count,
                                                       __m512i scale, int p,
                                                       const ActivationQ8x256* const* activations,
                                                       BlockSums<kTokens>& sums) {
  for (int t = 0; t < kTokens; ++t) {
    __m512i products = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int c = first; c < first + count; ++c) {
      const __m512i word = splat_word(activations[t]->values + 32 * p + 4 * c);
      products = _mm512_dpbusd_epi32(products, codes[c], word);
    }
    sums.products[t] = _mm512_add_epi32(sums.products[t], _mm512_mullo_epi32(products, scale));
  }
}

// One part of a step and, by recursion, those after it.
template <typename Panel, int kTokens, int part = 0>
[[gnu::always_inline]] inline void add_parts(const std::byte* words, int step,
                                             const typename Panel::GroupScales& groups,
                                             const ActivationQ8x256* const* activations,
                                             BlockSums<kTokens>& sums) {
  if constexpr (part < Panel::kParts) {
    const int p = step * Panel::kParts + Panel::kColumns[part];
    asm volatile("" ::: "memory");
    __m512i codes[8];
    Panel::template codes<part>(words, step, codes);
    const __m512i pair = groups.pair(p);
    const __m512i even = _mm512_srai_epi32(_mm512_slli_epi32(pair, 16), 16);
    if constexpr (Panel::kGroup == 32) {
      add_scaled_products<kTokens>(codes, 0, 8, even, p, activations, sums);
    } else {
      add_scaled_products<kTokens>(codes, 0, 4, even, p, activations, sums);
      add_scaled_products<kTokens>(codes, 4, 4, _mm512_srai_epi32(pair, 16), p, activations, sums);
    }
    __m512i minimums = pair;
    if constexpr (Panel::kHasMinimum) minimums = groups.minimum_pair(p);
    for (int t = 0; t < kTokens; ++t) {
      const __m512i word = splat_word(activations[t]->sums + 2 * p);
      sums.minimums[t] = _mm512_dpwssd_epi32(sums.minimums[t], minimums, word);
    }
    add_parts<Panel, kTokens, part + 1>(words, step, groups, activations, sums);
  }
}

template <typename Panel, int kTokens>
void panel_with_tokens(const LinearTask& task, std::int64_t row) {
  const PanelBlocks<Panel> blocks(task, row);
  const ActivationQ8x256* activations[kTokens];
  __m512 sums[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x256>(task, t);
    sums[t] = _mm512_setzero_ps();
  }
  for (std::int64_t b = 0; b < blocks.count(); ++b) {
    const std::byte* words = blocks.words(b);
    const typename Panel::GroupScales groups(words);
    BlockSums<kTokens> block;
    for (int t = 0; t < kTokens; ++t) {
      block.products[t] = _mm512_setzero_si512();
      block.minimums[t] = _mm512_setzero_si512();
    }
#pragma GCC unroll 1
    for (int step = 0; step < Panel::kSteps; ++step) {
      add_parts<Panel, kTokens>(words, step, groups, activations, block);
    }
    const __m512 scales = Panel::scales(words, blocks.rests(b));
    for (int t = 0; t < kTokens; ++t) {
      __m512i integers = block.products[t];
      if constexpr (Panel::kOffset != 0) {
        const __m512i offset = _mm512_set1_epi32(Panel::kOffset);
        integers = _mm512_sub_epi32(integers, _mm512_mullo_epi32(block.minimums[t], offset));
      }
      const __m512 scale = _mm512_set1_ps(activations[t]->scale);
      sums[t] =
          _mm512_fmadd_ps(_mm512_mul_ps(scales, scale), _mm512_cvtepi32_ps(integers), sums[t]);
      if constexpr (Panel::kHasMinimum) {
        const __m512 minimum_scales = _mm512_mul_ps(Panel::minimum_scales(words), scale);
        const __m512 minimums = _mm512_cvtepi32_ps(block.minimums[t]);
        sums[t] = _mm512_fnmadd_ps(minimum_scales, minimums, sums[t]);
      }
      ++activations[t];
    }
  }
  const TileOutputs outputs{task.out + row, task.out_stride, task.row_end - row, true};
  for (int t = 0; t < kTokens; ++t) store_sums(outputs, t, sums[t]);
}

template <typename Panel>
struct Kernel : Q8x256Multiplier<Panel::kGroup, Panel::kOffset, Panel::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x256Tile<16>& tile) {
    const PanelBlocks<Panel> blocks(task, row);
    for (std::int64_t b = 0; b < count; ++b) {
      const std::byte* words = blocks.words(first + b);
      const typename Panel::GroupScales groups(words);
      for (int step = 0; step < Panel::kSteps; ++step) pack_parts(words, step, groups, b, tile);
      _mm512_store_ps(tile.scales[b], Panel::scales(words, blocks.rests(first + b)));
      if constexpr (Panel::kHasMinimum) {
        _mm512_store_ps(tile.minimum_scales[b], Panel::minimum_scales(words));
      }
    }
  }

  template <int part = 0>
  static void pack_parts(const std::byte* words, int step,
                         const typename Panel::GroupScales& groups, std::int64_t b,
                         Q8x256Tile<16>& tile) {
    if constexpr (part < Panel::kParts) {
      const int p = step * Panel::kParts + Panel::kColumns[part];
      __m512i codes[8];
      Panel::template codes<part>(words, step, codes);
      for (int c = 0; c < 8; ++c) _mm512_store_si512(tile.codes[b][8 * p + c], codes[c]);
      const __m512i pair = groups.pair(p);
      _mm512_store_si512(tile.group_scales[b][p], pair);
      __m512i minimums = _mm512_mullo_epi16(pair, _mm512_set1_epi16(Panel::kOffset));
      if constexpr (Panel::kHasMinimum) minimums = groups.minimum_pair(p);
      _mm512_store_si512(tile.group_minimums[b][p], minimums);
      pack_parts<part + 1>(words, step, groups, b, tile);
    }
  }
};

template <typename Panel>
void linear(const LinearTask& task) {
  if (task.tokens > kPanelTokensMax) {
    tiled_linear<Kernel<Panel>>(task);
    return;
  }
  for_each_panel(task, [&](std::int64_t row, auto tokens) {
    panel_with_tokens<Panel, tokens.kValue>(task, row);
  });
}

}  // namespace

void BANTAM_AVX512::panels_q2_k(const LinearTask& task) { linear<Q2_KPanel>(task); }
void BANTAM_AVX512::panels_q3_k(const LinearTask& task) { linear<Q3_KPanel>(task); }
void BANTAM_AVX512::panels_q4_k(const LinearTask& task) { linear<Q4_KPanel>(task); }
void BANTAM_AVX512::panels_q5_k(const LinearTask& task) { linear<Q5_KPanel>(task); }
void BANTAM_AVX512::panels_q6_k(const LinearTask& task) { linear<Q6_KPanel>(task); }
void BANTAM_AVX512::panels_iq4_xs(const LinearTask& task) { linear<IQ4_XSPanel>(task); }

}  // namespace bantam::kernels
