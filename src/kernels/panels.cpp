#include "kernels/panels.h"

#include <algorithm>
#include <cstring>

namespace bantam::kernels {
namespace {

// One piece of the same block of each row. Fixed sizes make every copy one move.
template <std::int64_t kBytes>
std::byte* pack_piece(const std::byte* const* rows, std::int64_t offset, std::byte* out) {
  for (std::int64_t row = 0; row < kPanelRows; ++row, out += kBytes) {
    std::memcpy(out, rows[row] + offset, kBytes);
  }
  return out;
}

template <std::int64_t kWordBytes>
void pack_panel(const PanelLayout& layout, const std::byte* const* rows, std::int64_t blocks,
                std::byte* out) {
  for (std::int64_t first = 0; first < blocks; first += layout.group_blocks) {
    const std::int64_t end = std::min(first + layout.group_blocks, blocks);
    for (std::int64_t block = first; block < end; ++block) {
      const std::int64_t offset = block * layout.block_bytes + layout.rest_offset;
      if (layout.rest_bytes == 1) out = pack_piece<1>(rows, offset, out);
      if (layout.rest_bytes == 2) out = pack_piece<2>(rows, offset, out);
    }
    for (std::int64_t block = first; block < end; ++block) {
      const std::int64_t words = block * layout.block_bytes + layout.words_offset;
      for (const WordRun& run : layout.runs) {
        for (std::int64_t i = 0; i < run.count; ++i) {
          out = pack_piece<kWordBytes>(rows, words + (run.first + i) * kWordBytes, out);
          if (run.second < 0) continue;
          out = pack_piece<kWordBytes>(rows, words + (run.second + i) * kWordBytes, out);
        }
      }
    }
  }
}

}  // namespace

const PanelLayout* panel_layout(DType type) {
  // Words are four columns of codes, and for floats one column, of BF16 two, of each of two runs in
  // turn (kernels/cpu/float_blocks.h).
  static constexpr PanelLayout kF32{128, 0, 4, {{0, 16, 16}}};
  static constexpr PanelLayout kF16{64, 0, 2, {{0, 16, 16}}};
  static constexpr PanelLayout kBF16{64, 0, 4, {{0, 8, 8}}};
  static constexpr PanelLayout kQ8_0{34, 2, 4, {{0, 8}}, 0, 2, 2};
  static constexpr PanelLayout kQ4_0{18, 2, 4, {{0, 4}}, 0, 2, 2};
  static constexpr PanelLayout kQ4_1{20, 0, 4, {{0, 5}}};
  static constexpr PanelLayout kQ5_0{22, 2, 4, {{0, 5}}, 0, 2, 2};
  static constexpr PanelLayout kQ5_1{24, 0, 4, {{0, 6}}};
  static constexpr PanelLayout kMXFP4{17, 1, 4, {{0, 4}}, 0, 1, 4};
  static constexpr PanelLayout kQ2_K{84, 0, 4, {{0, 4}, {20, 1}, {4, 16}}};
  static constexpr PanelLayout kQ3_K{110, 0, 4, {{24, 3}, {0, 8}, {8, 16}}, 108, 2, 2};
  static constexpr PanelLayout kQ4_K{144, 0, 4, {{0, 36}}};
  static constexpr PanelLayout kQ5_K{176, 0, 4, {{0, 44}}};
  static constexpr PanelLayout kQ6_K{210, 0, 4, {{48, 4}, {0, 8, 32}, {8, 8}, {16, 8, 40}, {24, 8}},
                                     208, 2, 2};
  static constexpr PanelLayout kIQ4_XS{136, 0, 4, {{0, 34}}};
  switch (type) {
    case DType::F32:
      return &kF32;
    case DType::F16:
      return &kF16;
    case DType::BF16:
      return &kBF16;
    case DType::Q8_0:
      return &kQ8_0;
    case DType::Q4_0:
    case DType::IQ4_NL:
      return &kQ4_0;
    case DType::Q4_1:
      return &kQ4_1;
    case DType::Q5_0:
      return &kQ5_0;
    case DType::Q5_1:
      return &kQ5_1;
    case DType::MXFP4:
      return &kMXFP4;
    case DType::Q2_K:
      return &kQ2_K;
    case DType::Q3_K:
      return &kQ3_K;
    case DType::Q4_K:
      return &kQ4_K;
    case DType::Q5_K:
      return &kQ5_K;
    case DType::Q6_K:
      return &kQ6_K;
    case DType::IQ4_XS:
      return &kIQ4_XS;
    default:
      return nullptr;
  }
}

void pack_panels(const PanelLayout& layout, const PanelTask& task) {
  const std::int64_t blocks = task.row_bytes / layout.block_bytes;
  for (std::int64_t panel = task.panel_begin; panel < task.panel_end; ++panel) {
    const std::byte* rows[kPanelRows];
    for (std::int64_t row = 0; row < kPanelRows; ++row) {
      rows[row] =
          task.rows + std::min(panel * kPanelRows + row, task.row_count - 1) * task.row_bytes;
    }
    std::byte* out = task.panels + panel * kPanelRows * task.row_bytes;
    switch (layout.word_bytes) {
      case 4:
        pack_panel<4>(layout, rows, blocks, out);
        break;
      default:
        pack_panel<2>(layout, rows, blocks, out);
        break;
    }
  }
}

}  // namespace bantam::kernels
