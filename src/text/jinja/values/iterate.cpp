#include "text/jinja/values/iterate.h"

#include "base/format.h"
#include "text/jinja/loop.h"
#include "text/jinja/runtime.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

Value view_item(Runtime& runtime, const DictObject::Entry& entry, ViewObject::Part part) {
  switch (part) {
    case ViewObject::Part::Keys:
      return entry.first;
    case ViewObject::Part::Values:
      return entry.second;
    default:
      return runtime.make_list({entry.first, entry.second}, Kind::Tuple);
  }
}

IteratorObject& iterate_entries(Runtime& runtime, const DictObject& dict, ViewObject::Part part,
                                const char* type) {
  return *runtime.make<IteratorObject>(
      type, [&runtime, &dict, part, at = std::size_t{0}](Value& out) mutable {
        if (at == dict.entries().size()) return false;
        out = view_item(runtime, dict.entries()[at++], part);
        return true;
      });
}

IteratorObject& iterate_text(Runtime& runtime, const TextPtr& text) {
  return *runtime.make<IteratorObject>(
      "str_iterator", [&runtime, text, at = std::size_t{0}](Value& out) mutable {
        if (at == text->bytes.size()) return false;
        const std::size_t length = decode_at(text->bytes, at).length;
        TextBuilder character(runtime);
        character.append(*text, at, at + length);
        at += length;
        out = character.value();
        return true;
      });
}

}  // namespace

bool is_iterable(const Value& value) {
  switch (value.kind()) {
    case Kind::Undefined:
    case Kind::Text:
    case Kind::List:
    case Kind::Tuple:
    case Kind::Dict:
    case Kind::Range:
    case Kind::View:
    case Kind::Iterator:
    case Kind::Loop:
    case Kind::Bytes:
      return true;
    default:
      return false;
  }
}

IteratorObject& iterate(Runtime& runtime, const Value& value) {
  switch (value.kind()) {
    case Kind::Undefined:
      if (value.undefined_info() != nullptr && value.undefined_info()->forbidden) {
        runtime.fail_undefined(value);
      }
      return *runtime.make<IteratorObject>("iterator", [](Value&) { return false; });
    case Kind::Text:
      return iterate_text(runtime, value.text_ptr());
    case Kind::List:
    case Kind::Tuple: {
      const auto& items = value.as<ListObject>().items;
      return *runtime.make<IteratorObject>("list_iterator",
                                           [&items, at = std::size_t{0}](Value& out) mutable {
                                             if (at == items.size()) return false;
                                             out = items[at++];
                                             return true;
                                           });
    }
    case Kind::Dict:
      return iterate_entries(runtime, value.as<DictObject>(), ViewObject::Part::Keys,
                             "dict_keyiterator");
    case Kind::View:
      return iterate_entries(runtime, value.as<ViewObject>().dict, value.as<ViewObject>().part,
                             "dict_iterator");
    case Kind::Range: {
      const auto& range = value.as<RangeObject>();
      return *runtime.make<IteratorObject>(
          "range_iterator",
          [&range, length = range.length(), at = std::size_t{0}](Value& out) mutable {
            if (at == length) return false;
            out = Value::of(range.start + static_cast<Integer>(at++) * range.step);
            return true;
          });
    }
    case Kind::Iterator:
      return value.as<IteratorObject>();
    case Kind::Loop: {
      auto& loop = value.as<LoopObject>();
      return *runtime.make<IteratorObject>(
          "iterator", [&runtime, &loop](Value& out) { return loop.advance(runtime, out); });
    }
    case Kind::Bytes: {
      const std::string& bytes = value.as<BytesObject>().text.bytes;
      return *runtime.make<IteratorObject>(
          "bytes_iterator", [&bytes, at = std::size_t{0}](Value& out) mutable {
            if (at == bytes.size()) return false;
            out = Value::of(static_cast<Integer>(static_cast<unsigned char>(bytes[at++])));
            return true;
          });
    }
    default:
      runtime.fail_type(format("'{}' object is not iterable", type_name(value)));
  }
}

bool next(Runtime& runtime, IteratorObject& iterator, Value& out) {
  const Nesting nesting(runtime);
  runtime.step();
  return iterator.next(out);
}

std::vector<Value> collect(Runtime& runtime, const Value& value) {
  if (value.is(Kind::List) || value.is(Kind::Tuple)) {
    const auto& list = value.as<ListObject>().items;
    runtime.charge(list.size() * sizeof(Value));
    return list;
  }
  std::vector<Value> items;
  IteratorObject& iterator = iterate(runtime, value);
  Value item;
  while (next(runtime, iterator, item)) {
    runtime.charge(sizeof(Value));
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace bantam::jinja
