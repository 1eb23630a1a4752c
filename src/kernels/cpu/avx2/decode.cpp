#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/lanes.h"
#include "kernels/cpu/vector/float_tile.h"
#include "kernels/cpu/x86/decode_codes.h"

namespace bantam::kernels {
void avx2::decode_f16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_lanes<F16Source>(blocks, values, count);
}
void avx2::decode_bf16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_lanes<BF16Source>(blocks, values, count);
}
void avx2::decode_q8_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_codes<Q8_0Format>(blocks, values, count);
}
void avx2::decode_q4_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_codes<Q4_0Format>(blocks, values, count);
}

}  // namespace bantam::kernels
