#include <fcntl.h>
#include <histedit.h>
#include <langinfo.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstring>
#include <cwchar>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/format.h"
#include "cli/terminal/line_source.h"

namespace bantam::cli {
namespace {

constexpr wchar_t kReplacement = 0xfffd;
constexpr unsigned char kControlD = 4;

// libedit converts between bytes and wide characters by the locale.
void ensure_utf8_locale() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

// Holds SIGINT back, so that one which comes between looking at the flag and waiting is not missed.
class InterruptHeld {
 public:
  InterruptHeld() {
    ::sigset_t interrupt;
    ::sigemptyset(&interrupt);
    ::sigaddset(&interrupt, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &interrupt, &before_);
  }
  ~InterruptHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  const ::sigset_t& before() const { return before_; }

 private:
  ::sigset_t before_;
};

// The same terminal, opened again so that reads do not wait without making them so for everyone who
// shares `terminal`: Ctrl-C empties the input queue, perhaps just after poll() found something in
// it. Where the terminal has no name, a copy of the descriptor.
class PrivateTerminal {
 public:
  explicit PrivateTerminal(int terminal) {
    char name[256];
    if (::ttyname_r(terminal, name, sizeof name) == 0) {
      descriptor_ = ::open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    }
    if (descriptor_ < 0) descriptor_ = ::fcntl(terminal, F_DUPFD_CLOEXEC, 0);
  }
  ~PrivateTerminal() { ::close(descriptor_); }
  PrivateTerminal(const PrivateTerminal&) = delete;
  PrivateTerminal& operator=(const PrivateTerminal&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

class TerminalLines final : public LineSource {
 public:
  TerminalLines(std::FILE* input, std::FILE* output, InterruptGuard& interrupt,
                HistoryFile* history)
      : input_(::fileno(input)), output_(output), interrupt_(interrupt), file_(history) {
    ensure_utf8_locale();
    edit_.reset(::el_init("bantam", input, output, stderr));
    history_.reset(::history_init());
    if (edit_ == nullptr || history_ == nullptr) {
      throw Error(ErrorCode::Io, "terminal: cannot set up line editing; pipe the input instead");
    }
    ::HistEvent event;
    ::history(history_.get(), &event, H_SETSIZE, static_cast<int>(kHistoryLinesMax));
    ::history(history_.get(), &event, H_SETUNIQUE, 1);
    if (file_ != nullptr) {
      for (const std::string& line : file_->lines()) remember(line);
    }
    ::el_set(edit_.get(), EL_CLIENTDATA, this);
    ::el_set(edit_.get(), EL_PROMPT, &TerminalLines::prompt_text);
    ::el_set(edit_.get(), EL_GETCFN, &TerminalLines::next_character);
    ::el_set(edit_.get(), EL_EDITOR, "emacs");
    ::el_set(edit_.get(), EL_HIST, ::history, history_.get());
    ::el_set(edit_.get(), EL_SIGNAL, 0);
    ::el_set(edit_.get(), EL_BIND, "^R", "em-inc-search-prev", nullptr);
  }

  Line read(const std::string& prompt) override {
    const InterruptHeld held;
    waiting_mask_ = &held.before();
    prompt_ = prompt;
    ::el_resize(edit_.get());
    int count = 0;
    const char* text = ::el_gets(edit_.get(), &count);
    if (text != nullptr && count > 0)
      return take(std::string_view(text, static_cast<std::size_t>(count)));

    std::fputs("\n", output_);
    std::fflush(output_);
    if (!interrupt_.requested()) return {};
    const bool leave = interrupt_.pressed_twice();
    interrupt_.clear();
    return {leave ? Line::Kind::Left : Line::Kind::Cleared, ""};
  }

 private:
  struct EndEdit {
    void operator()(::EditLine* edit) const { ::el_end(edit); }
  };
  struct EndHistory {
    void operator()(::History* history) const { ::history_end(history); }
  };

  static TerminalLines& self(::EditLine* edit) {
    TerminalLines* result = nullptr;
    ::el_get(edit, EL_CLIENTDATA, &result);
    return *result;
  }

  static char* prompt_text(::EditLine* edit) { return self(edit).prompt_.data(); }

  // libedit's contract: 1 and a character, 0 at the end, -1 to give up the line.
  static int next_character(::EditLine* edit, wchar_t* character) {
    return self(edit).decode(character);
  }

  int decode(wchar_t* character) {
    unsigned char byte = 0;
    if (const int got = next_byte(byte); got != 1) return got;
    const int more = byte < 0x80 ? 0 : byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : -1;
    *character = kReplacement;
    if (more < 0) return 1;
    auto code = static_cast<std::uint32_t>(more == 0 ? byte : byte & (0x3f >> more));
    for (int i = 0; i < more; ++i) {
      if (const int got = next_byte(byte); got != 1) return got;
      if ((byte & 0xc0) != 0x80) {
        pushed_back_ = byte;
        return 1;
      }
      code = code << 6 | (byte & 0x3fu);
    }
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    if (code <= 0x10ffff && !surrogate) *character = static_cast<wchar_t>(code);
    return 1;
  }

  int next_byte(unsigned char& byte) {
    if (pushed_back_) {
      byte = *pushed_back_;
      pushed_back_.reset();
      return 1;
    }
    while (true) {
      ::pollfd ready{.fd = input_.descriptor(), .events = POLLIN, .revents = 0};
      if (::ppoll(&ready, 1, nullptr, waiting_mask_) >= 0) {
        const ::ssize_t count = ::read(input_.descriptor(), &byte, 1);
        // A Ctrl-D typed ahead, while the terminal was not ours, is queued as a zero byte.
        if (count == 1 && byte == 0) byte = kControlD;
        if (count >= 0 || (errno != EINTR && errno != EAGAIN)) return static_cast<int>(count);
      } else if (errno != EINTR) {
        return -1;
      }
      if (interrupt_.requested()) return -1;
    }
  }

  Line take(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.size() > kMessageBytesMax) {
      throw Error(ErrorCode::BadInput,
                  format("the line is longer than {}", human_bytes(kMessageBytesMax)));
    }
    Line line{Line::Kind::Text, std::string(text)};
    if (!text.empty()) {
      remember(line.text);
      if (file_ != nullptr) file_->append(line.text);
    }
    return line;
  }

  void remember(const std::string& line) {
    ::HistEvent event;
    ::history(history_.get(), &event, H_ENTER, line.c_str());
  }

  PrivateTerminal input_;
  std::FILE* output_;
  InterruptGuard& interrupt_;
  HistoryFile* file_;
  std::unique_ptr<::History, EndHistory> history_;
  std::unique_ptr<::EditLine, EndEdit> edit_;  // refers to history_
  std::string prompt_;
  const ::sigset_t* waiting_mask_ = nullptr;  // the signals to hold back while waiting for a key
  std::optional<unsigned char> pushed_back_;
};

}  // namespace

std::unique_ptr<LineSource> terminal_lines(std::FILE* input, std::FILE* output,
                                           InterruptGuard& interrupt, HistoryFile* history) {
  return std::make_unique<TerminalLines>(input, output, interrupt, history);
}

}  // namespace bantam::cli
