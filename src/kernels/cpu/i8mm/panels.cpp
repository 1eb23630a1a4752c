// Panels of all types with integer arithmetic: more than a few tokens multiply unpacked tiles.
#include <type_traits>

#include "kernels/cpu/i8mm/kernels.h"
#include "kernels/cpu/i8mm/q8x256_tile.h"
#include "kernels/cpu/i8mm/q8x32_tile.h"

namespace bantam::kernels {
namespace {

// Up to so many tokens go over the panel as it lies. SMMLA takes half the instructions of SDOT,
// which pays for unpacking with the second four tokens.
constexpr std::int64_t kTokensWithoutTile = 4;

template <typename Panel>
void linear(const LinearTask& task) {
  constexpr bool kIsSmall = Panel::kBlockSize == 32;
  if (task.tokens <= kTokensWithoutTile) {
    panels_linear<Panel, std::conditional_t<kIsSmall, ActivationQ8x32, ActivationQ8x256>>(task);
  } else if constexpr (kIsSmall) {
    tiled_linear<Q8x32Kernel<Panel>>(task);
  } else {
    tiled_linear<Q8x256Kernel<Panel>>(task);
  }
}

}  // namespace

void i8mm::register_panels(KernelTable& table) {
  const auto set = [&table](DType type, LinearFunction run) {
    table.linear[static_cast<std::uint32_t>(type)].run_panels = run;
  };
  set(DType::Q8_0, linear<Q8_0Panel>);
  set(DType::Q4_0, linear<Q4_0Panel>);
  set(DType::Q4_1, linear<Q4_1Panel>);
  set(DType::Q5_0, linear<Q5_0Panel>);
  set(DType::Q5_1, linear<Q5_1Panel>);
  set(DType::IQ4_NL, linear<IQ4_NLPanel>);
  set(DType::MXFP4, linear<MXFP4Panel>);
  set(DType::Q2_K, linear<Q2_KPanel>);
  set(DType::Q3_K, linear<Q3_KPanel>);
  set(DType::Q4_K, linear<Q4_KPanel>);
  set(DType::Q5_K, linear<Q5_KPanel>);
  set(DType::Q6_K, linear<Q6_KPanel>);
  set(DType::IQ4_XS, linear<IQ4_XSPanel>);
}

}  // namespace bantam::kernels
