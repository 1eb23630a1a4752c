#include "kernels/cpu/reference_decode.h"

#include "tensor/quant_format.h"

namespace bantam::kernels {

DecodeFunction reference_decode(DType type) { return quant_format(type).decode; }

std::int64_t stored_bytes(DType type, std::int64_t count) {
  return quant_format(type).bytes_for(count);
}

}  // namespace bantam::kernels
