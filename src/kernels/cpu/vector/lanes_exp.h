// exp and tanh over Lanes; the operations are those of cpu/scalar/exp.h. Include a level's lanes.h
// first.
#pragma once

#include "kernels/cpu/exp_constants.h"

namespace bantam::kernels {
namespace {

// exp(x) = 2^n (1 + tail), n in the low bits of `shifted`.
struct ReducedExp {
  Lanes tail, shifted;
};

inline ReducedExp reduce_exp(Lanes x) {
  const Lanes shifted = fma(x, splat(kLog2E), splat(kExpRounder));
  const Lanes whole = shifted - splat(kExpRounder);
  const Lanes r = fma(whole, splat(-kLn2Low), fma(whole, splat(-kLn2High), x));
  Lanes q = fma(splat(kExpQ4), r, splat(kExpQ3));
  q = fma(q, r, splat(kExpQ2));
  q = fma(q, r, splat(kExpQ1));
  q = fma(q, r, splat(kExpQ0));
  return {fma(q, r * r, r), shifted};
}

inline Lanes exp_lanes(Lanes x) {
  x = larger(splat(kExpLowest), x);
  x = smaller(splat(kExpHighest), x);
  const ReducedExp reduced = reduce_exp(x);
  const PowerOfTwo power = powers_of_two(reduced.shifted, splat(kExpRounder));
  return (reduced.tail + splat(1.0f)) * power.first * power.second;
}

inline Lanes tanh_lanes(Lanes x) {
  x = larger(splat(-kTanhLimit), x + x);
  x = smaller(splat(kTanhLimit), x);
  const ReducedExp reduced = reduce_exp(x);
  const PowerOfTwo factors = powers_of_two(reduced.shifted, splat(kExpRounder));
  const Lanes power = factors.first * factors.second;
  const Lanes less_one = fma(power, reduced.tail, power - splat(1.0f));
  return less_one / (less_one + splat(2.0f));
}

}  // namespace
}  // namespace bantam::kernels
