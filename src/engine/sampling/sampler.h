// From logits to the next token.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/sampling/candidates.h"
#include "engine/sampling/stages.h"

namespace bantam::engine {

// Stages run in this order: penalties, top-k, typical-p, top-p, min-p, temperature, draw.
struct SamplingOptions {
  float temperature = 0.8F;  // 0: always the likeliest token
  std::int64_t top_k = 40;   // 0: all
  double top_p = 0.95;       // 1: all
  double min_p = 0.05;       // 0: all
  double typical_p = 1.0;    // 1: all
  PenaltyOptions penalties;
  std::int64_t repeat_last_n = 64;  // tokens that penalties look back at; -1: all, 0: none
  std::uint64_t seed = 0;
};

// Throws BadInput naming the option, its value and its range.
void check_sampling_options(const SamplingOptions& options);

// Reusable working memory of one vocabulary. One thread at a time; allocates only at construction.
class Sampler {
 public:
  explicit Sampler(std::int64_t vocabulary_size);

  // The next token after `tokens`, of which it will be number tokens.size(): that position and the
  // seed alone decide the draw.
  std::int32_t sample(std::span<const float> logits, std::span<const std::int32_t> tokens,
                      const SamplingOptions& options);

 private:
  Candidates candidates_;
  std::vector<std::uint32_t> counts_;
};

// Natural logarithm of the softmax probability of one token, in double precision.
double log_probability(std::span<const float> logits, std::int32_t token);

}  // namespace bantam::engine
