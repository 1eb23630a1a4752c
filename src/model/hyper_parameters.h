// The numbers of a network, whichever kind of file they are read from.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "formats/tensor_file.h"
#include "model/assumption.h"
#include "model/tensor_names.h"

namespace bantam::model {

struct Range {
  std::int64_t low;
  std::int64_t high;
};

// Allowed ranges: one table for every family and both formats.
inline constexpr Range kLayerCount{1, 512};
inline constexpr Range kHeadCount{1, 1024};
inline constexpr Range kHeadSize{1, 1024};
inline constexpr Range kHiddenSize{1, 1 << 20};
inline constexpr Range kFfnSize{1, 1 << 22};
inline constexpr Range kVocabularySize{1, 4 << 20};
inline constexpr Range kContextLength{1, 16 << 20};
inline constexpr Range kExpertCount{1, 4096};
inline constexpr Range kWindow{0, 16 << 20};

// One number under the names that the formats give it. GGUF keys are without the architecture that
// they begin with. The Hugging Face name may be several, "a|b", of which the first present counts.
// Empty: files of that format have no such key.
struct Key {
  std::string_view gguf;
  std::string_view hugging_face;
};

// What else a key could say that a GGUF file leaves to its reader.
struct Doubt {
  std::string instead;  // a value that the key has, or would have, in published models
  std::string why;      // what depends on it
};

// Look-ups give nothing for an absent key and throw BadFile, naming file, key, found and expected,
// for a value of another type or out of range; `require_` look-ups throw for an absent key too.
// Keeps account of what was looked up: one thread at a time.
class HyperParameters {
 public:
  // `names` are the family's own tensor names. Views both.
  HyperParameters(const formats::TensorFile& file, TensorNames names);

  const formats::TensorFile& file() const { return file_; }
  const formats::Metadata& metadata() const { return file_.metadata(); }
  bool is_gguf() const { return file_.format() == formats::SourceFormat::Gguf; }
  bool has(Key key) const { return metadata().contains(name(key)); }
  bool has_tensor(Role role, Part part = Part::Weight, std::int64_t layer = 0) const;

  std::optional<std::int64_t> integer(Key key, Range range) const;
  std::optional<double> real(Key key) const;
  std::optional<double> positive(Key key) const;  // that a float can hold
  std::optional<bool> boolean(Key key) const;
  std::optional<std::string_view> text(Key key) const;
  std::optional<std::vector<double>> reals(Key key) const;
  // A number for each layer, stated as a list or as one for all; empty for an absent key.
  std::vector<std::int64_t> layer_integers(Key key, Range range, std::int64_t layer_count) const;

  std::int64_t require_integer(Key key, Range range) const;
  double require_positive(Key key) const;

  // `value`, which a GGUF file without `key` is taken to mean although published models differ, or
  // no writer states it: noted for people. Elsewhere simply `value`.
  template <typename Value>
  Value assume(Key key, Value value, const Doubt& doubt) const {
    note(key, to_text(value), doubt);
    return value;
  }
  // The same for what is no value of the key, such as "none".
  void note(Key key, std::string_view assumed, const Doubt& doubt) const;
  const std::vector<Assumption>& assumptions() const { return assumptions_; }
  // Whether a look-up of this full name was made.
  bool has_asked(std::string_view full_name) const { return asked_.contains(full_name); }

  // The full name under which this file has (or would have) the key.
  std::string name(Key key) const;
  [[noreturn]] void fail(Key key, std::string_view found, std::string_view expected) const;
  // Throws Unsupported: the value is sound, and nothing here computes it.
  [[noreturn]] void fail_unsupported(Key key, std::string_view found,
                                     std::string_view supported) const;

 private:
  const formats::TensorFile& file_;
  TensorNames names_;
  std::string prefix_;  // "llama." of GGUF keys, "text_config." of nested ones
  mutable std::set<std::string, std::less<>> asked_;
  mutable std::vector<Assumption> assumptions_;
};

}  // namespace bantam::model
