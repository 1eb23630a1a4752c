#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/format.h"
#include "cli/terminal/line_source.h"

namespace bantam::cli {
namespace {

class PipedLines final : public LineSource {
 public:
  PipedLines(int input, InterruptGuard& interrupt) : input_(input), interrupt_(interrupt) {}

  Line read(const std::string&) override {
    std::string text;
    while (begin_ < end_ || fill()) {
      const std::string_view waiting(buffer_.data() + begin_, end_ - begin_);
      const std::size_t newline = waiting.find('\n');
      text += waiting.substr(0, newline);
      if (text.size() > kMessageBytesMax) {
        throw Error(ErrorCode::BadInput, format("standard input: a line is longer than {}",
                                                human_bytes(kMessageBytesMax)));
      }
      if (newline != std::string_view::npos) {
        begin_ += newline + 1;
        if (text.ends_with('\r')) text.pop_back();
        return {Line::Kind::Text, std::move(text)};
      }
      begin_ = end_;
    }
    if (interrupt_.requested()) return {Line::Kind::Left, ""};
    if (text.empty()) return {};
    return {Line::Kind::Text, std::move(text)};
  }

 private:
  // Reads some more; false at the end and after Ctrl-C.
  bool fill() {
    while (!interrupt_.requested()) {
      const ::ssize_t count = ::read(input_, buffer_.data(), buffer_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        throw Error(ErrorCode::Io, format("standard input: cannot read: {}", std::strerror(errno)));
      }
      begin_ = 0;
      end_ = static_cast<std::size_t>(count);
      return count > 0;
    }
    return false;
  }

  int input_;
  InterruptGuard& interrupt_;
  std::array<char, 64 * 1024> buffer_;
  std::size_t begin_ = 0;  // of what is not read yet in buffer_
  std::size_t end_ = 0;
};

}  // namespace

std::unique_ptr<LineSource> piped_lines(int input, InterruptGuard& interrupt) {
  return std::make_unique<PipedLines>(input, interrupt);
}

}  // namespace bantam::cli
