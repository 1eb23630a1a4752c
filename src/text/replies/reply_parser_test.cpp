#include "text/replies/reply_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "text/json_reader.h"
#include "text/replies/dialect.h"
#include "text/replies/test_replies.h"

namespace bantam::replies {
namespace {

using test::Piece;
using test::reply_cases;
using test::ReplyCase;
using test::Said;

// Places of a reply that may be reached by leaving out markers, white space and control tokens.
class Places {
 public:
  explicit Places(const ReplyCase& one) : reply_(one.text()) {
    for (const std::string_view marker : one.format.markers()) left_out_.emplace_back(marker);
    for (const Piece& piece : one.pieces) {
      if (piece.kind == PieceKind::Control) left_out_.push_back(piece.text);
    }
    for (const char c : kSpace) left_out_.emplace_back(1, c);
    add(0);
  }

  void take(char c) {
    const std::set<std::size_t> before = std::exchange(places_, {});
    for (const std::size_t place : before) {
      if (place < reply_.size() && reply_[place] == c) add(place + 1);
    }
  }
  void take(const ToolCall& call) {
    const bool is_there = places_.contains(call.begin) || places_.contains(call.end);
    places_.clear();
    if (is_there && call.begin < call.end && call.end <= reply_.size()) add(call.end);
  }
  bool is_at_end() const { return places_.contains(reply_.size()); }

 private:
  void add(std::size_t place) {
    if (!places_.insert(place).second) return;
    for (const std::string& text : left_out_) {
      if (std::string_view(reply_).substr(place).starts_with(text)) add(place + text.size());
    }
    add_header(place);
  }

  // What opens a channel belongs to the format.
  void add_header(std::size_t place) {
    const std::string_view rest = std::string_view(reply_).substr(place);
    if (rest.starts_with("<|channel>thought")) add(place + 17);
    const bool may_be_header = rest.starts_with("<|channel|>") || rest.starts_with("<|start|>") ||
                               rest.starts_with("to=functions.");
    const std::size_t message = rest.substr(0, 512).find("<|message|>");
    if (may_be_header && message != rest.npos) add(place + message + 11);
  }

  std::string reply_;
  std::vector<std::string> left_out_;
  std::set<std::size_t> places_;
};

// Whether events are the whole reply, in its order.
bool accounts_for_every_byte(const ReplyCase& one) {
  ReplyParser parser(one.format, one.options);
  Places places(one);
  const auto take = [&](const std::vector<ReplyEvent>& events) {
    for (const ReplyEvent& event : events) {
      if (const auto* call = std::get_if<ToolCall>(&event)) {
        places.take(*call);
        continue;
      }
      const auto* content = std::get_if<ContentText>(&event);
      for (const char c : content ? content->text : std::get<ThinkingText>(event).text) {
        places.take(c);
      }
    }
  };
  for (const Piece& piece : one.pieces) take(parser.push(piece.text, piece.kind));
  take(parser.finish());
  return places.is_at_end();
}

TEST(ReplyParser, SaysWhatTheTableSays) {
  for (const ReplyCase& one : reply_cases()) {
    const Said said = parse(one.format, one.options, one.pieces);
    EXPECT_EQ(difference(said, one.expected), "") << one.name;
  }
}

TEST(ReplyParser, SaysTheSameHoweverTheTextIsCut) {
  for (const ReplyCase& one : reply_cases()) {
    EXPECT_EQ(difference(parse_bytes(one.format, one.options, one.pieces), one.expected), "")
        << one.name << ", byte by byte";
    for (std::size_t i = 0; i < one.pieces.size(); ++i) {
      if (one.pieces[i].kind == PieceKind::Control) continue;
      for (std::size_t cut = 1; cut < one.pieces[i].text.size(); ++cut) {
        std::vector<Piece> pieces = one.pieces;
        pieces[i].text.resize(cut);
        pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                      {one.pieces[i].text.substr(cut)});
        EXPECT_EQ(difference(parse(one.format, one.options, pieces), one.expected), "")
            << one.name << ", cut at " << cut << " of piece " << i;
      }
    }
  }
}

TEST(ReplyParser, AccountsForEveryByteOfTheTable) {
  for (const ReplyCase& one : reply_cases()) EXPECT_TRUE(accounts_for_every_byte(one)) << one.name;
}

// A reply of some kind, made of what such replies are made of and of what breaks them.
ReplyCase random_reply(std::mt19937& random) {
  constexpr std::array<std::string_view, 24> kBits = {"word ",
                                                      "\n",
                                                      " ",
                                                      "{",
                                                      "}",
                                                      "[",
                                                      "]",
                                                      "\"",
                                                      ",",
                                                      ": ",
                                                      "{\"name\": \"now\"}",
                                                      "null",
                                                      "<",
                                                      "|>",
                                                      "\xFF",
                                                      "\xE2\x82",
                                                      "\\",
                                                      "```json",
                                                      "analysis",
                                                      "thought",
                                                      "functions.now:0",
                                                      "get_weather",
                                                      "call:now{}",
                                                      "{}"};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  ReplyCase one = reply_cases()[below(reply_cases().size())];
  const std::vector<std::string_view> markers = one.format.markers();
  std::string text;
  for (std::size_t i = below(12); i > 0; --i) {
    const std::size_t kind = below(8);
    if (kind < 3 && !markers.empty()) {
      text += markers[below(markers.size())];
    } else if (kind == 3) {
      const std::string whole = one.text();
      const std::size_t begin = below(whole.size() + 1);
      text += whole.substr(begin, below(whole.size() + 1));
    } else if (kind == 4) {
      text += one.text();
    } else {
      text += kBits[below(kBits.size())];
    }
  }
  one.pieces = test::pieces_of(text, one.format.control_markers);
  one.name += ": " + text;
  return one;
}

TEST(ReplyParser, HoldsItsPromisesOnRandomReplies) {
  const std::uint32_t seed = 20261122;
  std::mt19937 random(seed);
  std::size_t calls = 0;
  for (int i = 0; i < 20'000; ++i) {
    const ReplyCase one = random_reply(random);
    const Said said = parse(one.format, one.options, one.pieces);
    ASSERT_EQ(difference(parse_bytes(one.format, one.options, one.pieces), said), "")
        << one.name << ", seed " << seed << ", reply " << i;
    ASSERT_TRUE(accounts_for_every_byte(one)) << one.name << ", seed " << seed << ", reply " << i;
    for (const ToolCall& call : said.calls) {
      ASSERT_TRUE(find_tool(one.options.tools, call.name)) << one.name;
      ASSERT_TRUE(is_json(call.arguments) && call.arguments.front() == '{') << one.name;
    }
    calls += said.calls.size();
  }
  EXPECT_GT(calls, 1000u);  // the generator makes enough of what is to be tested
}

ReplyFormat format_of(std::string_view dialect) {
  ReplyFormat format;
  format.dialect = &dialect_named(dialect);
  format.thinking = ThinkingTags{"<think>", "</think>"};
  return format;
}

Said parse_text(const ReplyFormat& format, std::string text) {
  const std::vector<Piece> pieces = {{std::move(text)}};
  return parse(format, {.tools = test::sample_tools()}, pieces);
}

std::string repeated(std::string_view text, std::size_t bytes) {
  std::string all;
  while (all.size() < bytes) all += text;
  return all;
}

TEST(ReplyParser, KeepsLongHostileRepliesWhole) {
  constexpr std::size_t kMiB = 1 << 20;
  for (const Dialect& dialect : dialects()) {
    const ReplyFormat format = format_of(dialect.name);
    for (const std::string_view open : dialect.opens) {
      const std::string opened(open);
      for (const std::string& reply :
           {repeated(open, kMiB), opened + repeated(" ", kMiB), opened + repeated("[", kMiB),
            opened + repeated("{\"a\":", kMiB), opened + "{\"name\": \"" + repeated("x", 2 * kMiB),
            "a" + repeated(opened + "{\"name\": \"now\", ", kMiB)}) {
        const Said said = parse_text(format, reply);
        EXPECT_EQ(said.content.size(), reply.size()) << dialect.name << ": " << reply.substr(0, 60);
        EXPECT_TRUE(said.calls.empty());
      }
    }
  }
}

TEST(ReplyParser, TakesAMebibyteByteByByte) {
  const std::string reply = "<tool_call>" + std::string(1 << 20, ' ') + "<" + "tool_call>";
  const std::vector<Piece> pieces = {{reply}};
  const Said said = parse_bytes(format_of("hermes"), {.tools = test::sample_tools()}, pieces);
  EXPECT_EQ(said.content, reply);
}

TEST(ReplyParser, RefusesNestingPastTheLimitOnly) {
  const auto nested = [](std::size_t depth) {
    return "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": " + std::string(depth, '[') +
           std::string(depth, ']') + "}}</tool_call>";
  };
  const std::size_t most = JsonScanner::kDepthMax - 2;
  EXPECT_EQ(parse_text(format_of("hermes"), nested(most)).calls.size(), 1u);
  const Said said = parse_text(format_of("hermes"), nested(most + 1));
  EXPECT_EQ(said.calls.size(), 0u);
  EXPECT_EQ(said.content, nested(most + 1));
}

TEST(ReplyParser, HoldsBackNothingButWhatMayBeAMarker) {
  ReplyParser parser(format_of("hermes"), {.tools = test::sample_tools()});
  const auto shown = [&](std::string_view text) {
    Said said;
    add(said, parser.push(text));
    return said.content;
  };
  EXPECT_EQ(shown("A < b"), "A < b");
  EXPECT_EQ(shown(" <tool"), "");
  EXPECT_EQ(shown("box"), " <toolbox");
  EXPECT_EQ(shown("\n"), "");
  EXPECT_EQ(shown("c"), "\nc");
}

TEST(ReplyParser, ReadsInvalidUtf8AsContentOnly) {
  const std::string bad =
      "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"\xFF\"}}</tool_call>";
  EXPECT_EQ(parse_text(format_of("hermes"), bad).content, bad);
}

TEST(ReplyParser, ReadsSpelledControlTokensOnlyWhenTold) {
  ReplyFormat format = format_of("hermes");
  format.control_markers = {"<tool_call>", "</tool_call>"};
  const std::vector<Piece> pieces = {{"<tool_call>{\"name\": \"now\"}</tool_call>"}};
  EXPECT_EQ(parse(format, {.tools = test::sample_tools()}, pieces).calls.size(), 0u);
  const ReplyOptions told = {.tools = test::sample_tools(), .reads_spelled_markers = true};
  EXPECT_EQ(parse(format, told, pieces).calls.size(), 1u);
}

TEST(ReplyParser, GivesTheSameIdsForTheSameSeed) {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < 1000; ++i) {
    const std::string id = make_call_id(CallIdStyle::Prefixed, 7, i);
    EXPECT_EQ(id.size(), 13u);
    EXPECT_TRUE(id.starts_with("call_"));
    EXPECT_EQ(id, make_call_id(CallIdStyle::Prefixed, 7, i));
    ids.insert(id);
    EXPECT_EQ(make_call_id(CallIdStyle::NineAlphanumeric, 7, i).size(), 9u);
  }
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_NE(make_call_id(CallIdStyle::Prefixed, 7, 0), make_call_id(CallIdStyle::Prefixed, 8, 0));
}

TEST(ReplyParser, SaysWhichBytesACallWasReadFrom) {
  const std::string call = "<tool_call>{\"name\": \"now\"}";
  const Said said = parse_text(format_of("hermes"), "Well. " + call + "</tool_call>");
  ASSERT_EQ(said.calls.size(), 1u);
  EXPECT_EQ(said.calls[0].begin, 6u);
  EXPECT_EQ(said.calls[0].end, 6 + call.size());
}

}  // namespace
}  // namespace bantam::replies
