#include "engine/engine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "base/format.h"

namespace bantam::engine {
namespace {

EngineOptions completed(EngineOptions options, const model::Model& model) {
  if (!can_speculate(model)) options.speculation.mode = SpeculationMode::Off;
  const bool drafts = options.speculation.mode != SpeculationMode::Off;
  // Beyond what is sensible the speculation refuses it.
  const std::int64_t drafted =
      std::clamp<std::int64_t>(options.speculation.draft_max, 0, kDraftMax);
  options.executor.output_rows = options.sequences_max * (drafts ? 1 + drafted : 1);
  options.executor.sequences = options.sequences_max;
  return options;
}

void check_range(std::string_view name, std::int64_t value, bool is_good,
                 std::string_view expected) {
  if (is_good) return;
  throw Error(ErrorCode::BadInput, format("{}: found {}, expected {}", name, value, expected));
}

void check_prompt(const Request& request, std::int64_t vocabulary_size,
                  std::int64_t context_tokens) {
  check_range("max_tokens", request.max_tokens, request.max_tokens == -1 || request.max_tokens >= 1,
              "-1, or 1 or more");
  check_range("min_tokens", request.min_tokens, request.min_tokens >= 0, "0 or more");
  if (request.prompt.empty()) {
    throw Error(ErrorCode::BadInput, "the prompt is empty: give at least one token");
  }
  for (const std::int32_t id : request.prompt) {
    if (id >= 0 && id < vocabulary_size) continue;
    throw Error(ErrorCode::BadInput,
                format("prompt: found token id {}, expected 0 to {}", id, vocabulary_size - 1));
  }
  const auto size = static_cast<std::int64_t>(request.prompt.size());
  if (size >= context_tokens) {
    throw Error(
        ErrorCode::ContextFull,
        format("the prompt has {} tokens and the context holds {}: shorten the prompt or use a "
               "larger --ctx",
               size, context_tokens));
  }
}

}  // namespace

bool can_speculate(const model::Model& model) {
  return std::ranges::none_of(
      model.kv_shapes(), [](const backend::KvLayerShape& layer) { return layer.state_bytes > 0; });
}

Engine::Engine(std::shared_ptr<const model::Model> model, EngineOptions options)
    : options_(completed(std::move(options), *model)),
      executor_(std::move(model), options_.executor),
      pools_(executor_.cache_layout(), executor_.plan().cache_blocks,
             executor_.options().context_tokens, executor_.options().batch_tokens),
      sampler_(executor_.model().spec().vocabulary_size) {
  if (options_.speculation.mode != SpeculationMode::Off) {
    speculation_.emplace(options_.speculation, executor_, options_.sequences_max);
  }
  const auto rows = static_cast<std::size_t>(executor_.options().batch_tokens);
  const auto outputs = static_cast<std::size_t>(executor_.options().output_rows);
  const auto sequences = static_cast<std::size_t>(options_.sequences_max);
  sequences_.reserve(sequences);
  scheduled_.reserve(sequences);
  tokens_.reserve(rows);
  positions_.reserve(rows);
  output_rows_.reserve(outputs);
  slices_.reserve(sequences);
  events_.reserve(outputs);
  finished_.reserve(sequences);
}

SequenceId Engine::submit(Request request) {
  const std::int64_t context = context_tokens();
  check_prompt(request, executor_.model().spec().vocabulary_size, context);
  check_sampling_options(request.sampling, executor_.model().spec().vocabulary_size);
  if (static_cast<std::int64_t>(sequences_.size()) == options_.sequences_max) {
    throw Error(ErrorCode::BadInput,
                format("{} sequences are running already, the most that this engine "
                       "was made for",
                       options_.sequences_max));
  }
  Sequence sequence;
  sequence.id = next_id_++;
  sequence.tokens = request.prompt;
  sequence.prompt_tokens = sequence.token_count();
  sequence.request = std::move(request);
  std::int64_t longest = context;
  if (sequence.request.max_tokens >= 0) {
    // As a difference: the sum could overflow.
    const std::int64_t room = context - sequence.prompt_tokens;
    longest = sequence.prompt_tokens + std::min(room, sequence.request.max_tokens);
  }
  sequence.tokens.reserve(static_cast<std::size_t>(longest) + 1);
  sequence.is_long_rope = needs_long_rope(sequence.prompt_tokens);
  reuse_prefix(sequence);
  if (!pools_.try_extend(sequence.blocks, longest)) {
    pools_.free(sequence.blocks);
    throw Error(
        ErrorCode::ContextFull,
        format("{} tokens need {} cache blocks, {} are free: wait for other sequences or use a "
               "larger --ctx",
               longest, model::blocks_for(longest), pools_.free_count()));
  }
  sequence.stats.prompt_tokens = sequence.prompt_tokens;
  sequence.stats.reused_tokens = sequence.cached;
  sequence.age = Stopwatch();
  if (speculation_) speculation_->begin(sequence, longest);
  sequences_.push_back(std::move(sequence));
  return sequences_.back().id;
}

bool Engine::needs_long_rope(std::int64_t tokens) const {
  const auto boundary = model::long_rope_boundary(executor_.model().spec());
  return boundary && tokens > *boundary;
}

// Takes over the retained sequence's blocks for the tokens that both begin with; frees the others.
void Engine::reuse_prefix(Sequence& sequence) {
  const auto [mine, theirs] = std::mismatch(sequence.tokens.begin(), sequence.tokens.end(),
                                            retained_.tokens.begin(), retained_.tokens.end());
  // The last prompt token is always computed: its logits choose the first new token.
  std::int64_t shared = std::min({static_cast<std::int64_t>(mine - sequence.tokens.begin()),
                                  retained_.cached, sequence.token_count() - 1});
  if (retained_.is_long_rope != sequence.is_long_rope) shared = 0;
  shared = pools_.reusable(retained_.written, shared);
  if (shared > 0) {
    pools_.truncate(retained_.blocks, shared);
    sequence.blocks = std::move(retained_.blocks);
    sequence.cached = shared;
    sequence.written = retained_.written;
  } else {
    pools_.free(retained_.blocks);
  }
  retained_ = {};
}

// How many tokens may be guessed ahead: as many as can be used before the sequence ends.
std::int64_t Engine::draft_room(const Sequence& sequence) const {
  const std::int64_t count = sequence.token_count();
  std::int64_t room = context_tokens() - count - 1;
  if (sequence.request.max_tokens >= 0) {
    room = std::min(room, sequence.request.max_tokens - sequence.new_tokens() - 1);
  }
  return room;
}

void Engine::make_batch() {
  tokens_.clear();
  positions_.clear();
  output_rows_.clear();
  slices_.clear();
  for (const ScheduledSlice& slice : scheduled_) {
    const Sequence& sequence = sequences_[slice.sequence];
    const auto first_row = static_cast<std::int64_t>(tokens_.size());
    const std::int64_t count = slice.count + slice.drafted;
    slices_.push_back({.first_row = first_row,
                       .row_count = count,
                       .first_position = sequence.cached,
                       .blocks = sequence.blocks.tables(),
                       .is_long_rope = sequence.is_long_rope});
    const auto first = sequence.tokens.begin() + sequence.cached;
    const auto& draft = sequence.drafts.draft;
    tokens_.insert(tokens_.end(), first, first + slice.count);
    tokens_.insert(tokens_.end(), draft.begin(), draft.begin() + slice.drafted);
    for (std::int64_t i = 0; i < count; ++i) {
      positions_.push_back(static_cast<std::int32_t>(sequence.cached + i));
      const bool wants_logits = slice.wants_logits && i + 1 >= slice.count;
      if (wants_logits) output_rows_.push_back(static_cast<std::int32_t>(first_row + i));
    }
  }
}

std::span<const TokenEvent> Engine::step() {
  try {
    return run_pass();
  } catch (...) {
    end_all();
    throw;
  }
}

std::span<const TokenEvent> Engine::run_pass() {
  events_.clear();
  const ExecutorOptions& limits = executor_.options();
  if (speculation_) {
    speculation_->draft(sequences_, [&](const Sequence& sequence) { return draft_room(sequence); });
  }
  schedule(sequences_, {.batch_tokens = limits.batch_tokens, .output_rows = limits.output_rows},
           scheduled_);
  if (scheduled_.empty()) return {};
  make_batch();
  const Stopwatch watch;
  const Tensor logits = executor_.run(
      {.tokens = tokens_, .positions = positions_, .slices = slices_, .output_rows = output_rows_});
  if (speculation_) speculation_->record_pass(std::ssize(tokens_), watch.seconds());
  std::int64_t output = 0;
  for (const ScheduledSlice& slice : scheduled_) {
    commit(sequences_[slice.sequence], slice, logits, output);
    if (slice.wants_logits) output += 1 + slice.drafted;
  }
  retire_finished();
  return events_;
}

// `first_row` of the logits is the first that the slice wanted.
void Engine::commit(Sequence& sequence, const ScheduledSlice& slice, const Tensor& logits,
                    std::int64_t first_row) {
  sequence.written = std::max(sequence.written, sequence.cached + slice.count + slice.drafted);
  sequence.cached += slice.count;
  if (!slice.wants_logits) return;
  sequence.drafts.draft.resize(static_cast<std::size_t>(slice.drafted));
  const std::int64_t accepted = verify(sequence.drafts.draft, [&](std::int64_t row) {
    return commit_token(sequence, {logits.float_row(first_row + row),
                                   static_cast<std::size_t>(logits.shape.columns())});
  });
  // Keys of accepted tokens are in the cache already, unless all are to be computed again.
  if (sequence.cached > 0) sequence.cached = sequence.token_count() - 1;
  sequence.stats.passes += 1;
  sequence.stats.drafted_tokens += slice.drafted;
  sequence.stats.accepted_tokens += accepted;
  if (speculation_) speculation_->record_draft(sequence, accepted);
}

// Samples and appends the next token.
ChosenToken Engine::commit_token(Sequence& sequence, std::span<const float> logits) {
  if (!std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); })) {
    throw Error(ErrorCode::BadFile,
                format("{}: the model computes numbers that are not finite; its "
                       "weights are damaged or overflow this cache type",
                       executor_.model().file().name()));
  }
  const std::optional<std::int32_t> token = sample(sequence, logits);
  if (sequence.new_tokens() == 0) {
    sequence.stats.prefill_seconds = sequence.age.seconds();
    sequence.age = Stopwatch();
  }
  TokenEvent& event = events_.emplace_back();
  event.sequence = sequence.id;
  event.token = token.value_or(kNoToken);
  if (token) {
    sequence.tokens.push_back(*token);
    if (sequence.request.constraint) sequence.request.constraint->accept(*token);
    if (sequence.request.logprobs) report_probabilities(sequence, logits, event);
    event.finish = finish_reason(sequence);
  } else {
    event.finish = FinishReason::NoTokenAllowed;
  }
  if (event.finish) finished_.push_back(sequence.id);
  return {.token = event.token, .goes_on = !event.finish && !switch_rope(sequence)};
}

std::optional<std::int32_t> Engine::sample(const Sequence& sequence,
                                           std::span<const float> logits) {
  const Request& request = sequence.request;
  TokenLimits limits;
  if (request.constraint) limits.allowed = request.constraint->allowed();
  if (sequence.new_tokens() < request.min_tokens) limits.suppressed = request.stop_ids;
  return sampler_.sample(logits, sequence.tokens, request.sampling, limits);
}

// A sequence that outgrows the short rotation is computed again: its keys are of no more use.
// Returns whether it does.
bool Engine::switch_rope(Sequence& sequence) {
  if (sequence.is_long_rope || !needs_long_rope(sequence.token_count())) return false;
  sequence.is_long_rope = true;
  sequence.cached = 0;
  sequence.written = 0;
  return true;
}

std::optional<FinishReason> Engine::finish_reason(const Sequence& sequence) const {
  const Request& request = sequence.request;
  if (std::ranges::find(request.stop_ids, sequence.tokens.back()) != request.stop_ids.end()) {
    return FinishReason::Stop;
  }
  if (request.max_tokens >= 0 && sequence.new_tokens() >= request.max_tokens) {
    return FinishReason::Length;
  }
  // The token just sampled needs a place of its own before another can follow.
  if (sequence.token_count() >= context_tokens()) return FinishReason::ContextFull;
  return std::nullopt;
}

void Engine::report_probabilities(const Sequence& sequence, std::span<const float> logits,
                                  TokenEvent& event) {
  event.logprob = static_cast<float>(log_probability(logits, event.token));
  const std::int64_t count =
      std::min<std::int64_t>(*sequence.request.logprobs, static_cast<std::int64_t>(logits.size()));
  if (count == 0) return;
  Candidates candidates(static_cast<std::int64_t>(logits.size()));
  candidates.assign(logits);
  const double shift = log_probability(logits, 0) - static_cast<double>(logits[0]);
  candidates.keep_likeliest(static_cast<std::size_t>(count));
  for (const Candidate& item : candidates.items()) {
    event.likeliest.push_back(
        {item.id, static_cast<float>(static_cast<double>(item.logit) + shift)});
  }
}

void Engine::retire_finished() {
  for (const SequenceId id : finished_) {
    const auto found = std::ranges::find(sequences_, id, &Sequence::id);
    retire(*found);
    sequences_.erase(found);
  }
  finished_.clear();
}

// Keeps tokens and blocks for a prompt that begins the same way.
void Engine::retire(Sequence& sequence) {
  sequence.stats.new_tokens = sequence.new_tokens();
  if (sequence.new_tokens() > 0) sequence.stats.decode_seconds = sequence.age.seconds();
  last_stats_ = sequence.stats;
  if (speculation_) speculation_->end(sequence);
  pools_.free(retained_.blocks);
  retained_ = std::move(sequence);
}

void Engine::cancel(SequenceId id) {
  const auto found = std::ranges::find(sequences_, id, &Sequence::id);
  if (found == sequences_.end()) return;
  retire(*found);
  sequences_.erase(found);
}

// After an error: what the pass left in sequences and cache is in doubt.
void Engine::end_all() {
  finished_.clear();
  for (Sequence& sequence : sequences_) retire(sequence);
  sequences_.clear();
  pools_.free(retained_.blocks);
  retained_ = {};
}

bool Engine::check_integrity() const {
  std::vector<const SequenceBlocks*> owners{&retained_.blocks};
  for (const Sequence& sequence : sequences_) owners.push_back(&sequence.blocks);
  return pools_.check_integrity(owners);
}

}  // namespace bantam::engine
