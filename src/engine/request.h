// What a caller asks of the engine, and what it gets back: plain data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/sampling/sampler.h"
#include "engine/token_constraint.h"

namespace bantam::engine {

struct Request {
  std::vector<std::int32_t> prompt;  // at least one id, each within the vocabulary
  SamplingOptions sampling;
  std::int64_t max_tokens = -1;  // new tokens; -1: until a stop id or a full context
  std::int64_t min_tokens =
      0;  // new tokens before a stop id may come; as many as max_tokens: none comes
  std::vector<std::int32_t> stop_ids;           // generation ends after one of them
  std::shared_ptr<TokenConstraint> constraint;  // of this request alone; none: any token may come
  std::optional<std::int64_t>
      logprobs;            // likeliest tokens to report with each new one; none: no report
  std::string cache_salt;  // requests find each other's beginnings in the cache if this is equal
};

enum class FinishReason {
  Stop,         // a stop id
  Length,       // max_tokens
  ContextFull,  // no room for another token
  Cancelled,
  NoTokenAllowed,  // constraint, logit_bias and min_tokens together leave no token to go on with
};

inline constexpr std::int32_t kNoToken = -1;

struct TokenProbability {
  std::int32_t id;
  float logprob;  // natural logarithm, of the model's own distribution: before any option
};

using SequenceId = std::int64_t;

// One new token, or the end of a sequence that finds none: then `token` is kNoToken. `logprob` and
// `likeliest` only where the request asked for them.
struct TokenEvent {
  SequenceId sequence = 0;
  std::int32_t token = 0;
  float logprob = 0;
  std::vector<TokenProbability> likeliest;
  std::optional<FinishReason> finish;  // set with the last token of a sequence
};

// Where the time of one sequence went.
struct SequenceStats {
  std::int64_t prompt_tokens = 0;
  std::int64_t reused_tokens = 0;  // of the prompt, found in the cache or computed for another
  std::int64_t new_tokens = 0;
  std::int64_t passes = 0;           // that brought the new tokens
  std::int64_t drafted_tokens = 0;   // guessed ahead by speculation,
  std::int64_t accepted_tokens = 0;  // and of them, those that the model chose itself
  std::int64_t preemptions = 0;      // times that its blocks went to older sequences
  double queue_seconds = 0;          // until it ran for the first time
  double prefill_seconds = 0;        // from then until the first new token
  double decode_seconds = 0;         // after it
};

struct FinishedSequence {
  SequenceId sequence = 0;
  FinishReason reason = FinishReason::Stop;
  SequenceStats stats;
};

// Where a sequence stands that has not ended.
struct SequenceStatus {
  std::int64_t queue_position = 0;  // 1: the next to run; 0: it runs
  std::int64_t prompt_tokens = 0;
  std::int64_t cached_tokens = 0;  // of prompt and new tokens, computed or found
  std::int64_t new_tokens = 0;
};

}  // namespace bantam::engine
