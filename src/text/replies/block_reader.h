// What stands between a marker in a reply and the place where plain text goes on.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/replies/tool.h"

namespace bantam::replies {

// A call as a reply spells it.
struct ReadCall {
  std::string name;
  std::string arguments;  // JSON text of an object; keys and numbers as the model wrote them
};

struct BlockProgress {
  enum class State {
    More,    // the block goes on
    Done,    // it is `consumed` bytes long
    Failed,  // its first `consumed` bytes are plain text after all
  };
  State state = State::More;
  std::size_t consumed = 0;
  std::vector<ReadCall> calls = {};
  bool thinking_follows = false;  // else content
};

// Reads one block. The text begins with the marker that opened the block. Owned by one reply.
class BlockReader {
 public:
  virtual ~BlockReader() = default;

  // `text` is the block so far, longer each time until the result is not More; `is_last`: nothing
  // will follow. Never throws for what a model writes, and takes time linear in the text over all
  // calls.
  virtual BlockProgress read(std::string_view text, bool is_last) = 0;
};

// Views `tools`, which outlive it.
using MakeBlockReader = std::unique_ptr<BlockReader> (*)(std::string_view marker,
                                                         std::span<const Tool> tools);

inline BlockProgress failed_at(std::size_t consumed) {
  return {.state = BlockProgress::State::Failed, .consumed = consumed};
}

inline BlockProgress done_at(std::size_t consumed, std::vector<ReadCall> calls) {
  return {.state = BlockProgress::State::Done, .consumed = consumed, .calls = std::move(calls)};
}

// White space as the formats have it between their parts.
inline constexpr std::string_view kSpace = " \t\r\n";

inline std::size_t skip_space(std::string_view text, std::size_t from) {
  const std::size_t end = text.find_first_not_of(kSpace, from);
  return end == text.npos ? text.size() : end;
}

std::string_view trimmed(std::string_view text);

// Whether `text`, from offset `from` on, begins with `word`, is cut short inside of it, or neither.
enum class Match { Yes, Maybe, No };
Match match_at(std::string_view text, std::size_t from, std::string_view word);

}  // namespace bantam::replies
