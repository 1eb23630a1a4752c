// What one rendering owns: its objects, its budget and where it is in the template.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/builtins/calendar.h"
#include "text/jinja/error.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

// What a rendering may use before it ends with a Limit fault.
struct Limits {
  std::int64_t steps = 1'000'000;  // nodes evaluated and items visited
  std::int64_t work = 32 << 20;    // bytes of values made or compared, freed or not
  std::size_t output = 1 << 20;    // bytes of text
  int calls = 64;                  // macros and recursive loops inside each other
  int nesting = 256;               // nodes inside each other: 160 KiB of stack
  int values = 64;                 // lists and dicts inside each other
  std::size_t range = 10'000;      // items of range()
};

// Owned by the thread that renders. Everything made here lives until the rendering ends, so that no
// chain of references, however long or circular, is ever followed to free it.
class Runtime {
 public:
  explicit Runtime(const Limits& limits)
      : limits_(limits), steps_(limits.steps), work_(limits.work) {}

  const Limits& limits() const { return limits_; }

  // Counts against the budgets. Throws a Limit fault when one is spent.
  void step(std::int64_t count = 1) {
    if ((steps_ -= count) < 0) spent("steps", limits_.steps);
  }
  void charge(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(work_)) spent("bytes of work", limits_.work);
    work_ -= static_cast<std::int64_t>(bytes);
  }
  // For work that looks at every character: some nanoseconds a byte rather than a fraction of one.
  void charge_characters(std::size_t bytes) { charge(bytes * 4); }
  std::int64_t steps_used() const { return limits_.steps - steps_; }
  std::int64_t work_used() const { return limits_.work - work_; }
  int deepest() const { return deepest_; }

  // Throws at the current line.
  [[noreturn]] void fail(Fault fault, const std::string& message) const;
  [[noreturn]] void fail_type(const std::string& message) const { fail(Fault::Type, message); }
  // The fault of using a value that is not there.
  [[noreturn]] void fail_undefined(const Value& value) const;

  template <typename T, typename... Args>
  T* make(Args&&... args) {
    charge(sizeof(T) + 16);
    auto owner = std::make_unique<T>(std::forward<Args>(args)...);
    T* object = owner.get();
    objects_.push_back(std::move(owner));
    return object;
  }
  ListObject* make_list(std::vector<Value> items, Kind kind = Kind::List);
  Value make_text(std::string bytes, Origin origin = Origin::Template);
  Value make_text(Text text);
  Value undefined(std::string message, bool forbidden = false);
  // "'dict object' has no attribute 'x'" and its relatives.
  Value missing(const Value& of, const Value& key);
  Value missing(const Value& of, std::string_view attribute);

  int line = 1;             // of the node being evaluated
  bool autoescape = false;  // inside {% autoescape true %}
  std::optional<CalendarTime> now;

 private:
  friend class Nesting;
  [[noreturn]] void spent(const char* what, std::int64_t limit) const;

  Limits limits_;
  std::int64_t steps_;
  std::int64_t work_;
  int nesting_ = 0;
  int deepest_ = 0;
  std::vector<std::unique_ptr<Object>> objects_;
  std::vector<std::unique_ptr<UndefinedInfo>> undefined_;
};

// One level of recursion over the template or over a value. Throws a Limit fault past the limit.
class Nesting {
 public:
  explicit Nesting(Runtime& runtime) : runtime_(runtime) {
    if (++runtime.nesting_ > runtime.deepest_) runtime.deepest_ = runtime.nesting_;
    if (runtime.nesting_ > runtime.limits_.nesting) too_deep();
  }
  ~Nesting() { --runtime_.nesting_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  [[noreturn]] void too_deep();
  Runtime& runtime_;
};

// Makes one text; every byte is charged before it is stored.
class TextBuilder {
 public:
  explicit TextBuilder(Runtime& runtime) : runtime_(runtime) {}

  void append(std::string_view bytes, Origin origin = Origin::Template) {
    runtime_.charge(bytes.size());
    text_.append(bytes, origin);
  }
  void append(const Text& text) { append(text, 0, text.bytes.size()); }
  void append(const Text& text, std::size_t begin, std::size_t end) {
    runtime_.charge(end - begin + 16);
    text_.append(text, begin, end);
  }
  void append_repeated(const Text& text, std::size_t count);

  std::size_t size() const { return text_.bytes.size(); }
  Text take() { return std::move(text_); }
  Value value() { return Value(std::make_shared<const Text>(std::move(text_))); }

 private:
  Runtime& runtime_;
  Text text_;
};

}  // namespace bantam::jinja
