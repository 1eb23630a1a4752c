#include "text/tokenizer.h"

#include <algorithm>
#include <mutex>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "text/tokenizer_parts.h"

namespace bantam::text {
namespace {

constexpr std::size_t kTextBytesMax = std::size_t{256} << 20;
constexpr std::size_t kScratchesKept = 16;

// Scratches that no call is using. Any thread.
class ScratchPool {
 public:
  std::unique_ptr<EncodeScratch> take() const {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<EncodeScratch>();
    std::unique_ptr<EncodeScratch> scratch = std::move(free_.back());
    free_.pop_back();
    return scratch;
  }
  void give_back(std::unique_ptr<EncodeScratch> scratch) const {
    scratch->trim();
    const std::lock_guard lock(mutex_);
    if (free_.size() < kScratchesKept) free_.push_back(std::move(scratch));
  }

 private:
  mutable std::mutex mutex_;  // guards free_
  mutable std::vector<std::unique_ptr<EncodeScratch>> free_;
};

void check_size(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    throw Error(ErrorCode::BadInput,
                format("text to encode: found {} bytes, expected at most {}; split it", text.size(),
                       kTextBytesMax));
  }
}

// The parts of `spans` in [begin, end), counted from `begin`.
std::vector<ByteSpan> spans_within(std::span<const ByteSpan> spans, std::size_t begin,
                                   std::size_t end) {
  const auto first =
      std::upper_bound(spans.begin(), spans.end(), begin,
                       [](std::size_t place, const ByteSpan& span) { return place < span.end; });
  std::vector<ByteSpan> within;
  for (auto span = first; span != spans.end() && span->begin < end; ++span) {
    within.push_back({std::max(span->begin, begin) - begin, std::min(span->end, end) - begin});
  }
  return within;
}

}  // namespace

class Tokenizer::Implementation {
 public:
  explicit Implementation(TokenizerParts made) : parts(std::move(made)) {}

  bool is_token(TokenId id) const {
    return id >= 0 && static_cast<std::size_t>(id) < parts.tokens->kinds.size() &&
           parts.tokens->kinds[static_cast<std::size_t>(id)] != TokenKind::Absent;
  }
  TokenKind kind(TokenId id) const {
    return is_token(id) ? parts.tokens->kinds[static_cast<std::size_t>(id)] : TokenKind::Absent;
  }
  void encode(std::string_view text, const SpecialScope& scope, std::vector<TokenId>& ids) const;

  TokenizerParts parts;

 private:
  void encode_part(std::string_view text, const SpecialScope& scope, bool is_first,
                   EncodeScratch& scratch, std::vector<TokenId>& ids) const;
  void encode_normalized(std::string_view text, bool parse_special, bool is_first,
                         EncodeScratch& scratch, std::vector<TokenId>& ids) const;
  void encode_plain(std::string text, bool is_first, EncodeScratch& scratch,
                    std::vector<TokenId>& ids) const;

  ScratchPool scratches_;
};

void Tokenizer::Implementation::encode(std::string_view text, const SpecialScope& scope,
                                       std::vector<TokenId>& ids) const {
  std::unique_ptr<EncodeScratch> scratch = scratches_.take();
  std::vector<TextPart> pieces;
  parts.raw_added.split(text, scope, pieces);
  for (const TextPart& part : pieces) {
    if (part.id >= 0) {
      ids.push_back(part.id);
      continue;
    }
    const std::vector<ByteSpan> user_spans = spans_within(scope.user_spans, part.begin, part.end);
    encode_part(text.substr(part.begin, part.end - part.begin),
                {.anywhere = scope.anywhere, .user_spans = user_spans}, part.begin == 0, *scratch,
                ids);
  }
  scratches_.give_back(std::move(scratch));
}

// Tokens that are looked for in normalized text cannot be told by their place in the original. So
// where the user's text holds one, and only there, the text is cut at the user's spans before it is
// normalized.
void Tokenizer::Implementation::encode_part(std::string_view text, const SpecialScope& scope,
                                            bool is_first, EncodeScratch& scratch,
                                            std::vector<TokenId>& ids) const {
  bool is_forged = scope.anywhere && parts.normalized_added.has_special_in(text, scope.user_spans);
  for (const ByteSpan& span : scope.user_spans) {
    if (is_forged || !scope.anywhere || parts.normalized_added.empty()) break;
    const std::string user = parts.normalizer.apply(text.substr(span.begin, span.end - span.begin));
    const ByteSpan all{0, user.size()};
    is_forged = parts.normalized_added.has_special_in(user, {&all, 1});
  }
  if (!is_forged) return encode_normalized(text, scope.anywhere, is_first, scratch, ids);
  std::size_t done = 0;
  const auto take = [&](std::size_t end, bool parse_special) {
    if (end > done) {
      encode_normalized(text.substr(done, end - done), parse_special, is_first && done == 0,
                        scratch, ids);
    }
    done = end;
  };
  for (const ByteSpan& span : scope.user_spans) {
    take(span.begin, true);
    take(span.end, false);
  }
  take(text.size(), true);
}

void Tokenizer::Implementation::encode_normalized(std::string_view text, bool parse_special,
                                                  bool is_first, EncodeScratch& scratch,
                                                  std::vector<TokenId>& ids) const {
  std::string normalized =
      parts.normalizer.empty() ? std::string(text) : parts.normalizer.apply(text);
  if (parts.normalized_added.empty())
    return encode_plain(std::move(normalized), is_first, scratch, ids);
  std::vector<TextPart> pieces;
  parts.normalized_added.split(normalized, {.anywhere = parse_special, .user_spans = {}}, pieces);
  for (const TextPart& part : pieces) {
    if (part.id >= 0) {
      ids.push_back(part.id);
    } else {
      encode_plain(normalized.substr(part.begin, part.end - part.begin),
                   is_first && part.begin == 0, scratch, ids);
    }
  }
}

void Tokenizer::Implementation::encode_plain(std::string text, bool is_first,
                                             EncodeScratch& scratch,
                                             std::vector<TokenId>& ids) const {
  if (text.empty()) return;
  std::vector<Span> pieces;
  parts.pretokenizer.split(text, is_first, pieces);
  const std::string_view whole = text;
  for (const Span piece : pieces) {
    parts.model->encode(whole.substr(piece.begin, piece.end - piece.begin), scratch, ids);
  }
}

Tokenizer::Tokenizer(TokenizerParts parts)
    : implementation_(std::make_unique<const Implementation>(std::move(parts))) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<TokenId> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  std::vector<TokenId> ids;
  encode(text, options, ids);
  return ids;
}

void Tokenizer::encode(std::string_view text, EncodeOptions options,
                       std::vector<TokenId>& ids) const {
  check_size(text);
  const TokenizerParts& parts = implementation_->parts;
  if (options.add_special) ids.insert(ids.end(), parts.before.begin(), parts.before.end());
  const SpecialScope scope{.anywhere = options.parse_special, .user_spans = {}};
  if (is_valid_utf8(text)) {
    implementation_->encode(text, scope, ids);
  } else {
    implementation_->encode(repair_utf8(text), scope, ids);
  }
  if (options.add_special) ids.insert(ids.end(), parts.after.begin(), parts.after.end());
}

std::vector<TokenId> Tokenizer::encode(const RenderedPrompt& prompt) const {
  check_size(prompt.text);
  std::vector<TokenId> ids;
  if (is_valid_utf8(prompt.text)) {
    implementation_->encode(prompt.text, {.anywhere = true, .user_spans = prompt.user_spans}, ids);
    return ids;
  }
  // Repairing moves bytes: rebuild the text span by span.
  RenderedPrompt repaired;
  std::size_t done = 0;
  for (const ByteSpan& span : prompt.user_spans) {
    repaired.text += repair_utf8(std::string_view(prompt.text).substr(done, span.begin - done));
    const std::size_t begin = repaired.text.size();
    repaired.text +=
        repair_utf8(std::string_view(prompt.text).substr(span.begin, span.end - span.begin));
    repaired.user_spans.push_back({begin, repaired.text.size()});
    done = span.end;
  }
  repaired.text += repair_utf8(std::string_view(prompt.text).substr(done));
  implementation_->encode(repaired.text, {.anywhere = true, .user_spans = repaired.user_spans},
                          ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, SpecialTokens special) const {
  std::vector<TokenId> shown;
  shown.reserve(ids.size());
  for (const TokenId id : ids) {
    if (!implementation_->is_token(id)) continue;
    if (special == SpecialTokens::Skip && is_control(id)) continue;
    shown.push_back(id);
  }
  const TokenizerParts& parts = implementation_->parts;
  return decode_tokens(parts.decoder,
                       {parts.tokens->pieces, parts.tokens->bytes, parts.tokens->kinds}, shown);
}

std::string_view Tokenizer::token_bytes(TokenId id) const {
  if (!implementation_->is_token(id)) return {};
  return implementation_->parts.tokens->bytes[static_cast<std::size_t>(id)];
}

std::string_view Tokenizer::piece(TokenId id) const {
  if (!implementation_->is_token(id)) return {};
  return implementation_->parts.tokens->pieces[static_cast<std::size_t>(id)];
}

std::int32_t Tokenizer::vocab_size() const {
  return static_cast<std::int32_t>(implementation_->parts.tokens->kinds.size());
}
bool Tokenizer::is_control(TokenId id) const {
  return implementation_->kind(id) == TokenKind::Control;
}
bool Tokenizer::is_special(TokenId id) const {
  return is_control(id) || implementation_->kind(id) == TokenKind::Unknown;
}
bool Tokenizer::strips_first_blank() const { return implementation_->parts.strips_first_blank; }

std::optional<TokenId> Tokenizer::bos() const { return implementation_->parts.bos; }
std::optional<TokenId> Tokenizer::eos() const { return implementation_->parts.eos; }
std::optional<TokenId> Tokenizer::unknown() const { return implementation_->parts.unknown; }
std::optional<TokenId> Tokenizer::pad() const { return implementation_->parts.pad; }

std::span<const TokenId> Tokenizer::end_of_generation_ids() const {
  return implementation_->parts.end_of_generation;
}
bool Tokenizer::is_end_of_generation(TokenId id) const {
  const auto ids = end_of_generation_ids();
  return std::binary_search(ids.begin(), ids.end(), id);
}

bool Tokenizer::adds_bos() const {
  const TokenizerParts& parts = implementation_->parts;
  return parts.bos && std::count(parts.before.begin(), parts.before.end(), *parts.bos) > 0;
}
bool Tokenizer::adds_eos() const {
  const TokenizerParts& parts = implementation_->parts;
  return parts.eos && std::count(parts.after.begin(), parts.after.end(), *parts.eos) > 0;
}

}  // namespace bantam::text
