// Formats with blocks of 256, in rows.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/q8x256_multiplier.h"
#include "kernels/cpu/x86/q8x256_rows.h"

namespace bantam::kernels {
namespace {

template <typename Format>
struct Kernel : Q8x256Multiplier<Format::kGroup, kTileOffset<Format>, Format::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x256Tile<16>& tile) {
    pack_q8x256<Format>(task, row, first, count, tile);
  }
};

template <typename Format>
void linear(const LinearTask& task) {
  if (task.tokens <= kFewTokens) {
    q8x256_rows<Format>(task);
  } else {
    tiled_linear<Kernel<Format>>(task);
  }
}

}  // namespace

void BANTAM_AVX512::linear_q2_k(const LinearTask& task) { linear<Q2_KFormat>(task); }
void BANTAM_AVX512::linear_q3_k(const LinearTask& task) { linear<Q3_KFormat>(task); }
void BANTAM_AVX512::linear_q4_k(const LinearTask& task) { linear<Q4_KFormat>(task); }
void BANTAM_AVX512::linear_q5_k(const LinearTask& task) { linear<Q5_KFormat>(task); }
void BANTAM_AVX512::linear_q6_k(const LinearTask& task) { linear<Q6_KFormat>(task); }
void BANTAM_AVX512::linear_iq4_xs(const LinearTask& task) { linear<IQ4_XSFormat>(task); }

}  // namespace bantam::kernels
