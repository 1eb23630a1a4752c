#include "text/pipeline/token_decoder.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/pipeline/replace_text.h"

namespace bantam::text {
namespace {

using Pieces = std::vector<std::string>;

void apply_step(const ReplaceInPieces& step, Pieces& pieces, std::size_t bytes_max) {
  for (std::string& piece : pieces) {
    if (step.regex == nullptr) {
      piece = replace_text(piece, step.literal, step.replacement, bytes_max);
      continue;
    }
    std::string out;
    std::size_t done = 0;
    Regex::Search search(*step.regex, piece);
    while (const auto match = search.next()) {
      out.append(piece, done, match->begin - done);
      out += step.replacement;
      done = match->end;
      check_growth(out.size(), bytes_max);
    }
    out.append(piece, done);
    piece = std::move(out);
  }
}

// A run of bytes that is no valid UTF-8 becomes one U+FFFD a byte.
void apply_step(const ByteFallbackPieces&, Pieces& pieces, std::size_t) {
  Pieces out;
  std::string run;
  const auto flush = [&] {
    if (run.empty()) return;
    if (is_valid_utf8(run)) {
      out.push_back(run);
    } else {
      out.insert(out.end(), run.size(), std::string(kReplacementText));
    }
    run.clear();
  };
  for (std::string& piece : pieces) {
    const int byte = byte_of_piece(piece);
    if (byte >= 0) {
      run += static_cast<char>(byte);
      continue;
    }
    flush();
    out.push_back(std::move(piece));
  }
  flush();
  pieces = std::move(out);
}

void apply_step(const FusePieces&, Pieces& pieces, std::size_t) {
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  pieces.assign(1, std::move(all));
}

void apply_step(const StripPieces& step, Pieces& pieces, std::size_t) {
  const std::size_t length = step.character.size();
  for (std::string& piece : pieces) {
    std::string_view rest = piece;
    for (std::size_t i = 0; i < step.start && rest.starts_with(step.character); ++i) {
      rest.remove_prefix(length);
    }
    for (std::size_t i = 0; i < step.stop && rest.ends_with(step.character); ++i) {
      rest.remove_suffix(length);
    }
    piece = std::string(rest);
  }
}

// In the first piece a prefix takes all blanks with it.
void apply_step(const MetaspacePieces& step, Pieces& pieces, std::size_t bytes_max) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i] =
        replace_text(pieces[i], step.replacement, i == 0 && step.drops_first ? "" : " ", bytes_max);
  }
}

void apply_step(const WordPiecePieces& step, Pieces& pieces, std::size_t) {
  static constexpr std::pair<std::string_view, std::string_view> kTidied[] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string& piece = pieces[i];
    if (i > 0) {
      if (piece.starts_with(step.prefix)) {
        piece.erase(0, step.prefix.size());
      } else {
        piece.insert(0, 1, ' ');
      }
    }
    if (!step.cleanup) continue;
    for (const auto& [from, to] : kTidied) piece = replace_text(piece, from, to);
  }
}

void apply_step(const SuffixPieces& step, Pieces& pieces, std::size_t) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i] = replace_text(pieces[i], step.suffix, i + 1 < pieces.size() ? " " : "");
  }
}

void apply_step(const JoinBytesOfPieces&, Pieces& pieces, std::size_t) {
  std::string all;
  for (const std::string& piece : pieces) all += bytes_of_alphabet(piece).value_or(piece);
  pieces.assign(1, repair_utf8(all));
}

std::string decode(const JoinBytes&, const TokenTables& tables, std::span<const TokenId> ids) {
  std::string bytes;
  for (const TokenId id : ids) bytes += tables.bytes[static_cast<std::size_t>(id)];
  return is_valid_utf8(bytes) ? bytes : repair_utf8(bytes);
}

std::string decode(const DecoderSteps& steps, const TokenTables& tables,
                   std::span<const TokenId> ids) {
  Pieces pieces;
  pieces.reserve(ids.size());
  for (const TokenId id : ids) pieces.emplace_back(tables.pieces[static_cast<std::size_t>(id)]);
  std::size_t bytes = 0;
  for (const std::string& piece : pieces) bytes += piece.size();
  const std::size_t bytes_max = grown_bytes_max(bytes);
  for (const DecoderStep& any_step : steps.steps) {
    std::visit([&](const auto& step) { apply_step(step, pieces, bytes_max); }, any_step);
    bytes = 0;
    for (const std::string& piece : pieces) bytes += piece.size();
    check_growth(bytes, bytes_max);
  }
  std::string text;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (steps.join_with_blank && i > 0) text += ' ';
    text += pieces[i];
  }
  return text;
}

// Each byte that no character can use becomes U+FFFD by itself.
void append_bytes(std::string_view bytes, std::string& text) {
  while (!bytes.empty()) {
    const Utf8Step step = read_utf8(bytes);
    const bool whole = step.kind == Utf8Step::Kind::Character;
    text += whole ? bytes.substr(0, step.length) : kReplacementText;
    bytes.remove_prefix(whole ? step.length : 1);
  }
}

std::string decode(const SentencePieceDecoding& rules, const TokenTables& tables,
                   std::span<const TokenId> ids) {
  std::string text, run;  // run: byte pieces not yet shown
  bool at_start = true, start_blank_seen = false;
  for (const TokenId id : ids) {
    const TokenKind kind = tables.kinds[static_cast<std::size_t>(id)];
    std::string_view bytes = tables.bytes[static_cast<std::size_t>(id)];
    if (kind == TokenKind::Byte) {
      run += bytes;
      continue;
    }
    append_bytes(run, text);
    run.clear();
    if (start_blank_seen || !text.empty()) at_start = false;
    if (kind == TokenKind::Unknown || kind == TokenKind::Control) {
      text += bytes;
      start_blank_seen = false;
      continue;
    }
    const bool strips = rules.strips_first_blank || rules.strips_all_first;
    start_blank_seen = false;
    if (at_start && strips && bytes.starts_with(' ')) {
      bytes.remove_prefix(1);
      start_blank_seen = !rules.strips_all_first;
    }
    text += bytes;
  }
  append_bytes(run, text);
  return text;
}

}  // namespace

std::string decode_tokens(const TokenDecoder& decoder, const TokenTables& tables,
                          std::span<const TokenId> ids) {
  return std::visit([&](const auto& rules) { return decode(rules, tables, ids); }, decoder);
}

}  // namespace bantam::text
