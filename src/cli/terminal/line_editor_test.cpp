#include "cli/terminal/line_editor.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/terminal/escape.h"
#include "support/temporary_folder.h"

namespace bantam::cli {
namespace {

using Messages = std::vector<std::string>;

// What an editor makes of a file of these bytes.
Messages read_piped(std::string_view bytes) {
  std::FILE* file = std::tmpfile();
  std::fwrite(bytes.data(), 1, bytes.size(), file);
  std::rewind(file);
  InterruptGuard interrupt;
  LineEditor editor(interrupt, {.input = file});
  EXPECT_FALSE(editor.is_interactive());
  Messages messages;
  while (auto message = editor.read_message()) messages.push_back(*message);
  std::fclose(file);
  return messages;
}

TEST(LineEditor, TakesOneMessageALineFromAPipe) {
  EXPECT_EQ(read_piped("one\ntwo\r\n\nlast without end"),
            (Messages{"one", "two", "", "last without end"}));
  EXPECT_EQ(read_piped(""), Messages{});
}

TEST(LineEditor, JoinsLinesBetweenTripleQuotes) {
  EXPECT_EQ(read_piped("\"\"\"a\n b\nc\"\"\"\nnext\n"), (Messages{"a\n b\nc", "next"}));
  EXPECT_EQ(read_piped("\"\"\"\na\n\"\"\"\n"), (Messages{"\na\n"}));
  EXPECT_EQ(read_piped("\"\"\"one line\"\"\"\n"), (Messages{"one line"}));
  EXPECT_EQ(read_piped("\"\"\"\"\"\"\n"), (Messages{""}));
  EXPECT_EQ(read_piped("\"\"\"never closed\nb"), (Messages{"never closed\nb"}));
  EXPECT_EQ(read_piped("say \"\"\"x\n"), (Messages{"say \"\"\"x"}));
}

TEST(LineEditor, ReadsLinesLongerThanItsBuffer) {
  const std::string text(1'000'000, 'x');
  EXPECT_EQ(read_piped(text + "\nend\n"), (Messages{text, "end"}));
}

TEST(LineEditor, RefusesAMessageOfMoreThanItsLimit) {
  const std::string line(kMessageBytesMax, 'x');
  EXPECT_EQ(read_piped(line + "\n").size(), 1u);
  EXPECT_THROW(read_piped(line + "x\n"), Error);
  EXPECT_THROW(read_piped("\"\"\"" + line + "\nx\n"), Error);
}

TEST(LineEditor, StopsReadingAPipeAfterCtrlC) {
  InterruptGuard interrupt;
  std::FILE* file = std::tmpfile();
  LineEditor editor(interrupt, {.input = file});
  std::raise(SIGINT);
  EXPECT_EQ(editor.read_message(), std::nullopt);
  std::fclose(file);
}

// A second process with a terminal of its own, in which an editor echoes each message as <message>.
class TerminalSession {
 public:
  explicit TerminalSession(const std::filesystem::path& history = {}) {
    child_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (child_ == 0) run(history);
    wait_for(">>> ");
  }
  ~TerminalSession() {
    ::close(terminal_);
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
  }

  void type(std::string_view keys) {
    ASSERT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<::ssize_t>(keys.size()));
  }

  // Reads on until the screen shows `text`; what came before it is forgotten.
  void wait_for(std::string_view text) {
    std::size_t found = screen_.find(text);
    while (found == std::string::npos) {
      char bytes[512];
      ::pollfd ready{.fd = terminal_, .events = POLLIN, .revents = 0};
      const ::ssize_t count =
          ::poll(&ready, 1, 10'000) > 0 ? ::read(terminal_, bytes, sizeof bytes) : 0;
      ASSERT_GT(count, 0) << "never showed " << text << " after " << escaped_line(screen_);
      screen_.append(bytes, static_cast<std::size_t>(count));
      found = screen_.find(text);
    }
    screen_.erase(0, found + text.size());
  }

 private:
  [[noreturn]] static void run(const std::filesystem::path& history) {
    ::setenv("TERM", "dumb", 1);
    InterruptGuard interrupt([]() -> std::int64_t { return 0; });  // two presses come at once
    LineEditor editor(interrupt, {.history = history});
    while (const auto message = editor.read_message()) {
      std::printf("<%s>\n", escaped_line(*message).c_str());
      std::fflush(stdout);
    }
    std::printf("ended\n");
    std::fflush(stdout);
    std::_Exit(0);
  }

  int terminal_ = -1;
  ::pid_t child_ = -1;
  std::string screen_;
};

TEST(LineEditorAtATerminal, ReadsTextOfAnyLanguage) {
  TerminalSession session;
  session.type("naïve 日本 👩‍👧\n");
  session.wait_for("<naïve 日本 👩‍👧>");
}

TEST(LineEditorAtATerminal, EditsTheLine) {
  TerminalSession session;
  session.type("hallo\x01>\x05!\x7f\n");  // Ctrl-A, Ctrl-E, backspace
  session.wait_for("<>hallo>");
}

TEST(LineEditorAtATerminal, AsksOnWithinAMessageOfSeveralLines) {
  TerminalSession session;
  session.type("\"\"\"one\n");
  session.wait_for("... ");
  session.type("two\"\"\"\n");
  session.wait_for("<one\\x0atwo>");
}

TEST(LineEditorAtATerminal, ClearsTheLineAtCtrlC) {
  TerminalSession session;
  session.type("unwanted");
  session.wait_for("unwanted");
  session.type("\x03");
  session.wait_for(">>> ");
  session.type("wanted\n");
  session.wait_for("<wanted>");
}

TEST(LineEditorAtATerminal, EndsAtCtrlCTwice) {
  TerminalSession session;
  session.type("\x03");
  session.wait_for(">>> ");
  session.type("\x03");
  session.wait_for("ended");
}

TEST(LineEditorAtATerminal, EndsAtCtrlDOnAnEmptyLine) {
  TerminalSession session;
  session.type("\x04");
  session.wait_for("ended");
}

TEST(LineEditorAtATerminal, RemembersLinesOnlyIfAskedTo) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "history";
  {
    TerminalSession session(path);
    session.type("an earlier question\n");
    session.wait_for("<an earlier question>");
  }
  TerminalSession session(path);
  session.type("\x10");  // Ctrl-P, the line before
  session.wait_for("an earlier question");
  session.type("\n");
  session.wait_for("<an earlier question>");
  TerminalSession forgetful;
  forgetful.type("\x10new\n");
  forgetful.wait_for("<new>");
}

}  // namespace
}  // namespace bantam::cli
