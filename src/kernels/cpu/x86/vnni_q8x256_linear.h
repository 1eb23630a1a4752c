// The linear kernels of formats with blocks of 256, with VNNI. Include a level's word_dot.h and
// outputs.h first.
#pragma once

#include "kernels/cpu/x86/q8x256_panel_product.h"
#include "kernels/cpu/x86/q8x256_rows.h"
#include "kernels/cpu/x86/vnni_q8x256_multiplier.h"

namespace bantam::kernels {
namespace {

template <typename Format>
struct RowKernel : Q8x256Multiplier<Format::kGroup, Format::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   typename RowKernel::Tile& tile) {
    Q8x256Tile<kPanelRows> unpacked;
    pack_q8x256<Format>(task, row, first, count, unpacked);
    RowKernel::template finish<kTileOffset<Format>>(unpacked, count, tile);
  }
};

template <typename Format>
void linear_rows(const LinearTask& task) {
  if (task.tokens <= kFewTokens) {
    q8x256_rows<Format>(task);
  } else {
    vnni_linear<RowKernel<Format>>(task);
  }
}

template <typename Panel>
struct PanelKernel : Q8x256Multiplier<Panel::kGroup, Panel::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   typename PanelKernel::Tile& tile) {
    Q8x256Tile<kPanelRows> unpacked;
    pack_panel<Panel>(task, row, first, count, unpacked);
    PanelKernel::template finish<Panel::kOffset>(unpacked, count, tile);
  }
};

template <typename Panel>
void linear_panels(const LinearTask& task) {
  if (task.tokens > kPanelTokensMax) {
    vnni_linear<PanelKernel<Panel>>(task);
    return;
  }
  for_each_panel(task, [](const LinearTask& part, std::int64_t row, auto tokens) {
    panel_with_tokens<Panel, tokens.kValue>(part, row);
  });
}

}  // namespace
}  // namespace bantam::kernels
