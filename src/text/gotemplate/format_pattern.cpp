// sprintf: the pattern of conversions.
#include <charconv>

#include "base/format.h"
#include "base/utf8.h"
#include "text/gotemplate/format_spec.h"

namespace bantam::gotemplate {
namespace {

using jinja::Fault;

constexpr int kMostWidth = 1'000'000;  // Go's own bound

class Pattern {
 public:
  Pattern(Runtime& runtime, const Text& pattern, std::span<const Value> values)
      : runtime_(runtime), pattern_(pattern), values_(values), out_(runtime) {}

  Text run() {
    const std::string_view bytes = pattern_.bytes;
    while (at_ < bytes.size()) {
      const std::size_t percent = std::min(bytes.find('%', at_), bytes.size());
      out_.append(pattern_, at_, percent);
      at_ = percent;
      if (at_ < bytes.size()) convert();
    }
    report_extra();
    return out_.take();
  }

 private:
  char peek() const { return at_ < pattern_.bytes.size() ? pattern_.bytes[at_] : '\0'; }

  void convert() {
    ++at_;
    FormatSpec spec;
    read_flags(spec);
    read_width(spec);
    if (peek() == '.') {
      ++at_;
      spec.precision = 0;
      read_number(spec.precision, "%!(BADPREC)");
      if (spec.precision && *spec.precision < 0) spec.precision.reset();
    }
    if (at_ == pattern_.bytes.size()) return out_.append("%!(NOVERB)");
    if (peek() == '[') runtime_.fail(Fault::Unsupported, "an index in a format");
    const auto step = read_utf8(std::string_view(pattern_.bytes).substr(at_));
    const std::string verb = pattern_.bytes.substr(at_, step.length);
    at_ += step.length;
    if (verb == "%") return out_.append("%");
    if (next_ == values_.size()) return out_.append("%!" + verb + "(MISSING)");
    apply(spec, verb, values_[next_++]);
  }

  void apply(FormatSpec& spec, const std::string& verb, const Value& value) {
    spec.verb = verb.size() == 1 ? verb[0] : '\0';
    if (spec.verb == 'T') return out_.append(type_name(value));
    const bool is_go_syntax = spec.sharp && (spec.verb == 'v' || spec.verb == 'q' ||
                                             spec.verb == 's' || spec.verb == 'U');
    const bool is_hex_real =
        std::holds_alternative<double>(value) &&
        (spec.verb == 'x' || spec.verb == 'X' || spec.verb == 'b' || spec.sharp);
    const bool is_ascii_quote = spec.plus && spec.verb == 'q';
    if (spec.verb == 'p' || is_go_syntax || is_hex_real || is_ascii_quote) {
      runtime_.fail(Fault::Unsupported, format("the conversion {} with these flags", verb));
    }
    if (spec.verb == '\0') return out_.append("%!" + verb + "(" + type_name(value) + ")");
    spec.names_fields = spec.plus && spec.verb == 'v';
    spec.plus = spec.plus && !spec.names_fields;
    format_value(runtime_, out_, value, spec);
  }

  void read_flags(FormatSpec& spec) {
    for (;; ++at_) {
      switch (peek()) {
        case '-':
          spec.minus = true;
          break;
        case '+':
          spec.plus = true;
          break;
        case '#':
          spec.sharp = true;
          break;
        case ' ':
          spec.space = true;
          break;
        case '0':
          spec.zero = true;
          break;
        default:
          return;
      }
    }
  }

  void read_width(FormatSpec& spec) {
    read_number(spec.width, "%!(BADWIDTH)");
    if (spec.width && *spec.width < 0) {
      spec.width = -*spec.width;
      spec.minus = true;
    }
  }

  // Digits, or * for the next value.
  void read_number(std::optional<int>& number, const char* complaint) {
    if (peek() == '*') {
      ++at_;
      const auto* given =
          next_ < values_.size() ? std::get_if<std::int64_t>(&values_[next_]) : nullptr;
      if (next_ < values_.size()) ++next_;
      const bool is_usable = given != nullptr && *given >= -kMostWidth && *given <= kMostWidth;
      if (!is_usable) return out_.append(complaint);
      number = static_cast<int>(*given);
      return;
    }
    int value = 0;
    const char* const begin = pattern_.bytes.data() + at_;
    const char* const limit = pattern_.bytes.data() + pattern_.bytes.size();
    if (peek() < '0' || peek() > '9') return;
    const auto [end, error] = std::from_chars(begin, limit, value);
    if (error != std::errc() || value > kMostWidth) {
      runtime_.fail(Fault::Limit, format("a width of more than {} in a format", kMostWidth));
    }
    number = value;
    at_ += static_cast<std::size_t>(end - begin);
  }

  void report_extra() {
    if (next_ == values_.size()) return;
    out_.append("%!(EXTRA ");
    for (std::size_t i = next_; i < values_.size(); ++i) {
      if (i > next_) out_.append(", ");
      if (is_nothing(values_[i])) {
        out_.append("<nil>");
        continue;
      }
      out_.append(type_name(values_[i]) + "=");
      format_value(runtime_, out_, values_[i], {});
    }
    out_.append(")");
  }

  Runtime& runtime_;
  const Text& pattern_;
  std::span<const Value> values_;
  TextBuilder out_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
};

}  // namespace

Text sprintf(Runtime& runtime, const Text& pattern, std::span<const Value> values) {
  return Pattern(runtime, pattern, values).run();
}

}  // namespace bantam::gotemplate
