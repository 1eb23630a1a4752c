// Any bytes as a safetensors file: an Error, or tensors that can be read to their last byte.
#include "base/error.h"
#include "formats/safetensors_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) try {
  using namespace bantam;
  const auto file = formats::read_safetensors("input", std::as_bytes(std::span(data, size)));
  volatile std::size_t sink = 0;
  for (const formats::TensorEntry& entry : file.tensors()) {
    const std::int64_t bytes = entry.tensor.byte_count();
    if (bytes > 0) sink = sink + std::to_integer<std::size_t>(entry.tensor.data[bytes - 1]);
  }
  return 0;
} catch (const bantam::Error&) {
  return 0;
}
