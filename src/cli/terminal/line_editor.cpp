#include "cli/terminal/line_editor.h"

#include <unistd.h>

#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace bantam::cli {
namespace {

constexpr std::string_view kMark = "\"\"\"";

bool is_terminal(std::FILE* file) { return ::isatty(::fileno(file)) != 0; }

}  // namespace

LineEditor::LineEditor(InterruptGuard& interrupt, LineEditorOptions options)
    : options_(std::move(options)),
      interactive_(is_terminal(options_.input) && is_terminal(options_.output)) {
  if (!interactive_) {
    lines_ = piped_lines(::fileno(options_.input), interrupt);
    return;
  }
  if (!options_.history.empty()) history_ = std::make_unique<HistoryFile>(options_.history);
  lines_ = terminal_lines(options_.input, options_.output, interrupt, history_.get());
}

std::optional<std::string> LineEditor::read_message() {
  while (true) {
    Line line = lines_->read(options_.prompt);
    if (line.kind == Line::Kind::Text && line.text.starts_with(kMark)) {
      line = read_rest(line.text.substr(kMark.size()));
    }
    if (line.kind == Line::Kind::Text) return std::move(line.text);
    if (line.kind != Line::Kind::Cleared) return std::nullopt;
  }
}

// The message that began with `first`. The end of the input ends it too, as the user can mean
// nothing else.
Line LineEditor::read_rest(std::string first) {
  std::string message = std::move(first);
  while (!message.ends_with(kMark)) {
    Line line = lines_->read(options_.continuation);
    if (line.kind == Line::Kind::Cleared || line.kind == Line::Kind::Left) return line;
    if (line.kind == Line::Kind::End) return {Line::Kind::Text, std::move(message)};
    message += '\n';
    message += line.text;
    if (message.size() > kMessageBytesMax) {
      throw Error(ErrorCode::BadInput, format("the message is longer than {}; close it with \"\"\"",
                                              human_bytes(kMessageBytesMax)));
    }
  }
  message.resize(message.size() - kMark.size());
  return {Line::Kind::Text, std::move(message)};
}

}  // namespace bantam::cli
