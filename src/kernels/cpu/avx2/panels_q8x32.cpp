// Formats with blocks of 32, in panels.
#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/q8x32_multiplier.h"
#include "kernels/cpu/x86/q8x32_panel_product.h"

namespace bantam::kernels {
namespace {

// The kernel of a format for many tokens.
template <typename Panel, bool is_signed>
struct Kernel : Q8x32Bytes<Panel> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x32Tile<kPanelRows>& tile) {
    pack_panel<Panel>(task, row, first, count, tile);
  }
};
template <typename Panel>
struct Kernel<Panel, true> : Q8x32Wide {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    Q8x32Tile<kPanelRows> bytes;
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

void avx2::panels_q8_0(const LinearTask& task) { linear<Q8_0Panel>(task); }
void avx2::panels_q4_0(const LinearTask& task) { linear<Q4_0Panel>(task); }
void avx2::panels_q4_1(const LinearTask& task) { linear<Q4_1Panel>(task); }
void avx2::panels_q5_0(const LinearTask& task) { linear<Q5_0Panel>(task); }
void avx2::panels_q5_1(const LinearTask& task) { linear<Q5_1Panel>(task); }
void avx2::panels_iq4_nl(const LinearTask& task) { linear<IQ4_NLPanel>(task); }
void avx2::panels_mxfp4(const LinearTask& task) { linear<MXFP4Panel>(task); }

}  // namespace bantam::kernels
