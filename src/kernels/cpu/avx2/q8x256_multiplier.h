// Tiles of formats with blocks of 256: 16 rows x 4 tokens. Pair sums of unsigned codes are added in
// 16 bits as far as their size allows, then multiplied with the group scale while they are widened.
// Signed codes times their group scale become 16-bit integers once (wide_codes.h).
#pragma once

#include "kernels/cpu/avx2/int8_dot.h"
#include "kernels/cpu/avx2/outputs.h"
#include "kernels/cpu/avx2/prepared_walk.h"
#include "kernels/cpu/avx2/wide_codes.h"
#include "kernels/cpu/avx2/word_dot.h"
#include "kernels/cpu/x86/q8x256_tile.h"

namespace bantam::kernels {
namespace {

// What a kernel of prepared_walk.h needs besides pack(), of formats with unsigned codes.
//
// Where codes are raised, groups have 16 columns and the sums of a group start at minus the offset
// times the activations: between there and the end they may pass 16 bits and come back, for without
// the offset even the largest codes fit.
template <typename Format>
struct Q8x256Bytes {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kTileBlocks = kQ8x256TileBlocks;
  using Tile = Q8x256Tile<kPanelRows>;

  static constexpr bool kIsRaised = Format::kOffset != 0;
  static constexpr int kGroupWords = Format::kGroup / 4;
  static constexpr int kFitting = fitting_pair_sums(Format::kLargestCode);
  static constexpr int kTogether = kIsRaised || kFitting > kGroupWords ? kGroupWords : kFitting;
  static_assert(!kIsRaised || (Format::kGroup == 16 && Format::kOffset * 127 * 8 <= 32767));

  struct Prepared {
    const ActivationQ8x256* blocks;
    // Of raised codes: what the sums of group g start at. Of groups of 32: the activations' sums.
    alignas(32) std::int16_t extra[kTileBlocks][16][2];
  };

  static void prepare(const LinearTask& task, std::int64_t token, std::int64_t first,
                      std::int64_t count, Prepared& out) {
    out.blocks = token_blocks<ActivationQ8x256>(task, token) + first;
    for (std::int64_t b = 0; b < count; ++b) {
      if constexpr (kIsRaised) {
        set_starts(out.blocks[b].values, out.extra[b]);
      } else if constexpr (Format::kGroup == 32) {
        set_group_sums(out.blocks[b].sums, out.extra[b][0]);
      }
    }
  }

  static void set_starts(const std::int8_t* values, std::int16_t (*starts)[2]) {
    for (int p = 0; p < 8; ++p) {
      const Words bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + 32 * p));
      Words sums = _mm256_maddubs_epi16(_mm256_set1_epi8(1), bytes);
      sums = _mm256_add_epi16(sums, _mm256_shuffle_epi32(sums, 0xb1));
      sums = _mm256_add_epi16(sums, _mm256_shuffle_epi32(sums, 0x4e));
      sums = multiply_16(sums, -Format::kOffset);
      const int first = _mm256_extract_epi32(sums, 0);
      const int second = _mm256_extract_epi32(sums, 4);
      __builtin_memcpy(starts[2 * p], &first, sizeof first);
      __builtin_memcpy(starts[2 * p + 1], &second, sizeof second);
    }
  }

  static void set_group_sums(const std::int16_t* sums, std::int16_t* out) {
    for (int g = 0; g < 8; ++g) out[g] = static_cast<std::int16_t>(sums[2 * g] + sums[2 * g + 1]);
  }

  // The scale of one group in both halves of every word.
  static Words group_scale(const Tile& tile, std::int64_t b, int group, int s) {
    const int sixteen = group * Format::kGroup / 16;
    const Words pair = load_words(tile.group_scales[b][sixteen / 2][8 * s]);
    if constexpr (Format::kGroup == 32) return WordDot::scale_of_32(pair);
    return sixteen % 2 == 0 ? WordDot::first_scale(pair) : WordDot::second_scale(pair);
  }

  template <int tokens>
  [[gnu::always_inline]] static inline void add_group(const Tile& tile, std::int64_t b, int group,
                                                      const Prepared* prepared,
                                                      Words (&integers)[tokens][2]) {
    const Words scales[2] = {group_scale(tile, b, group, 0), group_scale(tile, b, group, 1)};
    const int begin = group * kGroupWords;
#pragma GCC unroll 8
    for (int first = 0; first < kGroupWords; first += kTogether) {
      Words pairs[tokens][2];
      for (int t = 0; t < tokens; ++t) {
        pairs[t][0] = pairs[t][1] =
            kIsRaised ? splat_word(prepared[t].extra[b][group]) : zero_words();
      }
#pragma GCC unroll 8
      for (int c = first; c < first + kTogether; ++c) {
        const Words codes[2] = {load_words(tile.codes[b][begin + c][0]),
                                load_words(tile.codes[b][begin + c][8])};
        for (int t = 0; t < tokens; ++t) {
          const Words word = splat_word(prepared[t].blocks[b].values + 4 * (begin + c));
          for (int s = 0; s < 2; ++s) {
            const Words products = _mm256_maddubs_epi16(codes[s], word);
            pairs[t][s] =
                c == first && !kIsRaised ? products : _mm256_add_epi16(pairs[t][s], products);
            settle(pairs[t][s]);
          }
        }
      }
      for (int t = 0; t < tokens; ++t) {
        for (int s = 0; s < 2; ++s) {
          integers[t][s] = WordDot::add_pairs(integers[t][s], pairs[t][s], scales[s]);
        }
      }
    }
  }

  // Group minimums times activation sums.
  template <int tokens>
  static void minimum_sums(const Tile& tile, std::int64_t b, const Prepared* prepared,
                           Words (&sums)[tokens][2]) {
    for (int t = 0; t < tokens; ++t) sums[t][0] = sums[t][1] = zero_words();
    constexpr int kStep = Format::kGroup / 16;
    for (int p = 0; p < 8; p += kStep) {
      for (int s = 0; s < 2; ++s) {
        Words minimums = load_words(tile.group_minimums[b][p][8 * s]);
        if constexpr (kStep == 2) {
          const Words next = load_words(tile.group_minimums[b][p + 1][8 * s]);
          minimums = _mm256_blend_epi16(minimums, next, 0xaa);
        }
        for (int t = 0; t < tokens; ++t) {
          const void* word = kStep == 2 ? static_cast<const void*>(prepared[t].extra[b][p / 2])
                                        : prepared[t].blocks[b].sums + 2 * p;
          sums[t][s] = WordDot::add_pairs(sums[t][s], minimums, splat_word(word));
        }
      }
    }
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Prepared* prepared) {
    RowFloats sums[tokens][2];
    load_tile_sums<tokens>(outputs, sums);
    for (std::int64_t b = 0; b < count; ++b) {
      Words integers[tokens][2];
      for (int t = 0; t < tokens; ++t) integers[t][0] = integers[t][1] = zero_words();
#pragma GCC unroll 1
      for (int group = 0; group < 256 / Format::kGroup; ++group) {
        add_group<tokens>(tile, b, group, prepared, integers);
      }
      for (int t = 0; t < tokens; ++t) {
        const RowFloats scale = splat_float(prepared[t].blocks[b].scale);
        for (int s = 0; s < 2; ++s) {
          const RowFloats scales = multiply_floats(load_floats(tile.scales[b] + 8 * s), scale);
          sums[t][s] = fma(scales, to_floats(integers[t][s]), sums[t][s]);
        }
      }
      if constexpr (Format::kHasMinimum) {
        Words minimums[tokens][2];
        minimum_sums<tokens>(tile, b, prepared, minimums);
        for (int t = 0; t < tokens; ++t) {
          const RowFloats scale = splat_float(prepared[t].blocks[b].scale);
          for (int s = 0; s < 2; ++s) {
            const RowFloats scales =
                multiply_floats(load_floats(tile.minimum_scales[b] + 8 * s), scale);
            sums[t][s] = negated_fma(scales, to_floats(minimums[t][s]), sums[t][s]);
          }
        }
      }
    }
    store_tile_sums<tokens>(outputs, sums);
  }
};

// The same of formats with signed codes in groups of 32; pack_bytes() of a kernel unpacks them as
// they are. Products of a code and a group scale stay within 127 * 32.
struct Q8x256Wide : WideCodes<128> {
  static constexpr std::int64_t kBlockSize = 256;

  static void prepare(const LinearTask& task, std::int64_t token, std::int64_t first,
                      std::int64_t count, Prepared& out) {
    const ActivationQ8x256* blocks = token_blocks<ActivationQ8x256>(task, token) + first;
    for (std::int64_t b = 0; b < count; ++b) {
      out.scales[b] = blocks[b].scale;
      for (int p = 0; p < 8; ++p) {
        widen_activations(blocks[b].values + 32 * p, out.pairs[128 * b + 16 * p]);
      }
    }
  }

  static void widen(const Q8x256Tile<kPanelRows>& bytes, std::int64_t count, Tile& tile) {
    for (std::int64_t b = 0; b < count; ++b) {
      for (int r = 0; r < kPanelRows; r += 8) {
        for (int p = 0; p < 8; ++p) {
          const Words scale = load_words(bytes.group_scales[b][p][r]);
          for (int c = 0; c < 8; ++c) {
            const Words codes = load_words(bytes.codes[b][8 * p + c][r]);
            auto* out = tile.codes[128 * b + 16 * p + c];
            store_words(out[r], _mm256_mullo_epi16(even_bytes(codes), scale));
            store_words(out[8 * kPanelRows + r], _mm256_mullo_epi16(odd_bytes(codes), scale));
          }
        }
        store_floats(tile.scales[b] + r, load_floats(bytes.scales[b] + r));
      }
    }
  }
};

}  // namespace
}  // namespace bantam::kernels
