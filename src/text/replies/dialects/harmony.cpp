// gpt-oss: messages in channels. <|channel|>analysis<|message|>… is thinking, final and commentary
// without a recipient are content, a message to=functions.NAME is a call.
// Source: the format's description, https://cookbook.openai.com/articles/openai-harmony.
#include "text/replies/dialect.h"
#include "text/replies/header_calls.h"

namespace bantam::replies {
namespace {

constexpr std::string_view kMessage = "<|message|>", kRecipient = "to=functions.";
constexpr std::size_t kHeaderBytesMax = 512;

bool is_used_by(std::string_view source) {
  return has(source, "<|channel|>") && has(source, kMessage);
}

std::optional<std::string_view> name_of(std::string_view header) {
  const std::size_t begin = header.find(kRecipient);
  if (begin == header.npos) return std::nullopt;
  const std::string_view name = header.substr(begin + kRecipient.size());
  return name.substr(0, name.find_first_of(" <\n"));
}

// The channel that a header names; "" if it is none of a model's. Other words may be a role, a
// recipient and a type of content.
std::string_view channel_of(std::string_view header) {
  constexpr std::string_view kMarker = "<|channel|>";
  const std::size_t begin = header.find(kMarker);
  if (begin == header.npos || header.find('\n') != header.npos) return "";
  const std::string_view rest = header.substr(begin + kMarker.size());
  const std::string_view channel = rest.substr(0, rest.find_first_of(" <"));
  for (const std::string_view known : {"analysis", "commentary", "final"}) {
    if (channel == known) return channel;
  }
  return "";
}

// The header of a message, and a call's arguments.
class MessageReader : public BlockReader {
 public:
  MessageReader(std::string_view marker, std::span<const Tool> tools)
      : marker_bytes_(marker.size()), call_("", tools, name_of) {}

  BlockProgress read(std::string_view text, bool is_last) override {
    if (message_ == 0) {
      const std::string_view header = text.substr(0, kHeaderBytesMax);
      const std::size_t end = header.find(kMessage);
      if (end == header.npos) {
        return header.size() < kHeaderBytesMax ? BlockProgress{} : failed_at(marker_bytes_);
      }
      message_ = end + kMessage.size();
      header_ = header.substr(0, end);
      channel_ = channel_of(header_);
      if (channel_.empty()) return failed_at(marker_bytes_);
      is_call_ = has(header_, kRecipient);
    }
    if (is_call_) {
      // The call's reader takes all up to the first brace for the header.
      const std::size_t first = skip_space(text, message_);
      if (first == text.size()) return {};
      return text[first] == '{' ? call_.read(text, is_last) : failed_at(message_);
    }
    return {.state = BlockProgress::State::Done,
            .consumed = message_,
            .calls = {},
            .thinking_follows = channel_ == "analysis"};
  }

 private:
  std::size_t marker_bytes_;
  std::size_t message_ = 0;  // where the message begins; 0 until that is known
  std::string header_, channel_;
  bool is_call_ = false;
  HeaderCallReader call_;
};

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<MessageReader>(marker, tools);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return "\"<|start|>assistant\"? " +
         write_header_call(writer, tool,
                           {.before = "<|channel|>commentary to=functions.",
                            .between = " <|constrain|>json<|message|>",
                            .after = "<|call|>"});
}

}  // namespace

Dialect harmony() {
  return {
      .name = "harmony",
      .is_used_by = is_used_by,
      .opens = {"<|channel|>", "<|start|>"},
      .lead_opens = {kRecipient},
      .closers = {},
      .punctuation = {"<|end|>", "<|return|>", "<|call|>"},
      .inner = {kMessage, "<|constrain|>"},
      .opens_thinking = true,
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "", .close = ""},
      .trigger = "<|channel|>commentary to=functions.",
      .is_single = true,
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
