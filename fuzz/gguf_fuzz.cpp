// Any bytes as a GGUF file: an Error, or metadata and tensors that can be read to their last byte.
#include "base/error.h"
#include "formats/gguf_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) try {
  using namespace bantam;
  const auto file = formats::read_gguf("input", std::as_bytes(std::span(data, size)));
  volatile std::size_t sink = 0;
  for (const auto& [key, entry] : file.metadata().entries()) {
    sink = sink + formats::to_text(entry.value).size();
  }
  for (const formats::TensorEntry& entry : file.tensors()) {
    sink = sink + std::to_integer<std::size_t>(entry.tensor.data[entry.tensor.byte_count() - 1]);
  }
  return 0;
} catch (const bantam::Error&) {
  return 0;
}
