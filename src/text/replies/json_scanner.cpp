#include "text/replies/json_scanner.h"

namespace bantam::replies {
namespace {

constexpr std::string_view kNumber = "+-.0123456789Ee";
constexpr std::size_t kNumberBytesMax = 400;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// A number, or a beginning of one of the three literals.
bool is_word(std::string_view word) {
  if (word.find_first_not_of(kNumber) == word.npos) return word.size() <= kNumberBytesMax;
  for (const std::string_view literal : {"true", "false", "null"}) {
    if (literal.starts_with(word)) return true;
  }
  return false;
}

}  // namespace

JsonScanner::State JsonScanner::scan(std::string_view text) {
  while (state_ == State::More && offset_ < text.size()) {
    if (!take(text[offset_])) {
      state_ = State::Failed;
      break;
    }
    ++offset_;
  }
  return state_;
}

bool JsonScanner::take(char c) {
  if (in_string_) return take_in_string(c);
  if (!word_.empty() && (c == '"' || c == ':' || c == '{' || c == '[')) return false;
  if (!word_.empty() && !is_space(c) && c != ',' && c != '}' && c != ']') return take_in_word(c);
  if (!word_.empty()) {
    if (word_[0] >= 'a' && word_ != "true" && word_ != "false" && word_ != "null") return false;
    word_.clear();
    end_value();
  }
  if (is_space(c)) return true;
  switch (want_) {
    case Want::Value:
      return begin_value(c);
    case Want::ValueOrEnd:
      return c == ']' ? close(c) : begin_value(c);
    case Want::Key:
    case Want::KeyOrEnd:
      if (c == '}') return want_ == Want::KeyOrEnd && close(c);
      in_string_ = is_key_ = true;
      return c == '"';
    case Want::Colon:
      want_ = Want::Value;
      return c == ':';
    case Want::CommaOrEnd:
      if (c != ',') return close(c);
      want_ = open_.back() == '{' ? Want::Key : Want::Value;
      return true;
  }
  return false;
}

bool JsonScanner::take_in_string(char c) {
  if (static_cast<unsigned char>(c) < 0x20) return false;
  if (is_escaped_) {
    is_escaped_ = false;
    return std::string_view("\"\\/bfnrtu").find(c) != std::string_view::npos;
  }
  if (c == '\\') {
    is_escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
    if (is_key_) {
      is_key_ = false;
      want_ = Want::Colon;
    } else {
      end_value();
    }
  }
  return true;
}

bool JsonScanner::take_in_word(char c) {
  word_ += c;
  return is_word(word_);
}

bool JsonScanner::begin_value(char c) {
  if (c == '{' || c == '[') {
    if (open_.size() == kDepthMax) return false;
    open_ += c;
    want_ = c == '{' ? Want::KeyOrEnd : Want::ValueOrEnd;
    return true;
  }
  if (open_.empty()) return false;
  if (c == '"') {
    in_string_ = true;
    return true;
  }
  return take_in_word(c);
}

bool JsonScanner::close(char bracket) {
  if (bracket != (open_.back() == '{' ? '}' : ']')) return false;
  open_.pop_back();
  end_value();
  return true;
}

void JsonScanner::end_value() {
  if (open_.empty()) {
    state_ = State::Done;
  } else {
    want_ = Want::CommaOrEnd;
  }
}

}  // namespace bantam::replies
