#include "kernels/cpu/neon/int8_dot.h"
#include "kernels/cpu/neon/integer_rows.h"
#include "kernels/cpu/neon/kernels.h"

namespace bantam::kernels {

void neon::register_integer_linear(KernelTable& table) {
  register_integer_rows<WideningDot>(table);
}

}  // namespace bantam::kernels
