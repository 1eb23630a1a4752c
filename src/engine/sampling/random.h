// Random numbers that are a pure function of seed and position.
#pragma once

#include <cstdint>

namespace bantam::engine {

// Uniform in [0, 1), 53 bits. The same seed and position give the same number everywhere, whatever
// else was drawn. Source: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2,
// 3").
double uniform(std::uint64_t seed, std::uint64_t position);

}  // namespace bantam::engine
