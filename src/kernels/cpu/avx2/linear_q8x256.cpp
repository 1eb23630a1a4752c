// Formats with blocks of 256, in rows.
#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/q8x256_multiplier.h"
#include "kernels/cpu/x86/q8x256_rows.h"

namespace bantam::kernels {
namespace {

// The kernel of a format for many tokens.
template <typename Format, bool is_signed>
struct Kernel : Q8x256Bytes<Format> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x256Tile<kPanelRows>& tile) {
    pack_q8x256<Format>(task, row, first, count, tile);
  }
};
template <typename Format>
struct Kernel<Format, true> : Q8x256Wide {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    Q8x256Tile<kPanelRows> bytes;
    pack_q8x256<Format>(task, row, first, count, bytes);
    widen(bytes, count, tile);
  }
};

template <typename Format>
void linear(const LinearTask& task) {
  if (task.tokens <= kFewTokens) {
    q8x256_rows<Format>(task);
  } else {
    prepared_linear<Kernel<Format, Format::kSigned>>(task);
  }
}

}  // namespace

void avx2::linear_q2_k(const LinearTask& task) { linear<Q2_KFormat>(task); }
void avx2::linear_q3_k(const LinearTask& task) { linear<Q3_KFormat>(task); }
void avx2::linear_q4_k(const LinearTask& task) { linear<Q4_KFormat>(task); }
void avx2::linear_q5_k(const LinearTask& task) { linear<Q5_KFormat>(task); }
void avx2::linear_q6_k(const LinearTask& task) { linear<Q6_KFormat>(task); }
void avx2::linear_iq4_xs(const LinearTask& task) { linear<IQ4_XSFormat>(task); }

}  // namespace bantam::kernels
