// The exact GELU in single precision, the same operations at every level.
//
// x Phi(x) = max(x, 0) - |x| h(|x|) with the normal tail h(a) = erfc(a / sqrt(2)) / 2, and h(a) =
// exp(-a p(a)) / 2: -log(erfc(a / sqrt(2))) / a is smooth, and p, of degree 7, is its minimax
// polynomial on [0, 5.6] under the weight a h(a) (solved as a linear program). Beyond 5.6 a p(a)
// goes on rising and h is below 1.1e-8. The result is within 1e-7 |x| of the exact value, NaN for
// NaN and infinities.
#pragma once

namespace bantam::kernels {
namespace {

inline constexpr float kGeluTail[8] = {  // of a^0, a^1, ...
    0x1.98846cp-1f,  0x1.45f024p-2f,  0x1.2a1648p-5f,   -0x1.40dd1cp-8f,
    0x1.8e1e00p-14f, 0x1.0ea302p-13f, -0x1.c9ec84p-16f, 0x1.07bcdap-19f};

// The tanh form: x / (1 + exp(-2 u)) with 2 u = x (kGeluTanhLinear + kGeluTanhCubic x^2).
inline constexpr float kGeluTanhLinear = 0x1.988454p+0f;  // 2 sqrt(2 / pi)
inline constexpr float kGeluTanhCubic = 0x1.2444f2p-4f;   // ... times 0.044715

// gate_clamped: the sigmoid of this times x, another approximation of GELU.
inline constexpr float kClampedSlope = 1.702f;

}  // namespace
}  // namespace bantam::kernels
