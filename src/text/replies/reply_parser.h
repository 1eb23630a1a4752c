// What a model's text says, as it comes: content, thinking, tool calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "text/replies/block_reader.h"
#include "text/replies/reply_format.h"
#include "text/replies/tool.h"

namespace bantam::replies {

struct ContentText {
  std::string text;
};
struct ThinkingText {
  std::string text;
};
struct ToolCall {
  std::size_t index = 0;  // of the reply's calls
  std::string id;
  std::string name;       // of one of the tools
  std::string arguments;  // JSON text of an object; keys in the model's order
  std::size_t begin = 0;  // the bytes of the reply that it was read from; calls of one list
  std::size_t end = 0;    // share them
};
using ReplyEvent = std::variant<ContentText, ThinkingText, ToolCall>;

// Where a piece of text comes from.
enum class PieceKind {
  Text,     // ordinary tokens
  Control,  // exactly one control token, spelled as its vocabulary has it
};

struct ReplyOptions {
  std::span<const Tool> tools;   // outlive the parser; none: nothing is a call
  bool starts_thinking = false;  // ends_in_thinking(prompt)
  // Markers count as text spells them too: for replies that a grammar holds to calls.
  bool reads_spelled_markers = false;
  std::uint64_t id_seed = 0;  // ids of calls follow from it and their index
};

// Text is passed on at once but for what may begin a marker, at most 256 bytes of white space that
// a marker may make void, and calls, which come whole. What looks like a call and is none, or names
// no tool, is content, byte for byte. Only a format's own markers, white space next to them and
// control tokens without meaning are left out. How the text is cut into pieces changes nothing but
// where the texts of events are cut. Time is linear in the text, memory is that of the block at
// hand, 1 MiB at most. One reply; one thread at a time.
class ReplyParser {
 public:
  static constexpr std::size_t kSpaceBytesMax = 256;
  static constexpr std::size_t kBlockBytesMax = 1 << 20;

  ReplyParser(const ReplyFormat& format, const ReplyOptions& options);

  std::vector<ReplyEvent> push(std::string_view text, PieceKind kind = PieceKind::Text);
  // The end of the reply: what was held back.
  std::vector<ReplyEvent> finish();

  bool is_thinking() const { return state_ == State::Thinking; }
  std::size_t call_count() const { return call_count_; }

 private:
  enum class State { Content, Thinking, Block };
  enum class Role { OpenBlock, LeadBlock, OpenThinking, CloseThinking, Closer, Punctuation, None };
  struct Marker {
    std::string_view text;
    Role role;
    bool is_control;        // text does not spell it
    bool is_found = false;  // at `next`; else it is nowhere before `next`
    std::size_t next = 0;
  };
  struct Hit {
    std::size_t begin = 0;  // in the reply
    std::string_view text;
    Role role = Role::None;  // a control token without meaning
  };
  struct ControlPiece {
    std::size_t begin, bytes;
  };

  void add_marker(std::string_view text, Role role);
  void advance(bool is_last);
  bool step_block(bool is_last);  // these return whether there may be more to do
  bool step_content(bool is_last);
  bool step_lead(bool is_last);
  bool step_thinking(bool is_last);
  void end_block(BlockProgress progress);
  void follow(const Hit& hit);

  bool is_active(const Marker& marker) const;
  bool find_text(Marker& marker, std::size_t& begin);
  bool find_hit(Hit& hit);
  Hit control_hit(const ControlPiece& piece) const;
  std::size_t held_back() const;  // bytes at the end that may begin a marker

  std::string_view rest() const { return std::string_view(held_).substr(at_); }
  std::size_t position() const { return base_ + at_; }  // of rest() in the reply
  void skip(std::size_t bytes);
  void emit(std::size_t bytes);                           // the beginning of rest()
  void emit_before(std::size_t bytes, bool trims_space);  // the same, before a marker
  void emit_text(std::string_view text, bool is_thinking);

  const Dialect* dialect_;
  ReplyOptions options_;
  CallIdStyle id_style_;
  std::vector<Marker> markers_;
  bool has_blocks_ = false;

  std::string held_;      // of the reply from base_ on
  std::size_t base_ = 0;  // bytes
  std::size_t at_ = 0;    // of held_: what comes before is done with
  std::vector<ControlPiece> control_;
  std::size_t next_control_ = 0;

  State state_ = State::Content;
  bool is_lead_ = true;       // nothing but white space since the reply, or this part of it, began
  bool skips_space_ = false;  // white space here belongs to the marker before
  bool is_after_call_ = false;
  std::string space_;  // left out before the block at hand
  std::size_t marker_bytes_ = 0;
  std::unique_ptr<BlockReader> reader_;
  std::size_t call_count_ = 0;
  std::vector<ReplyEvent> events_;
};

// The id of a reply's call, the same for the same seed and index.
std::string make_call_id(CallIdStyle style, std::uint64_t seed, std::size_t index);

}  // namespace bantam::replies
