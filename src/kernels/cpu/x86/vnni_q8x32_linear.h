// The linear kernels of formats with blocks of 32, with VNNI. Include a level's word_dot.h and
// outputs.h first.
#pragma once

#include "kernels/cpu/x86/q8x32_panel_product.h"
#include "kernels/cpu/x86/q8x32_rows.h"
#include "kernels/cpu/x86/vnni_q8x32_multiplier.h"

namespace bantam::kernels {
namespace {

template <typename Format>
struct RowKernel : Q8x32Multiplier<Format::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   VnniQ8x32Tile& tile) {
    pack_q8x32<Format, kPanelRows>(task, row, first, count, tile);
    constexpr int kOffset = Format::kSigned ? Dot::kSignedOffset : Format::kOffset;
    RowKernel::template finish<kOffset>(count, tile);
  }
};

template <typename Format>
void linear_rows(const LinearTask& task) {
  if (task.tokens <= kFewTokens) {
    q8x32_rows<Format>(task);
  } else {
    vnni_linear<RowKernel<Format>>(task);
  }
}

template <typename Panel>
struct PanelKernel : Q8x32Multiplier<Panel::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   VnniQ8x32Tile& tile) {
    pack_panel<Panel>(task, row, first, count, tile);
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
