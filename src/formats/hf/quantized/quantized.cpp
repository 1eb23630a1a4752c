#include "formats/hf/quantized/quantized.h"

#include <utility>

#include "base/format.h"
#include "formats/hf/quantized/schemes.h"

namespace bantam::formats {
namespace {

// By the quant_method of a quantization_config.
struct Scheme {
  std::string_view method;
  void (*convert)(QuantizedTensors& tensors);
};
constexpr Scheme kSchemes[] = {
    {"gptq", convert_gptq},
    {"awq", convert_awq},
    {"bitsandbytes", convert_bitsandbytes},
    {"fp8", convert_fp8},
    {"compressed-tensors", convert_compressed_tensors},
    {"mxfp4", convert_mxfp4},
};

}  // namespace

ConvertedTensors convert_quantized(const Metadata& config, std::vector<TensorEntry> tensors) {
  constexpr std::string_view kMethod = "quantization_config.quant_method";
  const auto method = config.text(kMethod);
  if (!method) return {std::move(tensors), {}};
  QuantizedTensors converted(config, tensors);
  std::string known;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.method == *method) {
      scheme.convert(converted);
      return converted.finish();
    }
    known += (known.empty() ? "" : ", ") + std::string(scheme.method);
  }
  converted.refuse("quant_method", quoted(*method), known);
}

}  // namespace bantam::formats
