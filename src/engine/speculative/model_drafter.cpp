#include "engine/speculative/model_drafter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/format.h"

namespace bantam::engine {
namespace {

bool is_float(DType type) {
  return type == DType::F32 || type == DType::F16 || type == DType::BF16;
}

ExecutorOptions draft_executor_options(const model::Model& model, ExecutorOptions options,
                                       const ModelDrafterOptions& drafting) {
  if (model.spec().has_position_embedding) {
    options.context_tokens = std::min(options.context_tokens, model.spec().context_length);
  }
  // There are blocks for the window of a pass of this size, and so for that of a guess.
  options.batch_tokens = std::max(options.batch_tokens, drafting.draft_max + 1);
  options.output_rows = drafting.sequences_max;
  options.sequences = drafting.sequences_max;
  options.block_count = drafting.sequences_max * model::blocks_for(options.context_tokens);
  // Its heads may not fit the other model's quantized cache.
  if (!is_float(options.key_type)) options.key_type = DType::F16;
  if (!is_float(options.value_type)) options.value_type = DType::F16;
  return options;
}

}  // namespace

ModelDrafter::ModelDrafter(std::shared_ptr<const model::Model> model,
                           const ExecutorOptions& executor, const ModelDrafterOptions& options,
                           ThreadPool& pool)
    : executor_(model, draft_executor_options(*model, executor, options), &pool),
      pools_(executor_.cache_layout(), executor_.plan().cache_blocks),
      sampler_(model->spec().vocabulary_size),
      draft_max_(options.draft_max),
      vocabulary_size_(std::min(model->spec().vocabulary_size, options.vocabulary_size)) {
  if (pools_.has_states()) {
    throw Error(ErrorCode::Unsupported,
                format("{}: found layers with a recurrent state, which cannot take a guess back; "
                       "expected a draft model without",
                       model->file().name()));
  }
  const std::int64_t context = executor_.options().context_tokens;
  slots_.resize(static_cast<std::size_t>(options.sequences_max));
  for (Slot& slot : slots_) {
    pools_.reserve(slot.blocks, context);
    slot.tokens.reserve(static_cast<std::size_t>(context + options.draft_max));
  }
  const auto rows = static_cast<std::size_t>(executor_.options().batch_tokens);
  tokens_.reserve(rows);
  positions_.reserve(rows);
  output_rows_.reserve(slots_.size());
  slices_.reserve(slots_.size());
  outputs_.reserve(slots_.size());
}

ModelDrafter::Slot& ModelDrafter::slot(SequenceId sequence) {
  const auto found = std::ranges::find(slots_, std::optional(sequence), &Slot::sequence);
  BANTAM_CHECK(found != slots_.end(), "a guess is for a sequence that began");
  return *found;
}

void ModelDrafter::begin(SequenceId sequence, std::int64_t tokens_max) {
  const auto found = std::ranges::find_if(slots_, [](const Slot& slot) { return !slot.sequence; });
  BANTAM_CHECK(found != slots_.end(), "there are no more sequences than slots");
  found->sequence = sequence;
  found->checked = 0;
  found->is_lost = false;
  // One rotation for its whole life: what is computed again costs more than a poorer guess.
  const auto boundary = model::long_rope_boundary(executor_.model().spec());
  const bool is_long_rope = boundary && tokens_max > *boundary;
  if (is_long_rope != found->is_long_rope) found->cached = 0;
  found->is_long_rope = is_long_rope;
}

void ModelDrafter::end(SequenceId sequence) { slot(sequence).sequence.reset(); }

std::optional<std::size_t> ModelDrafter::kind(SequenceId sequence,
                                              std::span<const std::int32_t> tokens) {
  Slot& own = slot(sequence);
  for (; own.checked < tokens.size() && tokens[own.checked] < vocabulary_size_; ++own.checked) {
  }
  const bool is_known = own.checked == tokens.size();
  if (own.is_lost || !is_known || std::ssize(tokens) > executor_.options().context_tokens)
    return std::nullopt;
  return 0;
}

double ModelDrafter::expected_acceptance(std::size_t) const { return 0.7; }

// Keeps what the cache has in common with `tokens`; the last one is always computed.
void ModelDrafter::follow(Slot& slot, std::span<const std::int32_t> tokens) const {
  const auto mine = std::ranges::mismatch(slot.tokens, tokens).in1;
  const std::int64_t shared = std::min({static_cast<std::int64_t>(mine - slot.tokens.begin()),
                                        slot.cached, static_cast<std::int64_t>(tokens.size()) - 1});
  slot.cached = pools_.reusable(slot.blocks, shared);
  slot.tokens.assign(tokens.begin(), tokens.end());
}

void ModelDrafter::draft(std::span<const DraftRequest> requests) {
  for (const DraftRequest& request : requests) follow(slot(request.sequence), request.tokens);
  while (run_pass(requests)) {
  }
}

// As many of the slot's pending tokens as there is room for.
void ModelDrafter::add_slice(Slot& slot) {
  const std::int64_t room =
      executor_.options().batch_tokens - static_cast<std::int64_t>(tokens_.size());
  const std::int64_t count = std::min(slot.pending(), room);
  // A guess is taken back where the model that checks says otherwise.
  const std::int64_t guessed =
      std::min({draft_max_, executor_.options().batch_tokens - count, slot.cached});
  BANTAM_CHECK(pools_.try_prepare(slot.blocks, {slot.cached, slot.cached + count, guessed}),
               "the cache holds every sequence");
  slices_.push_back({.first_row = static_cast<std::int64_t>(tokens_.size()),
                     .row_count = count,
                     .first_position = slot.cached,
                     .blocks = slot.blocks.tables(),
                     .is_long_rope = slot.is_long_rope});
  for (std::int64_t i = 0; i < count; ++i) {
    tokens_.push_back(slot.tokens[static_cast<std::size_t>(slot.cached + i)]);
    positions_.push_back(static_cast<std::int32_t>(slot.cached + i));
  }
  slot.cached += count;
}

// One more token for each request that is not full, or a part of what lies before it. Returns
// whether there was anything to do.
bool ModelDrafter::run_pass(std::span<const DraftRequest> requests) {
  const ExecutorOptions& limits = executor_.options();
  tokens_.clear();
  positions_.clear();
  output_rows_.clear();
  slices_.clear();
  outputs_.clear();
  for (const DraftRequest& request : requests) {
    Slot& own = slot(request.sequence);
    const bool is_full = own.is_lost || std::ssize(*request.draft) == request.count ||
                         std::ssize(own.tokens) > limits.context_tokens;
    if (is_full || std::ssize(tokens_) == limits.batch_tokens) continue;
    add_slice(own);
    if (own.pending() > 0) continue;
    output_rows_.push_back(static_cast<std::int32_t>(tokens_.size()) - 1);
    outputs_.push_back(&request);
  }
  if (slices_.empty()) return false;
  const Stopwatch watch;
  const Tensor logits = executor_.run(
      {.tokens = tokens_, .positions = positions_, .slices = slices_, .output_rows = output_rows_});
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const std::span<const float> row(logits.float_row(static_cast<std::int64_t>(i)),
                                     static_cast<std::size_t>(vocabulary_size_));
    choose(*outputs_[i], row);
  }
  // Passes that catch up say nothing about those that guess.
  if (tokens_.size() == outputs_.size()) {
    measure(watch.seconds() / static_cast<double>(outputs_.size()));
  }
  return true;
}

void ModelDrafter::give_up(Slot& slot) {
  slot.is_lost = true;
  slot.cached = 0;  // its keys may be no numbers
}

void ModelDrafter::choose(const DraftRequest& request, std::span<const float> logits) {
  Slot& own = slot(request.sequence);
  if (!std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); })) {
    return give_up(own);
  }
  const auto token = sampler_.sample(logits, own.tokens, *request.sampling);
  if (!token) return give_up(own);  // all it knows is banned
  own.tokens.push_back(*token);
  request.draft->push_back(*token);
}

void ModelDrafter::measure(double seconds) {
  // Whatever disturbs a measurement makes it longer.
  const double rate = seconds_per_token_ == 0 ? 1 : seconds < seconds_per_token_ ? 0.5 : 0.1;
  seconds_per_token_ += (seconds - seconds_per_token_) * rate;
}

}  // namespace bantam::engine
