// Earlier lines of the user, kept in a file only if the user asked for it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bantam::cli {

// Lines that are kept; older ones are dropped when the file is opened.
inline constexpr std::size_t kHistoryLinesMax = 1000;

// $XDG_STATE_HOME/bantam/history, or ~/.local/state/bantam/history (XDG Base Directory
// Specification 0.8). Throws NotFound if neither variable nor HOME is set.
std::filesystem::path default_history_file();

// One line an entry, readable by its owner only. Several programs may append at once. One thread at
// a time.
class HistoryFile {
 public:
  // Creates the file and its folder where they are not there. Throws Io naming the path.
  explicit HistoryFile(std::filesystem::path path);
  ~HistoryFile();
  HistoryFile(const HistoryFile&) = delete;
  HistoryFile& operator=(const HistoryFile&) = delete;

  // What the file held when it was opened, oldest first.
  const std::vector<std::string>& lines() const { return lines_; }

  // Adds a line. A full disk loses the line, not the conversation.
  void append(std::string_view line);

 private:
  void read();
  void rewrite();

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::vector<std::string> lines_;
};

}  // namespace bantam::cli
