// Answers that follow a JSON Schema, a grammar or a regular expression.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "engine/token_constraint.h"
#include "text/grammar/token_matcher.h"
#include "text/tokenizer.h"

namespace bantam::library {

// What an answer must be.
struct OutputFormat {
  enum class Kind {
    JsonObject,  // any JSON object; `source` is empty
    JsonSchema,  // JSON that is valid under the schema `source`
    Gbnf,        // what the grammar `source` describes
    Regex,       // what the expression `source` describes as a whole
  } kind = Kind::JsonObject;
  std::string source;
  bool operator==(const OutputFormat&) const = default;
};

// Keeps one answer to its format: a text::grammar matcher as the engine wants it. One thread at a
// time.
class FormatConstraint final : public engine::TokenConstraint {
 public:
  // See grammar::TokenMatcher.
  FormatConstraint(std::shared_ptr<const grammar::TokenGrammar> grammar,
                   std::span<const std::int32_t> stop_ids, bool drops_first_blank);

  std::span<const std::uint64_t> allowed() override { return matcher_.allowed(); }
  // A token that cannot come, against the contract of TokenConstraint, leaves no token allowed.
  void accept(std::int32_t token) override;
  // The answer so far is all that its format asks for: where nothing more can come and there is no
  // stop id, generation ends with NoTokenAllowed although the answer is complete.
  bool is_complete() const { return !is_broken_ && matcher_.is_complete(); }

 private:
  grammar::TokenMatcher matcher_;
  bool is_broken_ = false;
};

// Makes the constraints of one tokenizer's answers. Keeps the formats that were used last, so that
// the next answer in the same format starts at once. Any thread.
class StructuredOutput {
 public:
  static constexpr std::size_t kFormatsMax = 16;  // that are kept

  // The tokenizer outlives it. Its tokens are sorted when the first format is asked for.
  explicit StructuredOutput(const text::Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  // For one answer that ends with one of the stop ids. Throws BadInput for a format that is wrong
  // or that cannot be kept, Unsupported where no token of the vocabulary stands for bytes of text.
  std::shared_ptr<FormatConstraint> constraint(const OutputFormat& format,
                                               std::span<const std::int32_t> stop_ids);

 private:
  std::shared_ptr<const grammar::TokenGrammar> compiled(const OutputFormat& format);

  const text::Tokenizer* tokenizer_;
  std::mutex mutex_;  // guards the members below
  std::shared_ptr<const grammar::VocabularyTrie> vocabulary_;
  std::deque<std::pair<OutputFormat, std::shared_ptr<const grammar::TokenGrammar>>> kept_;
};

}  // namespace bantam::library
