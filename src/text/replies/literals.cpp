#include "text/replies/literals.h"

#include "text/replies/block_reader.h"
#include "text/replies/json_calls.h"

namespace bantam::replies {

bool LiteralReader::take(char c) { return take(std::string_view(&c, 1)); }

bool LiteralReader::take(std::string_view word) {
  offset_ = skip_space(text_, offset_);
  if (!text_.substr(offset_).starts_with(word)) return false;
  offset_ += word.size();
  return true;
}

bool LiteralReader::is_at_end() {
  offset_ = skip_space(text_, offset_);
  return offset_ == text_.size();
}

std::string_view LiteralReader::name() {
  offset_ = skip_space(text_, offset_);
  const std::size_t begin = offset_;
  offset_ = text_.find_first_of("()[]{}=:,'\"<| \t\r\n", begin);
  if (offset_ == text_.npos) offset_ = text_.size();
  return text_.substr(begin, offset_ - begin);
}

bool LiteralReader::value(std::string& json) {
  if (depth_ == kDepthMax) return false;
  ++depth_;
  bool is_good = false;
  if (take('{')) {
    is_good = members(':', '}', json);
  } else if (take('[')) {
    is_good = list(']', json);
  } else if (form_.quote.empty() && take('(')) {
    is_good = list(')', json);
  } else {
    is_good = string(json) || word(json);
  }
  --depth_;
  return is_good;
}

bool LiteralReader::members(char separator, char close, std::string& json) {
  json += '{';
  for (bool is_first = true; !take(close); is_first = false) {
    if (!is_first) {
      if (!take(',')) return false;
      if (take(close)) break;
      json += ", ";
    }
    if (!key(separator, json) || !take(separator)) return false;
    json += ": ";
    if (!value(json)) return false;
  }
  json += '}';
  return true;
}

bool LiteralReader::list(char close, std::string& json) {
  json += '[';
  for (bool is_first = true; !take(close); is_first = false) {
    if (!is_first) {
      if (!take(',')) return false;
      if (take(close)) break;
      json += ", ";
    }
    if (!value(json)) return false;
  }
  json += ']';
  return true;
}

bool LiteralReader::key(char separator, std::string& json) {
  if (string(json)) return true;
  if (!form_.has_bare_keys && separator != '=') return false;
  const std::string_view bare = name();
  if (bare.empty()) return false;
  json += json_string(bare);
  return true;
}

bool LiteralReader::string(std::string& json) {
  if (form_.quote.empty()) {
    if (take('"')) return python_string('"', json);
    return take('\'') && python_string('\'', json);
  }
  if (!take(form_.quote)) return false;
  const std::size_t end = text_.find(form_.quote, offset_);
  if (end == text_.npos) return false;
  json += json_string(text_.substr(offset_, end - offset_));
  offset_ = end + form_.quote.size();
  return true;
}

// Escapes of Python that JSON has as well are read as JSON's; \' is a quote; others are refused.
bool LiteralReader::python_string(char quote, std::string& json) {
  std::string text = "\"";
  for (; offset_ < text_.size() && text_[offset_] != quote; ++offset_) {
    const char c = text_[offset_];
    if (c == '\\') {
      if (++offset_ == text_.size()) return false;
      if (text_[offset_] != '\'') text += c;
      text += text_[offset_];
    } else if (c == '"') {
      text += "\\\"";
    } else if (c == '\n' || c == '\t' || c == '\r') {
      text += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    } else {
      text += c;
    }
  }
  if (offset_ == text_.size()) return false;
  ++offset_;
  text += '"';
  json += text;
  return is_json(text);
}

bool LiteralReader::word(std::string& json) {
  const std::string_view bare = name();
  if (bare == "True" || bare == "true") {
    json += "true";
  } else if (bare == "False" || bare == "false") {
    json += "false";
  } else if (bare == "None" || bare == "null") {
    json += "null";
  } else if (!bare.empty() && bare.find_first_not_of("+-.0123456789Ee") == bare.npos &&
             is_json(bare)) {
    json += bare;
  } else {
    return false;
  }
  return true;
}

}  // namespace bantam::replies
