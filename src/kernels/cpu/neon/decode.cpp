#include "kernels/cpu/neon/decode_codes.h"
#include "kernels/cpu/neon/kernels.h"
#include "kernels/cpu/neon/lanes.h"
#include "kernels/cpu/vector/float_tile.h"

namespace bantam::kernels {
void neon::decode_f16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_lanes<F16Source>(blocks, values, count);
}
void neon::decode_bf16(const std::byte* blocks, float* values, std::int64_t count) {
  decode_lanes<BF16Source>(blocks, values, count);
}
void neon::decode_q8_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_codes<Q8_0Format>(blocks, values, count);
}
void neon::decode_q4_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_codes<Q4_0Format>(blocks, values, count);
}

}  // namespace bantam::kernels
