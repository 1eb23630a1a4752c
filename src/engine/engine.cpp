#include "engine/engine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace bantam::engine {
namespace {

void check_range(std::string_view name, std::int64_t value, bool is_good,
                 std::string_view expected) {
  if (is_good) return;
  throw Error(ErrorCode::BadInput, format("{}: found {}, expected {}", name, value, expected));
}

EngineOptions completed(EngineOptions options, const model::Model& model) {
  if (!can_speculate(model)) options.speculation.mode = SpeculationMode::Off;
  const bool drafts = options.speculation.mode != SpeculationMode::Off;
  // Beyond what is sensible the speculation refuses it.
  const std::int64_t drafted =
      std::clamp<std::int64_t>(options.speculation.draft_max, 0, kDraftMax);
  const auto check = [](std::string_view name, std::int64_t value, std::int64_t least) {
    check_range(name, value, value >= least, format("{} or more", least));
  };
  check("sequences", options.sequences_max, 1);
  check("waiting", options.waiting_max, 0);
  check("prefill tokens", options.prefill_tokens, 1);
  options.executor.output_rows = options.sequences_max * (drafts ? 1 + drafted : 1);
  options.executor.sequences = options.sequences_max;
  return options;
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
      cache_(executor_),
      sampler_(executor_.model().spec().vocabulary_size) {
  if (options_.speculation.mode != SpeculationMode::Off) {
    speculation_.emplace(options_.speculation, executor_, options_.sequences_max);
  }
  const auto rows = static_cast<std::size_t>(executor_.options().batch_tokens);
  const auto outputs = static_cast<std::size_t>(executor_.options().output_rows);
  // Each that runs has a row in every pass, or one that is always later would starve.
  options_.sequences_max = std::min(options_.sequences_max, executor_.options().batch_tokens);
  const auto sequences = static_cast<std::size_t>(options_.sequences_max);
  sequences_.reserve(sequences);
  scheduled_.reserve(sequences);
  tokens_.reserve(rows);
  positions_.reserve(rows);
  output_rows_.reserve(outputs);
  slices_.reserve(sequences);
  events_.reserve(outputs + sequences);
  finished_.reserve(sequences);
}

SequenceId Engine::submit(Request request) {
  check_prompt(request, executor_.model().spec().vocabulary_size, context_tokens());
  check_sampling_options(request.sampling, executor_.model().spec().vocabulary_size);
  if (is_full()) {
    throw Error(ErrorCode::BadInput,
                format("{} sequences run and {} wait already, the most that this engine was made "
                       "for: wait until one has ended",
                       sequences_.size(), waiting_.size()));
  }
  Sequence sequence;
  sequence.id = next_id_++;
  sequence.tokens = std::exchange(request.prompt, {});
  sequence.prompt_tokens = sequence.token_count();
  sequence.request = std::move(request);
  sequence.stats.prompt_tokens = sequence.prompt_tokens;
  sequence.is_long_rope = needs_long_rope(sequence.prompt_tokens);
  waiting_.push_back(std::move(sequence));
  return waiting_.back().id;
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
  finished_.clear();
  admit();
  if (speculation_) {
    speculation_->draft(sequences_, [&](const Sequence& sequence) { return draft_room(sequence); });
  }
  schedule_pass();
  if (scheduled_.empty()) return {};
  make_batch();
  const Stopwatch watch;
  const Tensor logits = executor_.run(
      {.tokens = tokens_, .positions = positions_, .slices = slices_, .output_rows = output_rows_});
  if (speculation_) speculation_->record_pass(std::ssize(tokens_), watch.seconds());
  ++totals_.passes;
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
  sequence.cached += slice.count;
  cache_.publish(sequence);
  if (!slice.wants_logits) return;
  const auto row_of = [&](std::int64_t row) {
    return std::span(logits.float_row(first_row + row),
                     static_cast<std::size_t>(logits.shape.columns()));
  };
  if (sequence.new_tokens() == 0) fork_followers(sequence, row_of(0));
  sequence.drafts.draft.resize(static_cast<std::size_t>(slice.drafted));
  const std::int64_t accepted = verify(
      sequence.drafts.draft, [&](std::int64_t row) { return commit_token(sequence, row_of(row)); });
  sequence.stats.drafted_tokens += slice.drafted;
  sequence.stats.accepted_tokens += accepted;
  if (speculation_) speculation_->record_draft(sequence, accepted);
  go_on(sequence);
}

// Sequences with the same prompt need no pass of their own: the leader's logits are theirs.
void Engine::fork_followers(const Sequence& leader, std::span<const float> logits) {
  for (Sequence& sequence : sequences_) {
    const bool follows =
        sequence.leader && sequence.leader->sequence == leader.id && sequence.leader->is_same;
    if (!follows || !cache_.try_fork(leader, sequence)) continue;
    sequence.leader.reset();
    sequence.stats.reused_tokens = sequence.prompt_tokens;
    commit_token(sequence, logits);
    go_on(sequence);
  }
}

// After new tokens, whose keys but the last one's are in the cache.
void Engine::go_on(Sequence& sequence) {
  sequence.stats.passes += 1;
  sequence.cached = std::max(sequence.cached, sequence.token_count() - 1);
  const bool has_ended =
      std::ranges::find(finished_, sequence.id, &FinishedSequence::sequence) != finished_.end();
  if (has_ended || !outgrows_rope(sequence)) return;
  // Its keys are turned the short way: all is computed again.
  cache_.end(sequence);
  sequence.is_long_rope = true;
  begin(sequence);
}

bool Engine::outgrows_rope(const Sequence& sequence) const {
  return !sequence.is_long_rope && needs_long_rope(sequence.token_count());
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
  if (event.finish) finished_.push_back({sequence.id, *event.finish, {}});
  return {.token = event.token, .goes_on = !event.finish && !outgrows_rope(sequence)};
}

std::optional<std::int32_t> Engine::sample(const Sequence& sequence,
                                           std::span<const float> logits) {
  const Request& request = sequence.request;
  TokenLimits limits;
  if (request.constraint) limits.allowed = request.constraint->allowed();
  if (sequence.new_tokens() < request.min_tokens) limits.suppressed = request.stop_ids;
  return sampler_.sample(logits, sequence.tokens, request.sampling, limits);
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

}  // namespace bantam::engine
