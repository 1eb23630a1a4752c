#include "kernels/cpu/dotprod/int8_dot.h"
#include "kernels/cpu/dotprod/kernels.h"
#include "kernels/cpu/neon/integer_rows.h"

namespace bantam::kernels {

void dotprod::register_rows(KernelTable& table) { register_integer_rows<FourfoldDot>(table); }

}  // namespace bantam::kernels
