// pattern % values.
#include <cmath>
#include <optional>

#include "base/format.h"
#include "text/jinja/builtins/formatting.h"
#include "text/jinja/builtins/layout.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

class PercentFormatter {
 public:
  PercentFormatter(Runtime& runtime, const Value& pattern, const Value& values)
      : runtime_(runtime), pattern_(pattern.text()), values_(values), out_(runtime) {
    if (!values.is(Kind::Tuple)) single_.push_back(values);
  }

  Value run() {
    const std::string& bytes = pattern_.bytes;
    std::size_t done = 0;
    while (true) {
      const std::size_t mark = bytes.find('%', done);
      out_.append(pattern_, done, std::min(mark, bytes.size()));
      if (mark == std::string::npos) break;
      at_ = mark + 1;
      conversion();
      done = at_;
    }
    // Python takes whatever has [] for a mapping, of which nothing need be used.
    const bool mapping = values_.is_undefined() || values_.is(Kind::Dict) ||
                         values_.is(Kind::List) || values_.is(Kind::Range) ||
                         values_.is(Kind::Bytes);
    if (next_ < items().size() && !mapping) {
      runtime_.fail_type("not all arguments converted during string formatting");
    }
    Text text = out_.take();
    text.markup = pattern_.markup;
    return Value(std::make_shared<const Text>(std::move(text)));
  }

 private:
  const std::vector<Value>& items() const {
    return values_.is(Kind::Tuple) ? values_.as<ListObject>().items : single_;
  }
  char peek() const { return at_ < pattern_.bytes.size() ? pattern_.bytes[at_] : '\0'; }

  Value take() {
    if (named_) return *named_;
    if (next_ >= items().size()) runtime_.fail_type("not enough arguments for format string");
    return items()[next_++];
  }

  void name() {
    const std::size_t end = pattern_.bytes.find(')', at_);
    if (end == std::string::npos) runtime_.fail(Fault::Value, "incomplete format key");
    if (!values_.is(Kind::Dict)) runtime_.fail_type("format requires a mapping");
    const auto key = std::string_view(pattern_.bytes).substr(at_ + 1, end - at_ - 1);
    const Value* found = values_.as<DictObject>().find(key);
    if (found == nullptr) runtime_.fail(Fault::Value, format("KeyError: {}", quoted(key)));
    named_ = *found;
    at_ = end + 1;
  }

  int number(int most) {
    if (peek() != '*') return read_number(pattern_.bytes, at_, most, runtime_);
    ++at_;
    const Value value = take();
    if (!value.is_integral()) runtime_.fail_type("* wants int");
    if (value.integer() > most || value.integer() < -most) {
      runtime_.fail(Fault::Limit, format("a width or precision of more than {}", most));
    }
    return static_cast<int>(value.integer());
  }

  void conversion() {
    named_.reset();
    Layout layout;
    layout.align = '>';
    if (peek() == '(') name();
    bool zero = false;
    for (; is_one_of(peek(), "-+ #0"); ++at_) {
      if (peek() == '-') layout.align = '<';
      if (peek() == '+' || (peek() == ' ' && layout.sign != '+')) layout.sign = peek();
      if (peek() == '#') layout.alternate = true;
      if (peek() == '0') zero = true;
    }
    layout.width = number(kMostWidth);
    if (layout.width < 0) {
      layout.align = '<';
      layout.width = -layout.width;
    }
    if (peek() == '.') {
      ++at_;
      layout.precision = std::max(0, number(kMostPrecision));
    }
    while (is_one_of(peek(), "hlL")) ++at_;
    if (at_ >= pattern_.bytes.size()) runtime_.fail(Fault::Value, "incomplete format");
    layout.type = pattern_.bytes[at_++];
    convert(layout, zero);
  }

  void convert(Layout layout, bool zero) {
    if (layout.type == '%') return out_.append("%");
    if (is_one_of(layout.type, "sra")) {
      Value value = take();
      if (layout.type != 's') value = runtime_.make_text(repr(runtime_, value));
      TextPtr text = str(runtime_, value);
      if (pattern_.markup) text = escape_html(runtime_, value).text_ptr();
      return out_.append(laid_out_text(runtime_, layout, text).text());
    }
    if (layout.type == 'c') return character(layout);
    const Value value = take();
    if (value.is_undefined()) runtime_.fail_undefined(value);
    if (!is_one_of(layout.type, "diuoxXeEfFgG")) {
      runtime_.fail(Fault::Value, "unsupported format character");
    }
    if (!value.is_number()) {
      runtime_.fail_type(format("%{} format: a real number is required, not {}",
                                std::string(1, layout.type), type_name(value)));
    }
    if (zero && layout.align != '<') {
      layout.fill.assign(1, '0');
      layout.align = '=';
    }
    if (is_one_of(layout.type, "eEfFgG")) {
      return out_.append(
          laid_out_number(runtime_, layout, real_number(value.real(), layout)).text());
    }
    if (value.is(Kind::Float) && !is_one_of(layout.type, "diu")) {
      runtime_.fail_type(
          format("%{} format: an integer is required, not float", std::string(1, layout.type)));
    }
    if (is_one_of(layout.type, "diu")) layout.type = 'd';
    const Integer whole = value.is(Kind::Float) ? truncated(value.real()) : value.integer();
    out_.append(laid_out_number(runtime_, layout, integer_number(whole, layout)).text());
  }

  Integer truncated(double value) {
    if (!(std::fabs(value) < 1e38)) runtime_.fail(Fault::Value, "float too large for an integer");
    return static_cast<Integer>(value);
  }

  void character(const Layout& layout) {
    const Value value = take();
    Text text;
    if (value.is_text() && count_code_points(value.text().bytes) == 1) {
      text = value.text();
    } else if (value.is_integral() && value.integer() >= 0 && value.integer() < 0x110000 &&
               !(value.integer() >= 0xD800 && value.integer() < 0xE000)) {
      std::string bytes;
      append_utf8(bytes, static_cast<char32_t>(value.integer()));
      // A number may have been anybody's, so the character is not the template's.
      text.append(bytes, Origin::User);
    } else {
      runtime_.fail_type("%c requires int or char");
    }
    out_.append(lay_out(runtime_, layout, "", text, layout.align).text());
  }

  Runtime& runtime_;
  const Text& pattern_;
  const Value& values_;
  std::vector<Value> single_;
  TextBuilder out_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  std::optional<Value> named_;
};

}  // namespace

Value percent_format(Runtime& runtime, const Value& pattern, const Value& values) {
  return PercentFormatter(runtime, pattern, values).run();
}

}  // namespace bantam::jinja
