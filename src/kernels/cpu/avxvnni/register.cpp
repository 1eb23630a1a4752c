#include "kernels/cpu/avxvnni/kernels.h"
#include "kernels/cpu/levels.h"

namespace bantam::kernels {
namespace {

void set(KernelTable& table, DType type, LinearFunction rows, LinearFunction panels) {
  LinearKernel& kernel = table.linear[static_cast<std::uint32_t>(type)];
  kernel.run = rows;
  kernel.run_panels = panels;
}

}  // namespace

void BANTAM_AVXVNNI::register_kernels(KernelTable& table) {
  set(table, DType::Q8_0, linear_q8_0, panels_q8_0);
  set(table, DType::Q4_0, linear_q4_0, panels_q4_0);
  set(table, DType::Q4_1, linear_q4_1, panels_q4_1);
  set(table, DType::Q5_0, linear_q5_0, panels_q5_0);
  set(table, DType::Q5_1, linear_q5_1, panels_q5_1);
  set(table, DType::IQ4_NL, linear_iq4_nl, panels_iq4_nl);
  set(table, DType::MXFP4, linear_mxfp4, panels_mxfp4);
  set(table, DType::Q4_K, linear_q4_k, panels_q4_k);
  set(table, DType::Q5_K, linear_q5_k, panels_q5_k);
  set(table, DType::IQ4_XS, linear_iq4_xs, panels_iq4_xs);
  table.probes.int8 = probe_int8;
}

}  // namespace bantam::kernels
