#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/vector/float_tile.h"

namespace bantam::kernels {

void BANTAM_AVX512::decode_f16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_lanes<F16Source>(blocks, values, count);
}
void BANTAM_AVX512::decode_bf16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_lanes<BF16Source>(blocks, values, count);
}

}  // namespace bantam::kernels
