// The stages of sampling. Each leaves at least one candidate.
#pragma once

#include <cstdint>
#include <span>

#include "engine/sampling/candidates.h"

namespace bantam::engine {

struct PenaltyOptions {
  float repeat = 1.0F;    // divides positive and multiplies negative logits of tokens seen; 1: none
  float presence = 0.0F;  // subtracted once from tokens seen
  float frequency = 0.0F;  // subtracted for each time that a token was seen
};

// Whether any of them does anything.
bool has_penalties(const PenaltyOptions& options);

// Lowers the logits of the tokens of `recent`; those stay what they are that are infinite, and the
// others finite. `counts` has one zero for each token of the vocabulary and is zero again
// afterwards.
void apply_penalties(std::span<float> logits, std::span<const std::int32_t> recent,
                     const PenaltyOptions& options, std::span<std::uint32_t> counts);

// Keeps the k likeliest; 0 keeps all.
void apply_top_k(Candidates& candidates, std::int64_t k);

// Keeps the smallest set of likeliest tokens whose probabilities reach p; 1 keeps all.
// Source: nucleus sampling (arXiv 1904.09751).
void apply_top_p(Candidates& candidates, double p);

// Keeps tokens with at least `p` times the probability of the likeliest; 0 keeps all.
// Source: min-p sampling (arXiv 2407.01082).
void apply_min_p(Candidates& candidates, double p);

// Keeps the tokens whose surprise is nearest to the expected one until their probabilities reach p;
// 1 keeps all. Source: locally typical sampling (arXiv 2202.00666).
void apply_typical_p(Candidates& candidates, double p);

// Divides logits by the temperature, which is above 0.
void apply_temperature(Candidates& candidates, float temperature);

}  // namespace bantam::engine
