#include "model/conversion/element_order.h"

#include "base/error.h"
#include "base/format.h"
#include "model/conversion/tensor_layout.h"

namespace bantam::model {

using formats::TensorEntry;

namespace {

[[noreturn]] void fail(const TensorEntry& entry, std::string_view expected) {
  throw Error(ErrorCode::BadFile, format("{}: tensor {}: found {}, expected {}", entry.file,
                                         entry.name, to_text(entry.tensor.shape), expected));
}

TensorPiece transposed(const TensorEntry& entry, std::int64_t first, std::int64_t rows,
                       std::int64_t columns) {
  return {.source = &entry,
          .first = first,
          .count = rows * columns,
          .order = {{columns, 1}, {rows, columns}}};
}

// A tensor of outputs as [stacks, outputs, inputs]; a bias has one input.
struct OutputStack {
  std::int64_t count = 1;
  std::int64_t outputs = 0;
  std::int64_t inputs = 1;
};

OutputStack stack_of(const TensorEntry& entry, Part part) {
  const Shape& shape = entry.tensor.shape;
  const int inner = part == Part::Weight ? 2 : 1;
  if (shape.rank() < inner || shape.rank() > inner + 1) {
    fail(entry, part == Part::Weight ? "[(experts,) outputs, inputs]" : "[(experts,) outputs]");
  }
  OutputStack stack;
  const int outputs = shape.rank() - inner;
  if (outputs == 1) stack.count = shape[0];
  stack.outputs = shape[outputs];
  if (part == Part::Weight) stack.inputs = shape[outputs + 1];
  return stack;
}

Shape shape_of(const OutputStack& stack, int rank, Part part) {
  if (part == Part::Bias) {
    return rank == 1 ? Shape{stack.outputs} : Shape{stack.count, stack.outputs};
  }
  return rank == 2 ? Shape{stack.outputs, stack.inputs}
                   : Shape{stack.count, stack.outputs, stack.inputs};
}

bool is_transposed(const TensorEntry& entry, Part part, ExpertLayout layout) {
  return layout == ExpertLayout::FusedTransposed && part == Part::Weight && !is_quantized(entry);
}

}  // namespace

TensorPiece whole(const TensorEntry& entry) {
  return {.source = &entry, .count = entry.tensor.shape.element_count()};
}

TensorPiece whole_transposed(const TensorEntry& entry) {
  const Shape& shape = entry.tensor.shape;
  return transposed(entry, 0, shape.rows(), shape.columns());
}

TensorPiece transposed_expert(const TensorEntry& stack, std::int64_t expert) {
  const Shape& shape = stack.tensor.shape;
  return transposed(stack, expert * shape[1] * shape[2], shape[1], shape[2]);
}

std::vector<TensorPiece> permuted(const TensorEntry& entry, std::int64_t heads, PairOrder to) {
  const Shape& shape = entry.tensor.shape;
  const std::int64_t width = shape.rank() == 1 ? 1 : shape.columns();
  const std::int64_t rows = shape.element_count() / width;
  const std::int64_t size = rows / heads, half = size / 2;
  if (size * heads != rows || size % 2 != 0) {
    fail(entry, format("{} heads of an even number of rows", heads));
  }
  const ElementLoop row{width, 1};
  std::vector<TensorPiece> pieces;
  for (std::int64_t head = 0; head < heads; ++head) {
    TensorPiece piece{.source = &entry, .first = head * size * width, .count = size * width};
    if (to == PairOrder::Neighbours) {
      piece.order = {{half, width}, {2, half * width}, row};
    } else {
      piece.order = {{2, width}, {half, 2 * width}, row};
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::vector<TensorPiece> with_value_heads(const TensorEntry& entry, const DeltaNetSpec& net,
                                          Role role, HeadOrder to) {
  const bool has_keys = role == Role::DeltaIn || role == Role::StateConvolution;
  const bool is_large = has_keys || role == Role::DeltaGate || role == Role::StateOut;
  const std::int64_t size = is_large ? net.value_size : 1;
  const std::int64_t keys = has_keys ? 2 * net.key_head_count * net.key_size : 0;
  const std::int64_t heads = net.value_head_count, repeats = heads / net.key_head_count;
  const std::int64_t elements = entry.tensor.shape.element_count();
  const std::int64_t rows = keys + heads * size;  // or columns, of the output matrix
  if (elements % rows != 0) fail(entry, format("a multiple of {} elements", rows));
  const std::int64_t others = elements / rows;
  const std::int64_t unit = role == Role::StateOut ? size : size * others;
  const ElementLoop inner{unit, 1};
  std::vector<ElementLoop> order;
  if (role == Role::StateOut) order.push_back({others, heads * size});
  if (to == HeadOrder::Tiled) {
    order.insert(order.end(), {{repeats, unit}, {net.key_head_count, repeats * unit}, inner});
  } else {
    order.insert(order.end(),
                 {{net.key_head_count, unit}, {repeats, net.key_head_count * unit}, inner});
  }
  std::vector<TensorPiece> pieces;
  if (keys > 0) pieces.push_back({.source = &entry, .count = keys * others});
  pieces.push_back({.source = &entry,
                    .first = keys * others,
                    .count = elements - keys * others,
                    .order = std::move(order)});
  return pieces;
}

const FusedPair* pair_of(const GgufForm& form, Role role) {
  static constexpr FusedPair kDense[] = {{Role::FfnGateUp, Role::FfnGate, Role::FfnUp},
                                         {Role::SharedGateUp, Role::SharedGate, Role::SharedUp}};
  static constexpr FusedPair kExperts{Role::ExpertGateUp, Role::ExpertGate, Role::ExpertUp};
  const auto has = [role](const FusedPair& pair) {
    return role == pair.fused || role == pair.first || role == pair.second;
  };
  if (form.experts != ExpertLayout::Separate && has(kExperts)) return &kExperts;
  if (!form.splits_gate_up) return nullptr;
  for (const FusedPair& pair : kDense) {
    if (has(pair)) return &pair;
  }
  return nullptr;
}

PlannedTensor half_of(const TensorEntry& both, Part part, std::int64_t index, ExpertLayout layout) {
  OutputStack stack = stack_of(both, part);
  const bool turned = is_transposed(both, part, layout);
  if (turned) std::swap(stack.outputs, stack.inputs);
  if (stack.outputs % 2 != 0) fail(both, "an even number of outputs, those of gate and up");
  const std::int64_t all = stack.outputs * stack.inputs;
  const bool alternates = layout == ExpertLayout::FusedTransposed;
  const std::int64_t output_step = turned ? 1 : stack.inputs;
  const std::int64_t input_step = turned ? stack.outputs : 1;
  stack.outputs /= 2;
  PlannedTensor half;
  half.shape = shape_of(stack, both.tensor.shape.rank(), part);
  for (std::int64_t i = 0; i < stack.count; ++i) {
    TensorPiece piece{.source = &both, .first = i * all + index * all / 2, .count = all / 2};
    if (alternates) {
      piece.first = i * all + index * output_step;
      piece.count = all - index * output_step;
      piece.order = {{stack.outputs, 2 * output_step}, {stack.inputs, input_step}};
    }
    half.pieces.push_back(std::move(piece));
  }
  return half;
}

PlannedTensor joined(const TensorEntry& first, const TensorEntry& second, Part part,
                     ExpertLayout layout) {
  OutputStack stack = stack_of(first, part);
  if (second.tensor.shape != first.tensor.shape) {
    fail(second, format("{} as of {}", to_text(first.tensor.shape), first.name));
  }
  const std::int64_t each = stack.outputs * stack.inputs;
  const bool alternates = layout == ExpertLayout::FusedTransposed;
  PlannedTensor both;
  for (std::int64_t i = 0; i < stack.count; ++i) {
    TensorPiece piece{.source = &first, .first = i * each, .count = each};
    if (alternates) {
      piece.mate = &second;
      piece.order = {{stack.inputs, 1}, {stack.outputs, stack.inputs}};
      both.pieces.push_back(std::move(piece));
    } else {
      both.pieces.push_back(piece);
      piece.source = &second;
      both.pieces.push_back(std::move(piece));
    }
  }
  stack.outputs *= 2;
  if (alternates && part == Part::Weight) std::swap(stack.outputs, stack.inputs);
  both.shape = shape_of(stack, first.tensor.shape.rank(), part);
  return both;
}

}  // namespace bantam::model
