// Formats with blocks of 256, in panels.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/q8x256_multiplier.h"
#include "kernels/cpu/avx512/word_dot.h"
#include "kernels/cpu/x86/q8x256_panel_product.h"

namespace bantam::kernels {
namespace {

template <typename Panel>
struct Kernel : Q8x256Multiplier<Panel::kGroup, Panel::kOffset, Panel::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x256Tile<kPanelRows>& tile) {
    pack_panel<Panel>(task, row, first, count, tile);
  }
};

template <typename Panel>
void linear(const LinearTask& task) {
  if (task.tokens > kPanelTokensMax) {
    tiled_linear<Kernel<Panel>>(task);
    return;
  }
  for_each_panel(task, [](const LinearTask& part, std::int64_t row, auto tokens) {
    panel_with_tokens<Panel, tokens.kValue>(part, row);
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
