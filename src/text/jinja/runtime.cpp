#include "text/jinja/runtime.h"

#include <cmath>

#include "base/format.h"
#include "text/jinja/values/print.h"

namespace bantam::jinja {

void Runtime::fail(Fault fault, const std::string& message) const {
  throw TemplateError(fault, line, message);
}

void Runtime::fail_undefined(const Value& value) const {
  const UndefinedInfo* info = value.undefined_info();
  if (info == nullptr) fail(Fault::Undefined, "value is undefined");
  fail(info->forbidden ? Fault::Security : Fault::Undefined, info->message);
}

void Runtime::spent(const char* what, std::int64_t limit) const {
  fail(Fault::Limit, format("the template used more than {} {}", limit, what));
}

void Nesting::too_deep() {
  --runtime_.nesting_;
  runtime_.fail(Fault::Limit, format("more than {} levels of nesting", runtime_.limits_.nesting));
}

ListObject* Runtime::make_list(std::vector<Value> items, Kind kind) {
  charge(items.size() * sizeof(Value));
  auto* list = make<ListObject>(kind);
  list->items = std::move(items);
  return list;
}

Value Runtime::make_text(std::string bytes, Origin origin) {
  charge(bytes.size() + sizeof(Text));
  Text text;
  text.append(bytes, origin);
  return Value(std::make_shared<const Text>(std::move(text)));
}

Value Runtime::make_text(Text text) {
  charge(text.bytes.size() + sizeof(Text));
  return Value(std::make_shared<const Text>(std::move(text)));
}

Value Runtime::undefined(std::string message, bool forbidden) {
  charge(sizeof(UndefinedInfo) + message.size());
  undefined_.push_back(
      std::make_unique<UndefinedInfo>(UndefinedInfo{std::move(message), forbidden}));
  return Value(Undefined{undefined_.back().get()});
}

Value Runtime::missing(const Value& of, const Value& key) {
  if (of.is_undefined()) fail_undefined(of);
  if (key.is_text()) return missing(of, key.text().bytes);
  return undefined(format("{} has no element {}", type_description(of), repr(*this, key).bytes));
}

Value Runtime::missing(const Value& of, std::string_view attribute) {
  if (of.is_undefined()) fail_undefined(of);
  return undefined(
      format("'{}' has no attribute '{}'", type_description(of), attribute.substr(0, 200)));
}

void TextBuilder::append_repeated(const Text& text, std::size_t count) {
  if (text.bytes.empty() || count == 0) return;
  if (count > static_cast<std::size_t>(runtime_.limits().work) / text.bytes.size()) {
    runtime_.fail(Fault::Limit, format("a text of {} times {} bytes", count, text.bytes.size()));
  }
  for (std::size_t i = 0; i < count; ++i) append(text);
}

}  // namespace bantam::jinja
