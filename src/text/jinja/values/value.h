// The values of a template: plain data, a few callables, and nothing else to reach.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/values/text.h"

namespace bantam::jinja {

class Runtime;
struct Arguments;

// Python's int, up to 128 bits; what needs more is an error.
__extension__ using Integer = __int128;

enum class Kind {
  Undefined,
  None,
  Bool,
  Int,
  Float,
  Text,
  List,
  Tuple,
  Dict,
  Range,
  View,  // what dict.keys(), values() and items() give
  Iterator,
  Namespace,
  Loop,
  Callable,
  Bytes,
};

// What lives in a Runtime for the length of one rendering and is only pointed at.
struct Object {
  explicit Object(Kind object_kind) : kind(object_kind) {}
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  const Kind kind;
};

// Why a value is not there; null for one that nobody can ask about.
struct UndefinedInfo {
  std::string message;  // as Jinja words it: "'x' is undefined"
  bool forbidden = false;
};

struct Undefined {
  const UndefinedInfo* info = nullptr;
};
struct None {};

// A value of one rendering; copies are cheap and share. Owned by the thread that renders.
class Value {
 public:
  Value() : data_(None{}) {}
  Value(Undefined undefined) : data_(undefined) {}  // NOLINT: implicit by design
  Value(TextPtr text) : data_(std::move(text)) {}   // NOLINT
  Value(Object* object) : data_(object) {}          // NOLINT
  static Value of(bool value) { return Value(Data(value)); }
  static Value of(Integer value) { return Value(Data(value)); }
  static Value of(std::size_t value) { return Value(Data(static_cast<Integer>(value))); }
  static Value of(double value) { return Value(Data(value)); }

  Kind kind() const {
    const auto index = data_.index();
    return index < 6 ? static_cast<Kind>(index) : std::get<Object*>(data_)->kind;
  }
  bool is(Kind wanted) const { return kind() == wanted; }
  bool is_undefined() const { return data_.index() == 0; }
  bool is_none() const { return data_.index() == 1; }
  bool is_text() const { return data_.index() == 5; }
  bool is_integral() const { return data_.index() == 2 || data_.index() == 3; }  // bool or int
  bool is_number() const { return is_integral() || data_.index() == 4; }

  const UndefinedInfo* undefined_info() const { return std::get<Undefined>(data_).info; }
  bool boolean() const { return std::get<bool>(data_); }
  Integer integer() const {  // of a bool or int
    return data_.index() == 2 ? Integer{boolean()} : std::get<Integer>(data_);
  }
  double real() const {  // of any number
    return data_.index() == 4 ? std::get<double>(data_) : static_cast<double>(integer());
  }
  const Text& text() const { return *std::get<TextPtr>(data_); }
  const TextPtr& text_ptr() const { return std::get<TextPtr>(data_); }
  Object* object() const { return std::get<Object*>(data_); }
  template <typename T>
  T& as() const {
    return static_cast<T&>(*std::get<Object*>(data_));
  }

 private:
  using Data = std::variant<Undefined, None, bool, Integer, double, TextPtr, Object*>;
  explicit Value(Data data) : data_(std::move(data)) {}
  Data data_;
};

struct ListObject : Object {
  explicit ListObject(Kind list_or_tuple) : Object(list_or_tuple) {}
  std::vector<Value> items;
  bool grouped = false;  // a tuple of groupby: .grouper and .list
};

// In the order of insertion; 1, 1.0 and true are one key.
struct DictObject : Object {
  DictObject() : Object(Kind::Dict) {}
  using Entry = std::pair<Value, Value>;

  const std::vector<Entry>& entries() const { return entries_; }
  const Value* find(std::string_view key) const;
  // Throws a Type fault for a key that cannot be hashed.
  const Value* find(Runtime& runtime, const Value& key) const;
  void set(Runtime& runtime, const Value& key, Value value);

 private:
  static constexpr std::size_t kLinear = 8;  // entries up to which no index pays
  const Value* find_hashed(Runtime& runtime, std::size_t hash, const Value& key) const;
  std::vector<Entry> entries_;
  std::unordered_multimap<std::size_t, std::size_t> index_;  // of all entries, once past kLinear
};

struct RangeObject : Object {
  RangeObject(Integer first, Integer last, Integer by)
      : Object(Kind::Range), start(first), stop(last), step(by) {}
  Integer start, stop, step;
  std::size_t length() const;
};

struct ViewObject : Object {
  enum class Part { Keys, Values, Items };
  ViewObject(const DictObject& of, Part which) : Object(Kind::View), dict(of), part(which) {}
  const DictObject& dict;
  Part part;
};

// Gives its values once, on demand.
struct IteratorObject : Object {
  using Next = std::function<bool(Value& out)>;  // false at the end
  IteratorObject(const char* python_type, Next advance)
      : Object(Kind::Iterator), type(python_type), next(std::move(advance)) {}
  const char* type;
  Next next;
};

struct NamespaceObject : Object {
  NamespaceObject() : Object(Kind::Namespace) {}
  std::vector<std::pair<TextPtr, Value>> entries;
  const Value* find(std::string_view name) const;
  void set(const TextPtr& name, Value value);
};

struct BytesObject : Object {
  explicit BytesObject(Text content) : Object(Kind::Bytes), text(std::move(content)) {}
  Text text;
};

// Anything that can be called.
struct CallableObject : Object {
  explicit CallableObject(const char* python_type) : Object(Kind::Callable), type(python_type) {}
  virtual Value call(Runtime& runtime, Arguments& arguments) = 0;
  virtual Value attribute(Runtime& runtime, std::string_view name) = 0;  // undefined if none
  virtual std::string printed() const = 0;
  const char* type;
};

// What a call passes.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<TextPtr, Value>> named;
};

// "str", "NoneType", ...: Python's name for the type.
const char* type_name(const Value& value);

// As Jinja puts it into messages: "'dict object'", "'None'".
std::string type_description(const Value& value);

}  // namespace bantam::jinja
