// Formats with blocks of 256, in panels.
#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/q8x256_multiplier.h"
#include "kernels/cpu/x86/q8x256_panel_product.h"

namespace bantam::kernels {
namespace {

// The kernel of a format for many tokens.
template <typename Panel, bool is_signed>
struct Kernel : Q8x256Bytes<Panel> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x256Tile<kPanelRows>& tile) {
    pack_panel<Panel>(task, row, first, count, tile);
  }
};
template <typename Panel>
struct Kernel<Panel, true> : Q8x256Wide {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    Q8x256Tile<kPanelRows> bytes;
    pack_panel<Panel>(task, row, first, count, bytes);
    widen(bytes, count, tile);
  }
};

template <typename Panel>
void linear(const LinearTask& task) {
  if (task.tokens > kPanelTokensMax) {
    prepared_linear<Kernel<Panel, Panel::kSigned>>(task);
    return;
  }
  for_each_panel(task, [](const LinearTask& part, std::int64_t row, auto tokens) {
    panel_with_tokens<Panel, tokens.kValue>(part, row);
  });
}

}  // namespace

void avx2::panels_q2_k(const LinearTask& task) { linear<Q2_KPanel>(task); }
void avx2::panels_q3_k(const LinearTask& task) { linear<Q3_KPanel>(task); }
void avx2::panels_q4_k(const LinearTask& task) { linear<Q4_KPanel>(task); }
void avx2::panels_q5_k(const LinearTask& task) { linear<Q5_KPanel>(task); }
void avx2::panels_q6_k(const LinearTask& task) { linear<Q6_KPanel>(task); }
void avx2::panels_iq4_xs(const LinearTask& task) { linear<IQ4_XSPanel>(task); }

}  // namespace bantam::kernels
