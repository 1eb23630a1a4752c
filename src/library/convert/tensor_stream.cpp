#include "library/convert/tensor_stream.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "base/format.h"
#include "tensor/quant_format.h"

namespace bantam::library {
namespace {

using model::ElementLoop;
using model::ElementMap;
using model::PlannedTensor;
using model::TensorPiece;

constexpr std::int64_t kChunkValues = std::int64_t{1} << 20;

// Makes the data of one tensor. Views its arguments.
class TensorStream {
 public:
  TensorStream(const PlannedTensor& tensor, FunctionRef<void(std::span<const std::byte>)> sink)
      : tensor_(tensor), target_(quant_format(tensor.type)), sink_(sink) {}

  std::uint64_t run() {
    if (tensor_.pieces.empty()) put_values(tensor_.values);
    for (const TensorPiece& piece : tensor_.pieces) put_piece(piece);
    flush();
    return overflow_count_;
  }

 private:
  void put_piece(const TensorPiece& piece) {
    const QuantFormat& stored = format_of(*piece.source);
    const bool is_same = has_same_blocks(stored, target_) && tensor_.added == 0 &&
                         tensor_.map == ElementMap::Same && piece.factors.empty() &&
                         piece.mate == nullptr;
    if (is_same && moves_whole_blocks(piece, stored)) {
      put_stored(piece, stored);
    } else if (piece.order.empty() && piece.mate == nullptr) {
      put_converted(piece, stored);
    } else {
      put_reordered(piece, stored);
    }
  }

  static const QuantFormat& format_of(const formats::TensorEntry& source) {
    const QuantFormat* stored = find_quant_format(source.tensor.type);
    if (stored != nullptr && stored->decode != nullptr) return *stored;
    throw Error(ErrorCode::Unsupported,
                format("{}: tensor {}: found type {}, expected floats or a GGUF weight type",
                       source.file, source.name, type_name(source.tensor.type)));
  }

  // The same bytes mean the same numbers: a type of folders may be one of GGUF's by another name.
  static bool has_same_blocks(const QuantFormat& a, const QuantFormat& b) {
    return a.decode == b.decode && a.block_size == b.block_size && a.block_bytes == b.block_bytes;
  }

  // Whether a piece is made of whole blocks that stand one after the other.
  static bool moves_whole_blocks(const TensorPiece& piece, const QuantFormat& stored) {
    if (!piece.source->input_order.empty()) return false;
    if (piece.order.empty()) return true;
    if (stored.block_size == 1) return true;
    for (const ElementLoop& loop : piece.order) {
      if (loop.step != 1 && loop.step % stored.block_size != 0) return false;
    }
    const ElementLoop& inner = piece.order.back();
    return inner.step == 1 && inner.count % stored.block_size == 0;
  }

  // Calls visit(element) for the first element of every run of `run` elements in the order of the
  // piece, counted from its first.
  template <typename Visit>
  static void for_each_run(std::span<const ElementLoop> order, std::int64_t at, std::int64_t run,
                           const Visit& visit) {
    if (order.empty()) return visit(at);
    const ElementLoop& loop = order.front();
    const bool is_run = order.size() == 1 && run == loop.count && loop.step == 1;
    if (is_run) return visit(at);
    for (std::int64_t i = 0; i < loop.count; ++i) {
      for_each_run(order.subspan(1), at + i * loop.step, run, visit);
    }
  }

  // How many elements of the source follow each other in the order of the piece.
  static std::int64_t run_of(const TensorPiece& piece) {
    if (piece.order.empty()) return piece.count;
    const ElementLoop& inner = piece.order.back();
    return inner.step == 1 && piece.mate == nullptr ? inner.count : 1;
  }

  void put_stored(const TensorPiece& piece, const QuantFormat& stored) {
    const std::int64_t run = run_of(piece);
    const auto bytes = static_cast<std::size_t>(stored.bytes_for(run));
    for_each_run(piece.order, piece.first, run, [&](std::int64_t at) {
      put_bytes({piece.source->tensor.data + stored.bytes_for(at), bytes});
    });
  }

  void put_converted(const TensorPiece& piece, const QuantFormat& stored) {
    // Whole rows, for a source whose columns are brought into another order.
    const std::int64_t columns = std::max(std::int64_t{1}, piece.source->tensor.shape.columns());
    const std::int64_t chunk = std::max(std::int64_t{1}, kChunkValues / columns) * columns;
    for (std::int64_t done = 0; done < piece.count; done += chunk) {
      const std::int64_t count = std::min(chunk, piece.count - done);
      put_values(decoded(piece, *piece.source, stored, piece.first + done, count));
    }
  }

  void put_reordered(const TensorPiece& piece, const QuantFormat& stored) {
    const auto all = decoded(piece, *piece.source, stored, piece.first, piece.count);
    std::vector<float> mates, turned;
    if (piece.mate != nullptr) {
      mates = decoded(piece, *piece.mate, format_of(*piece.mate), piece.first, piece.count);
    }
    turned.reserve(all.size() + mates.size());
    const std::vector<ElementLoop> as_they_stand{{piece.count, 1}};
    const auto& order = piece.order.empty() ? as_they_stand : piece.order;
    const std::int64_t run = run_of(piece);
    for_each_run(order, 0, run, [&](std::int64_t at) {
      const auto first = all.begin() + at;
      turned.insert(turned.end(), first, first + run);
      if (!mates.empty()) turned.push_back(mates[static_cast<std::size_t>(at)]);
    });
    put_values(turned);
  }

  std::vector<float> decoded(const TensorPiece& piece, const formats::TensorEntry& source,
                             const QuantFormat& stored, std::int64_t first,
                             std::int64_t count) const {
    std::vector<float> values(static_cast<std::size_t>(count));
    stored.decode(source.tensor.data + stored.bytes_for(first), values.data(), count);
    if (!source.input_order.empty()) order_by_input(source, values);
    for (float& value : values) {
      for (const float factor : piece.factors) value *= factor;
      value = mapped(value + tensor_.added);
    }
    return values;
  }

  float mapped(float value) const {
    switch (tensor_.map) {
      case ElementMap::NegatedExp:
        return static_cast<float>(-std::exp(static_cast<double>(value)));
      case ElementMap::NegatedLog:
        return log_of_negated(value);
      case ElementMap::Same:
        break;
    }
    return value;
  }

  // Of the numbers whose exponential this is in single precision the one with the fewest bits: it
  // was rounded to them before.
  static float log_of_negated(float value) {
    const double exact = std::log(-static_cast<double>(value));
    for (const DType type : {DType::BF16, DType::F16}) {
      const QuantFormat& half = quant_format(type);
      const auto single = static_cast<float>(exact);
      std::array<std::byte, 2> bits;
      float rounded = 0;
      half.encode(&single, bits.data(), 1);
      half.decode(bits.data(), &rounded, 1);
      const double again = -std::exp(static_cast<double>(rounded));
      constexpr double kTolerance = 1.2e-7;  // a unit of single precision
      if (std::abs(again / static_cast<double>(value) - 1) <= kTolerance) return rounded;
    }
    return static_cast<float>(exact);
  }

  // Rows whose columns stand in an order of their own, as the network's inputs stand.
  static void order_by_input(const formats::TensorEntry& source, std::vector<float>& values) {
    const auto* order = reinterpret_cast<const std::int32_t*>(source.input_order.data);
    const auto columns = static_cast<std::size_t>(source.tensor.shape.columns());
    BANTAM_CHECK(values.size() % columns == 0, "a part of a row of a matrix with ordered columns");
    std::vector<float> row(columns);
    for (std::size_t first = 0; first < values.size(); first += columns) {
      for (std::size_t i = 0; i < columns; ++i) {
        row[static_cast<std::size_t>(order[i])] = values[first + i];
      }
      std::ranges::copy(row, values.begin() + static_cast<std::ptrdiff_t>(first));
    }
  }

  void count_overflows(std::span<const float> values) {
    constexpr float kInfiniteFrom = 65520;  // rounded to float16
    overflow_count_ += static_cast<std::uint64_t>(std::ranges::count_if(values, [](float value) {
      return std::isfinite(value) && std::abs(value) >= kInfiniteFrom;
    }));
  }

  void put_values(std::span<const float> values) {
    if (tensor_.type == DType::F16) count_overflows(values);
    const auto count = static_cast<std::int64_t>(values.size());
    const std::size_t start = waiting_.size();
    waiting_.resize(start + static_cast<std::size_t>(target_.bytes_for(count)));
    target_.encode(values.data(), waiting_.data() + start, count);
    flush_if_full();
  }

  void put_bytes(std::span<const std::byte> bytes) {
    if (bytes.size() >= kWaitingBytes) {
      flush();
      sink_(bytes);
      return;
    }
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    flush_if_full();
  }

  void flush_if_full() {
    if (waiting_.size() >= kWaitingBytes) flush();
  }

  void flush() {
    if (!waiting_.empty()) sink_(waiting_);
    waiting_.clear();
  }

  static constexpr std::size_t kWaitingBytes = std::size_t{4} << 20;

  const PlannedTensor& tensor_;
  const QuantFormat& target_;
  FunctionRef<void(std::span<const std::byte>)> sink_;
  std::uint64_t overflow_count_ = 0;
  std::vector<std::byte> waiting_;  // made and not handed on yet: pieces may be single rows
};

}  // namespace

std::uint64_t stream_tensor(const PlannedTensor& tensor,
                            FunctionRef<void(std::span<const std::byte>)> sink) {
  return TensorStream(tensor, sink).run();
}

}  // namespace bantam::library
