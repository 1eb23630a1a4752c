// Matrices with sixteen rows side by side: what a kernel reads of them is one stream of memory, and
// a register holds the same columns of all sixteen.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace bantam::kernels {

inline constexpr std::int64_t kPanelRows = 16;

// Neighbouring words of a block; with `second`, each is followed by one of those from there on.
struct WordRun {
  std::int64_t first, count;
  std::int64_t second = -1;
};

// How the blocks of a type are taken apart. A panel takes as many bytes as its rows. It is groups
// of group_blocks blocks, the last one maybe smaller: first the rest of each block, row after row;
// then of each block, in the order of the runs, a word of each row, the next word of each row and
// so on. Rows past the end of a matrix repeat its last.
struct PanelLayout {
  std::int64_t block_bytes;
  std::int64_t words_offset;  // within a block
  std::int64_t word_bytes;
  WordRun runs[5];               // in the order in which kernels read them, so that
                                 // memory comes as one stream; unused ones are empty
  std::int64_t rest_offset = 0;  // of what is no word: the scale of some types
  std::int64_t rest_bytes = 0;
  std::int64_t group_blocks = 1;  // such that groups are whole cache lines
};

// Null for a type that has no panels.
const PanelLayout* panel_layout(DType type);

struct PanelTask {
  const std::byte* rows;  // row 0 of the matrix
  std::int64_t row_bytes;
  std::int64_t row_count;
  std::int64_t panel_begin, panel_end;
  std::byte* panels;  // panel 0; panel p stands at p * kPanelRows * row_bytes
};

// Writes some panels of a matrix whose rows are whole blocks of the layout.
void pack_panels(const PanelLayout& layout, const PanelTask& task);

}  // namespace bantam::kernels
