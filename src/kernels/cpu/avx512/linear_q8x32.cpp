// Formats with blocks of 32, in rows.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/q8x32_multiplier.h"
#include "kernels/cpu/x86/q8x32_rows.h"

namespace bantam::kernels {
namespace {

template <typename Format>
struct Kernel
    : Q8x32Multiplier<Format::kSigned ? Dot::kSignedOffset : Format::kOffset, Format::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x32Tile<16>& tile) {
    pack_q8x32<Format>(task, row, first, count, tile);
  }
};

template <typename Format>
void linear(const LinearTask& task) {
  if (task.tokens <= kFewTokens) {
    q8x32_rows<Format>(task);
  } else {
    tiled_linear<Kernel<Format>>(task);
  }
}

}  // namespace

void BANTAM_AVX512::linear_q8_0(const LinearTask& task) { linear<Q8_0Format>(task); }
void BANTAM_AVX512::linear_q4_0(const LinearTask& task) { linear<Q4_0Format>(task); }
void BANTAM_AVX512::linear_q4_1(const LinearTask& task) { linear<Q4_1Format>(task); }
void BANTAM_AVX512::linear_q5_0(const LinearTask& task) { linear<Q5_0Format>(task); }
void BANTAM_AVX512::linear_q5_1(const LinearTask& task) { linear<Q5_1Format>(task); }
void BANTAM_AVX512::linear_iq4_nl(const LinearTask& task) { linear<IQ4_NLFormat>(task); }
void BANTAM_AVX512::linear_mxfp4(const LinearTask& task) { linear<MXFP4Format>(task); }

}  // namespace bantam::kernels
