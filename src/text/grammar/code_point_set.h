// A set of Unicode scalar values, as character classes describe them.
#pragma once

#include <vector>

namespace bantam::grammar {

struct CodePointRange {
  char32_t first = 0, last = 0;  // both belong to it
};

// Ascending ranges that neither touch nor overlap; surrogates never belong to it. A value.
class CodePointSet {
 public:
  CodePointSet() = default;
  CodePointSet(std::initializer_list<CodePointRange> ranges);
  static CodePointSet all();

  void add(char32_t first, char32_t last);
  void add(const CodePointSet& other);
  CodePointSet complement() const;
  CodePointSet without(const CodePointSet& other) const;
  CodePointSet common(const CodePointSet& other) const;
  bool contains(char32_t value) const;
  bool is_empty() const { return ranges_.empty(); }
  const std::vector<CodePointRange>& ranges() const { return ranges_; }

 private:
  std::vector<CodePointRange> ranges_;
};

}  // namespace bantam::grammar
