#include "kernels/cpu/neon/kernels.h"
#include "kernels/cpu/neon/lanes.h"
#include "kernels/cpu/vector/lanes_activation.h"

namespace bantam::kernels {

void neon::register_activation_functions(KernelTable& table) { register_lanes_activations(table); }

void neon::gate_clamped(const float* gates, const float* up, std::int64_t stride, float limit,
                        std::int64_t count, float* out) {
  lanes_gate_clamped(gates, up, stride, limit, count, out);
}

}  // namespace bantam::kernels
