#include "text/replies/reply_parser.h"

#include <algorithm>
#include <utility>

#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

// Trailing white space, at most so much.
std::size_t trailing_space(std::string_view text, std::size_t max) {
  std::size_t count = 0;
  while (count < max && count < text.size() &&
         kSpace.find(text[text.size() - 1 - count]) != kSpace.npos) {
    ++count;
  }
  return count;
}

}  // namespace

ReplyParser::ReplyParser(const ReplyFormat& format, const ReplyOptions& options)
    : dialect_(format.dialect), options_(options), id_style_(format.call_ids) {
  has_blocks_ = dialect_ && (!options.tools.empty() || dialect_->opens_thinking);
  if (has_blocks_) {
    for (const std::string_view text : dialect_->opens) add_marker(text, Role::OpenBlock);
    for (const std::string_view text : dialect_->lead_opens) add_marker(text, Role::LeadBlock);
    for (const std::string_view text : dialect_->closers) add_marker(text, Role::Closer);
  }
  if (format.thinking) {
    if (!format.thinking->open.empty()) add_marker(format.thinking->open, Role::OpenThinking);
    add_marker(format.thinking->close, Role::CloseThinking);
  }
  if (dialect_) {
    for (const std::string_view text : dialect_->punctuation) add_marker(text, Role::Punctuation);
  }
  for (const std::string_view text : format.dropped) add_marker(text, Role::Punctuation);
  for (Marker& marker : markers_) {
    marker.is_control = !options.reads_spelled_markers && format.is_control_marker(marker.text);
  }
  if (options.starts_thinking) {
    state_ = State::Thinking;
    skips_space_ = true;
  }
}

void ReplyParser::add_marker(std::string_view text, Role role) {
  markers_.push_back({.text = text, .role = role, .is_control = false});
}

std::vector<ReplyEvent> ReplyParser::push(std::string_view text, PieceKind kind) {
  if (text.empty()) return {};
  if (kind == PieceKind::Control) control_.push_back({base_ + held_.size(), text.size()});
  held_ += text;
  advance(false);
  return std::exchange(events_, {});
}

std::vector<ReplyEvent> ReplyParser::finish() {
  advance(true);
  return std::exchange(events_, {});
}

void ReplyParser::advance(bool is_last) {
  for (bool goes_on = true; goes_on;) {
    if (state_ == State::Block) {
      goes_on = step_block(is_last);
    } else if (state_ == State::Thinking) {
      goes_on = step_thinking(is_last);
    } else {
      goes_on = is_lead_ ? step_lead(is_last) : step_content(is_last);
    }
  }
  base_ += at_;
  held_.erase(0, at_);
  at_ = 0;
  control_.erase(control_.begin(), control_.begin() + static_cast<std::ptrdiff_t>(next_control_));
  next_control_ = 0;
}

bool ReplyParser::step_block(bool is_last) {
  const std::string_view block = rest().substr(0, kBlockBytesMax);
  BlockProgress progress = reader_->read(block, is_last);
  if (progress.state == BlockProgress::State::More) {
    if (!is_last && block.size() < kBlockBytesMax) return false;
    progress = failed_at(block.size());
  }
  end_block(std::move(progress));
  return true;
}

void ReplyParser::end_block(BlockProgress progress) {
  reader_.reset();
  const std::size_t bytes = std::max(progress.consumed, marker_bytes_);
  state_ = State::Content;
  is_lead_ = skips_space_ = is_after_call_ = false;
  if (progress.state == BlockProgress::State::Failed) {
    emit_text(space_, false);
    emit(bytes);
    return;
  }
  for (ReadCall& call : progress.calls) {
    events_.emplace_back(ToolCall{.index = call_count_,
                                  .id = make_call_id(id_style_, options_.id_seed, call_count_),
                                  .name = std::move(call.name),
                                  .arguments = std::move(call.arguments),
                                  .begin = position(),
                                  .end = position() + bytes});
    ++call_count_;
  }
  skip(bytes);
  is_after_call_ = is_lead_ = !progress.calls.empty();
  skips_space_ = is_lead_ || progress.thinking_follows;
  if (progress.thinking_follows) state_ = State::Thinking;
}

// The beginning of content, where some markers count that nowhere else do.
bool ReplyParser::step_lead(bool is_last) {
  std::size_t space = skip_space(rest(), 0);
  if (skips_space_) skip(std::exchange(space, 0));
  if (rest().empty()) return false;
  if (space == rest().size() && space <= kSpaceBytesMax && !is_last) return false;
  const std::size_t begin = position() + space;
  Hit hit;
  bool may_match = false;
  if (next_control_ < control_.size() && control_[next_control_].begin == begin) {
    hit = control_hit(control_[next_control_]);
  } else if (space <= kSpaceBytesMax) {
    for (const Marker& marker : markers_) {
      if (marker.is_control || !is_active(marker)) continue;
      const Match match = match_at(rest(), space, marker.text);
      if (match == Match::Maybe && space < rest().size()) may_match = true;
      if (match == Match::Yes && marker.text.size() > hit.text.size()) {
        hit = {.begin = begin, .text = marker.text, .role = marker.role};
      }
    }
  }
  if (!hit.text.empty()) {
    emit_before(space, hit.role != Role::None);
    follow(hit);
    return true;
  }
  if (may_match && !is_last) return false;
  is_lead_ = skips_space_ = is_after_call_ = false;
  return true;
}

bool ReplyParser::step_content(bool is_last) {
  Hit hit;
  if (find_hit(hit)) {
    emit_before(hit.begin - position(), hit.role != Role::None);
    follow(hit);
    return true;
  }
  emit(rest().size() - (is_last ? 0 : held_back()));
  return false;
}

bool ReplyParser::step_thinking(bool is_last) {
  if (skips_space_) {
    skip(skip_space(rest(), 0));
    if (rest().empty()) return false;
    skips_space_ = false;
  }
  Hit hit;
  if (find_hit(hit)) {
    emit_before(hit.begin - position(), hit.role != Role::None);
    space_.clear();
    follow(hit);
    return true;
  }
  emit(rest().size() - (is_last ? 0 : held_back()));
  return false;
}

void ReplyParser::follow(const Hit& hit) {
  const bool is_block = hit.role == Role::OpenBlock || hit.role == Role::LeadBlock;
  if (is_block) {
    state_ = State::Block;
    marker_bytes_ = hit.text.size();
    // The marker's own text, since the reader may keep it.
    const auto own = std::find_if(markers_.begin(), markers_.end(),
                                  [&](const Marker& marker) { return marker.text == hit.text; });
    reader_ = dialect_->make_reader(own->text, options_.tools);
    return;
  }
  skip(hit.text.size());
  if (hit.role == Role::None || hit.role == Role::Punctuation || hit.role == Role::Closer) return;
  state_ = hit.role == Role::OpenThinking ? State::Thinking : State::Content;
  skips_space_ = true;
  is_lead_ = true;
  is_after_call_ = false;
}

// Whether the text of a marker means something here.
bool ReplyParser::is_active(const Marker& marker) const {
  if (state_ == State::Thinking) return marker.role == Role::CloseThinking;
  switch (marker.role) {
    case Role::OpenBlock:
    case Role::Punctuation:
      return true;
    case Role::LeadBlock:
    case Role::OpenThinking:
      return is_lead_;
    case Role::Closer:
      return is_after_call_;
    case Role::CloseThinking:
    case Role::None:
      return false;
  }
  return false;
}

bool ReplyParser::find_text(Marker& marker, std::size_t& begin) {
  const std::size_t from = std::max(marker.next, position());
  if (!marker.is_found || marker.next < position()) {
    const std::size_t found = held_.find(marker.text, from - base_);
    marker.is_found = found != held_.npos;
    const std::size_t end = base_ + held_.size();
    marker.next = marker.is_found ? base_ + found
                                  : std::max(from, end - std::min(end, marker.text.size() - 1));
  }
  begin = marker.next;
  return marker.is_found;
}

// The first marker or control token of what is held.
bool ReplyParser::find_hit(Hit& hit) {
  bool is_found = false;
  if (next_control_ < control_.size()) {
    hit = control_hit(control_[next_control_]);
    is_found = true;
  }
  for (Marker& marker : markers_) {
    std::size_t begin = 0;
    if (marker.is_control || !is_active(marker) || !find_text(marker, begin)) continue;
    if (is_found && begin >= hit.begin) continue;
    hit = {.begin = begin, .text = marker.text, .role = marker.role};
    is_found = true;
  }
  return is_found;
}

// What a control token means here. Views held_.
ReplyParser::Hit ReplyParser::control_hit(const ControlPiece& piece) const {
  const std::string_view text = std::string_view(held_).substr(piece.begin - base_, piece.bytes);
  const bool is_thinking = state_ == State::Thinking;
  for (const Marker& marker : markers_) {
    if (marker.text != text) continue;
    const bool closes = marker.role == Role::CloseThinking;
    const bool opens = marker.role == Role::OpenBlock || marker.role == Role::OpenThinking;
    if (is_thinking ? closes || marker.role == Role::OpenBlock : opens || is_active(marker)) {
      return {.begin = piece.begin, .text = text, .role = marker.role};
    }
  }
  return {.begin = piece.begin, .text = text, .role = Role::None};
}

std::size_t ReplyParser::held_back() const {
  const std::string_view text = rest();
  std::size_t kept = 0;
  for (const Marker& marker : markers_) {
    if (marker.is_control || !is_active(marker)) continue;
    std::size_t length = std::min(marker.text.size() - 1, text.size());
    for (; length > kept; --length) {
      if (text.ends_with(marker.text.substr(0, length))) kept = length;
    }
  }
  if (markers_.empty()) return kept;
  return kept + trailing_space(text.substr(0, text.size() - kept), kSpaceBytesMax);
}

void ReplyParser::skip(std::size_t bytes) {
  at_ += bytes;
  while (next_control_ < control_.size() && control_[next_control_].begin < position()) {
    ++next_control_;
  }
}

void ReplyParser::emit(std::size_t bytes) {
  emit_text(rest().substr(0, bytes), state_ == State::Thinking);
  skip(bytes);
}

void ReplyParser::emit_before(std::size_t bytes, bool trims_space) {
  const std::size_t space =
      trims_space ? trailing_space(rest().substr(0, bytes), kSpaceBytesMax) : 0;
  emit(bytes - space);
  space_ = rest().substr(0, space);
  skip(space);
}

void ReplyParser::emit_text(std::string_view text, bool is_thinking) {
  if (text.empty()) return;
  if (is_thinking) {
    if (!events_.empty() && std::holds_alternative<ThinkingText>(events_.back())) {
      std::get<ThinkingText>(events_.back()).text += text;
    } else {
      events_.emplace_back(ThinkingText{std::string(text)});
    }
  } else if (!events_.empty() && std::holds_alternative<ContentText>(events_.back())) {
    std::get<ContentText>(events_.back()).text += text;
  } else {
    events_.emplace_back(ContentText{std::string(text)});
  }
}

// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
std::string make_call_id(CallIdStyle style, std::uint64_t seed, std::size_t index) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  z ^= z >> 31;
  const bool is_prefixed = style == CallIdStyle::Prefixed;
  std::string id = is_prefixed ? "call_" : "";
  for (int i = 0; i < (is_prefixed ? 8 : 9); ++i) {
    id += kLetters[z % kLetters.size()];
    z /= kLetters.size();
  }
  return id;
}

}  // namespace bantam::replies
