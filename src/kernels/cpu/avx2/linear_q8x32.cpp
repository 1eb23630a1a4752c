// Formats with blocks of 32, in rows.
#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/q8x32_multiplier.h"
#include "kernels/cpu/x86/q8x32_rows.h"

namespace bantam::kernels {
namespace {

// The kernel of a format for many tokens.
template <typename Format, bool is_signed>
struct Kernel : Q8x32Bytes<Format> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x32Tile<kPanelRows>& tile) {
    pack_q8x32<Format>(task, row, first, count, tile);
  }
};
template <typename Format>
struct Kernel<Format, true> : Q8x32Wide {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    Q8x32Tile<kPanelRows> bytes;
    pack_q8x32<Format>(task, row, first, count, bytes);
    widen(bytes, count, tile);
  }
};

template <typename Format>
void linear(const LinearTask& task) {
  if (task.tokens <= kFewTokens) {
    q8x32_rows<Format>(task);
  } else {
    prepared_linear<Kernel<Format, Format::kSigned>>(task);
  }
}

}  // namespace

void avx2::linear_q8_0(const LinearTask& task) { linear<Q8_0Format>(task); }
void avx2::linear_q4_0(const LinearTask& task) { linear<Q4_0Format>(task); }
void avx2::linear_q4_1(const LinearTask& task) { linear<Q4_1Format>(task); }
void avx2::linear_q5_0(const LinearTask& task) { linear<Q5_0Format>(task); }
void avx2::linear_q5_1(const LinearTask& task) { linear<Q5_1Format>(task); }
void avx2::linear_iq4_nl(const LinearTask& task) { linear<IQ4_NLFormat>(task); }
void avx2::linear_mxfp4(const LinearTask& task) { linear<MXFP4Format>(task); }

}  // namespace bantam::kernels
