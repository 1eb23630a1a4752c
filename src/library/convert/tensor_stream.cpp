#include "library/convert/tensor_stream.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "base/format.h"
#include "tensor/quant_format.h"

namespace bantam::library {
namespace {

using model::PlannedTensor;
using model::TensorPiece;

constexpr std::int64_t kChunkValues = std::int64_t{1} << 20;

// Makes the data of one tensor. Views its arguments.
class TensorStream {
 public:
  TensorStream(const PlannedTensor& tensor, FunctionRef<void(std::span<const std::byte>)> sink)
      : tensor_(tensor), target_(quant_format(tensor.type)), sink_(sink) {}

  void run() {
    if (tensor_.pieces.empty()) put_values(tensor_.values);
    for (const TensorPiece& piece : tensor_.pieces) put_piece(piece);
    flush();
  }

 private:
  void put_piece(const TensorPiece& piece) {
    const Tensor& source = piece.source->tensor;
    const QuantFormat* stored = find_quant_format(source.type);
    if (stored == nullptr || stored->decode == nullptr) {
      throw Error(ErrorCode::Unsupported,
                  format("{}: tensor {}: found type {}, expected floats or a GGUF weight type",
                         piece.source->file, piece.source->name, type_name(source.type)));
    }
    // A quantized folder's matrices stand by outputs already, and its stacks of experts too.
    if (piece.columns > 0 && is_memory_type(source.type)) {
      throw Error(
          ErrorCode::Unsupported,
          format("{}: tensor {}: found a quantized matrix in the place of a transposed one, "
                 "which is not converted; convert the original model",
                 piece.source->file, piece.source->name));
    }
    if (piece.columns > 0) {
      put_transposed(piece, *stored);
    } else if (source.type == tensor_.type && tensor_.added == 0) {
      put_bytes({source.data + stored->bytes_for(piece.first),
                 static_cast<std::size_t>(stored->bytes_for(piece.count))});
    } else {
      put_converted(piece, *stored);
    }
  }

  void put_converted(const TensorPiece& piece, const QuantFormat& stored) {
    // Whole rows, for a source whose columns are brought into another order.
    const std::int64_t columns = std::max(std::int64_t{1}, piece.source->tensor.shape.columns());
    const std::int64_t chunk = std::max(std::int64_t{1}, kChunkValues / columns) * columns;
    for (std::int64_t done = 0; done < piece.count; done += chunk) {
      const std::int64_t count = std::min(chunk, piece.count - done);
      put_values(decoded(piece, stored, piece.first + done, count));
    }
  }

  void put_transposed(const TensorPiece& piece, const QuantFormat& stored) {
    const std::vector<float> values = decoded(piece, stored, piece.first, piece.count);
    const auto columns = static_cast<std::size_t>(piece.columns);
    const std::size_t rows = values.size() / columns;
    std::vector<float> turned(values.size());
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        turned[column * rows + row] = values[row * columns + column];
      }
    }
    put_values(turned);
  }

  std::vector<float> decoded(const TensorPiece& piece, const QuantFormat& stored,
                             std::int64_t first, std::int64_t count) const {
    std::vector<float> values(static_cast<std::size_t>(count));
    stored.decode(piece.source->tensor.data + stored.bytes_for(first), values.data(), count);
    if (!piece.source->input_order.empty()) order_by_input(*piece.source, values);
    for (float& value : values) value += tensor_.added;
    return values;
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

  void put_values(std::span<const float> values) {
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
  std::vector<std::byte> waiting_;  // made and not handed on yet: pieces may be single rows
};

}  // namespace

void stream_tensor(const PlannedTensor& tensor,
                   FunctionRef<void(std::span<const std::byte>)> sink) {
  TensorStream(tensor, sink).run();
}

}  // namespace bantam::library
