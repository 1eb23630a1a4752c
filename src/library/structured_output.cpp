#include "library/structured_output.h"

#include <algorithm>

#include "base/error.h"
#include "text/grammar/gbnf.h"
#include "text/grammar/json_schema.h"
#include "text/grammar/regex.h"

namespace bantam::library {
namespace {

grammar::Grammar compile(const OutputFormat& format) {
  switch (format.kind) {
    case OutputFormat::Kind::JsonObject:
      return grammar::compile_json_object();
    case OutputFormat::Kind::JsonSchema:
      return grammar::compile_json_schema(format.source);
    case OutputFormat::Kind::Gbnf:
      return grammar::compile_gbnf(format.source);
    case OutputFormat::Kind::Regex:
      break;
  }
  return grammar::compile_regex(format.source);
}

}  // namespace

FormatConstraint::FormatConstraint(std::shared_ptr<const grammar::TokenGrammar> grammar,
                                   std::span<const std::int32_t> stop_ids, bool drops_first_blank)
    : matcher_(std::move(grammar), {stop_ids.begin(), stop_ids.end()}, drops_first_blank) {}

void FormatConstraint::accept(std::int32_t token) {
  if (!is_broken_ && !matcher_.accept(token)) is_broken_ = true;
}

std::shared_ptr<const grammar::TokenGrammar> StructuredOutput::compiled(
    const OutputFormat& format) {
  std::shared_ptr<const grammar::VocabularyTrie> vocabulary;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(kept_.begin(), kept_.end(),
                                    [&](const auto& each) { return each.first == format; });
    if (found != kept_.end()) return found->second;
    if (!vocabulary_) vocabulary_ = std::make_shared<grammar::VocabularyTrie>(*tokenizer_);
    vocabulary = vocabulary_;
  }
  if (vocabulary->longest_token_bytes() == 0) {
    throw Error(ErrorCode::Unsupported,
                "this model's tokenizer has no tokens that stand for text, so that its answers "
                "cannot be kept to a format");
  }
  // Not under the lock: others need not wait for a large grammar.
  auto made = std::make_shared<const grammar::TokenGrammar>(compile(format), std::move(vocabulary));
  const std::lock_guard lock(mutex_);
  kept_.emplace_front(format, made);
  if (kept_.size() > kFormatsMax) kept_.pop_back();
  return made;
}

std::shared_ptr<FormatConstraint> StructuredOutput::constraint(
    const OutputFormat& format, std::span<const std::int32_t> stop_ids) {
  return std::make_shared<FormatConstraint>(compiled(format), stop_ids,
                                            tokenizer_->strips_first_blank());
}

}  // namespace bantam::library
