// One generation: its tokens, its place in the cache, its progress.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "engine/prefix_cache.h"
#include "engine/request.h"
#include "engine/sequence_blocks.h"
#include "engine/speculative/draft_record.h"

namespace bantam::engine {

// What a sequence waits for that begins as another one does, whose prompt is being computed.
struct Leader {
  SequenceId sequence = 0;
  std::int64_t tokens = 0;  // until it has cached so many
  bool is_same = false;     // until its prompt, which is the same, is done
};

// Owned by the engine. Of the tokens before `cached`, the cache holds what later ones need.
struct Sequence {
  SequenceId id = 0;
  Request request;                   // its prompt has become `tokens`
  std::vector<std::int32_t> tokens;  // prompt, then new ones
  SequenceBlocks blocks;
  bool is_long_rope = false;  // of the model's two kinds of rotation, the one for long sequences
  std::int64_t cached = 0;
  PrefixCache::NodeId node = PrefixCache::kNone;  // the end of what is known to others; pinned
  std::optional<Leader> leader;
  std::int64_t prompt_tokens = 0;
  Stopwatch age;  // since it was submitted, first scheduled, or said its first token
  SequenceStats stats;
  DraftRecord drafts;

  std::int64_t token_count() const { return static_cast<std::int64_t>(tokens.size()); }
  // Tokens that the next pass could take.
  std::int64_t pending() const { return leader ? 0 : token_count() - cached; }
  std::int64_t new_tokens() const { return token_count() - prompt_tokens; }
};

}  // namespace bantam::engine
