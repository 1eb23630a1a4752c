// From logits to the next token.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/sampling/candidates.h"
#include "engine/sampling/stages.h"

namespace bantam::engine {

// Added to the logit of a token; minus infinity: it never comes.
struct LogitBias {
  std::int32_t id = 0;
  float bias = 0;
};

// Stages run in this order: bias, penalties, what may not come, top-k, typical-p, top-p, min-p,
// temperature, draw.
struct SamplingOptions {
  float temperature = 0.8F;           // 0: always the likeliest token
  std::int64_t top_k = 40;            // 0: all
  double top_p = 0.95;                // 1: all
  double min_p = 0.05;                // 0: all
  double typical_p = 1.0;             // 1: all
  std::vector<LogitBias> logit_bias;  // of a token that is named twice both count
  PenaltyOptions penalties;
  std::int64_t repeat_last_n = 64;  // tokens that penalties look back at; -1: all, 0: none
  std::uint64_t seed = 0;
};

// Throws BadInput naming the option, its value and its range.
void check_sampling_options(const SamplingOptions& options, std::int64_t vocabulary_size);

// What may not come next, whatever the options say.
struct TokenLimits {
  std::span<const std::uint64_t> allowed;    // see TokenConstraint::allowed
  std::span<const std::int32_t> suppressed;  // ids; those of no token do nothing
};

// Reusable working memory of one vocabulary. One thread at a time; allocates only at construction.
class Sampler {
 public:
  explicit Sampler(std::int64_t vocabulary_size);

  // The next token after `tokens`, of which it will be number tokens.size(): that position and the
  // seed alone decide the draw. None where no token may come. `logits` are finite.
  std::optional<std::int32_t> sample(std::span<const float> logits,
                                     std::span<const std::int32_t> tokens,
                                     const SamplingOptions& options,
                                     const TokenLimits& limits = {});

 private:
  std::span<const float> adjusted(std::span<const float> logits,
                                  std::span<const std::int32_t> tokens,
                                  const SamplingOptions& options, const TokenLimits& limits);

  std::vector<float> adjusted_;
  Candidates candidates_;
  std::vector<std::uint32_t> counts_;
};

// Natural logarithm of the softmax probability of one token, in double precision.
double log_probability(std::span<const float> logits, std::int32_t token);

}  // namespace bantam::engine
