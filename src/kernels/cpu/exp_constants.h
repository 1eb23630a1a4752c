// exp(x) and tanh(x) in single precision, the same operations at every level.
//
// exp: x is clamped to [-104, 89]; n = round(x / ln 2); r = x - n ln 2 in two steps; exp(r) = 1 + r
// + r^2 q(r) with q of degree 4, interpolated at Chebyshev nodes of |r| <= 0.347 (error 1.1e-8
// relative); the result is scaled by 2^n in two factors, so that subnormal results are rounded
// once. At most 1.1 units in the last place from the exact value for normal results; 0 below
// -103.98, infinity above 88.73, NaN for NaN.
//
// tanh: (exp(2x) - 1) / (exp(2x) + 1) with exp(2x) - 1 = 2^n (exp(r) - 1) + (2^n - 1), which
// cancels nothing: n is 0 where x is small. 2x is clamped to [-20, 20], where tanh is 1 in single
// precision. At most 3 units in the last place from the exact value; NaN for NaN.
#pragma once

namespace bantam::kernels {
namespace {

inline constexpr float kExpLowest = -104.0f;
inline constexpr float kExpHighest = 89.0f;
inline constexpr float kTanhLimit = 20.0f;  // of 2x
inline constexpr float kExpRounder =
    0x1.8p23f;  // adding it rounds to an integer, held in the low bits
inline constexpr float kLog2E = 0x1.715476p+0f;
inline constexpr float kLn2High = 0x1.62e43p-1f;
inline constexpr float kLn2Low = -0x1.05c61p-29f;
inline constexpr float kExpQ0 = 0x1.0p-1f;
inline constexpr float kExpQ1 = 0x1.5554dcp-3f;
inline constexpr float kExpQ2 = 0x1.55551ap-5f;
inline constexpr float kExpQ3 = 0x1.120ba2p-7f;
inline constexpr float kExpQ4 = 0x1.6d113cp-10f;

}  // namespace
}  // namespace bantam::kernels
