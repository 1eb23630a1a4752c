// What each quantization scheme's file provides: it adds the matrices of every module that is
// quantized so. Formats are described in docs/formats/quantized_folders.md.
#pragma once

#include "formats/hf/quantized/quantized_tensors.h"

namespace bantam::formats {

void convert_gptq(QuantizedTensors& tensors);
void convert_awq(QuantizedTensors& tensors);
void convert_bitsandbytes(QuantizedTensors& tensors);
void convert_fp8(QuantizedTensors& tensors);
void convert_compressed_tensors(QuantizedTensors& tensors);
void convert_mxfp4(QuantizedTensors& tensors);

}  // namespace bantam::formats
