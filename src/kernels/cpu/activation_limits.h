// Shared by the activation quantizers of every level.
#pragma once

namespace bantam::kernels {
namespace {

inline constexpr float kSmallestActivation = 1e-30f;  // below it 127 / magnitude nears infinity

}  // namespace
}  // namespace bantam::kernels
