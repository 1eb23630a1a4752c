// Panels of all types with integer arithmetic.
#include <type_traits>

#include "kernels/cpu/dotprod/kernels.h"
#include "kernels/cpu/dotprod/panel_product.h"
#include "kernels/cpu/dotprod/q8x256_panels.h"
#include "kernels/cpu/dotprod/q8x32_panels.h"

namespace bantam::kernels {
namespace {

template <typename Panel>
void set(KernelTable& table, DType type) {
  using Activation = std::conditional_t<Panel::kBlockSize == 32, ActivationQ8x32, ActivationQ8x256>;
  table.linear[static_cast<std::uint32_t>(type)].run_panels = panels_linear<Panel, Activation>;
}

}  // namespace

void dotprod::register_panels(KernelTable& table) {
  set<Q8_0Panel>(table, DType::Q8_0);
  set<Q4_0Panel>(table, DType::Q4_0);
  set<Q4_1Panel>(table, DType::Q4_1);
  set<Q5_0Panel>(table, DType::Q5_0);
  set<Q5_1Panel>(table, DType::Q5_1);
  set<IQ4_NLPanel>(table, DType::IQ4_NL);
  set<MXFP4Panel>(table, DType::MXFP4);
  set<Q2_KPanel>(table, DType::Q2_K);
  set<Q3_KPanel>(table, DType::Q3_K);
  set<Q4_KPanel>(table, DType::Q4_K);
  set<Q5_KPanel>(table, DType::Q5_K);
  set<Q6_KPanel>(table, DType::Q6_K);
  set<IQ4_XSPanel>(table, DType::IQ4_XS);
}

}  // namespace bantam::kernels
