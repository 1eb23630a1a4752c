// Replies and formats for tests.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/replies/reply_parser.h"

namespace bantam::replies::test {

// What a reply said, texts joined.
struct Said {
  std::string content, thinking;
  std::vector<ToolCall> calls;
};

// A piece of a reply as it comes.
struct Piece {
  std::string text;
  PieceKind kind = PieceKind::Text;
};

// The text cut so that each of `control` stands alone as a control token.
std::vector<Piece> pieces_of(std::string_view text, std::span<const std::string> control);

void add(Said& said, std::vector<ReplyEvent> events);
Said parse(const ReplyFormat& format, const ReplyOptions& options, std::span<const Piece> pieces);
// The same with every text cut after each byte.
Said parse_bytes(const ReplyFormat& format, const ReplyOptions& options,
                 std::span<const Piece> pieces);

// Empty if both say the same, else what differs.
std::string difference(const Said& a, const Said& b);

// get_weather(city), now() and set(text, count, ratio, on, list, object, any).
const std::vector<Tool>& sample_tools();

struct ReplyCase {
  std::string name;
  std::vector<Piece> pieces;
  ReplyFormat format;
  ReplyOptions options;
  Said expected;  // calls have names and arguments alone
  std::string text() const;
};
// Those of tests/fixtures/replies/cases.jsonl.
const std::vector<ReplyCase>& reply_cases();

}  // namespace bantam::replies::test
