// Formats with blocks of 32, in panels.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/q8x32_multiplier.h"
#include "kernels/cpu/avx512/word_dot.h"
#include "kernels/cpu/x86/q8x32_panel_product.h"

namespace bantam::kernels {
namespace {

template <typename Panel>
struct Kernel : Q8x32Multiplier<Panel::kOffset, Panel::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x32Tile<kPanelRows>& tile) {
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

void BANTAM_AVX512::panels_q8_0(const LinearTask& task) { linear<Q8_0Panel>(task); }
void BANTAM_AVX512::panels_q4_0(const LinearTask& task) { linear<Q4_0Panel>(task); }
void BANTAM_AVX512::panels_q4_1(const LinearTask& task) { linear<Q4_1Panel>(task); }
void BANTAM_AVX512::panels_q5_0(const LinearTask& task) { linear<Q5_0Panel>(task); }
void BANTAM_AVX512::panels_q5_1(const LinearTask& task) { linear<Q5_1Panel>(task); }
void BANTAM_AVX512::panels_iq4_nl(const LinearTask& task) { linear<IQ4_NLPanel>(task); }
void BANTAM_AVX512::panels_mxfp4(const LinearTask& task) { linear<MXFP4Panel>(task); }

}  // namespace bantam::kernels
