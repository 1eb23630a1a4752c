#include "cli/terminal/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/format.h"

namespace bantam::cli {
namespace {

// A longer line is a mistake or an attack on the next start.
constexpr std::size_t kHistoryLineBytesMax = 64 * 1024;
constexpr std::uintmax_t kHistoryBytesMax = 16 * 1024 * 1024;

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view action, int error) {
  throw Error(ErrorCode::Io, format("{}: cannot {} the history: {}; choose another file or none",
                                    path.string(), action, std::strerror(error)));
}

}  // namespace

std::filesystem::path default_history_file() {
  // The specification says to ignore a relative path.
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && state[0] == '/') {
    return std::filesystem::path(state) / "bantam" / "history";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    return std::filesystem::path(home) / ".local" / "state" / "bantam" / "history";
  }
  throw Error(ErrorCode::NotFound,
              "history: neither XDG_STATE_HOME nor HOME is set to an absolute path");
}

HistoryFile::HistoryFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code error;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  if (error) fail(path_, "create the folder of", error.value());
  if (std::filesystem::exists(path_, error)) {
    if (!std::filesystem::is_regular_file(path_, error)) fail(path_, "read", EINVAL);
    read();
  }
  if (lines_.size() > kHistoryLinesMax) {
    lines_.erase(lines_.begin(), lines_.end() - static_cast<std::ptrdiff_t>(kHistoryLinesMax));
    rewrite();
  }
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) fail(path_, "open", errno);
}

HistoryFile::~HistoryFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void HistoryFile::append(std::string_view line) {
  if (line.empty() || line.size() > kHistoryLineBytesMax) return;
  if (line.find('\n') != std::string_view::npos) return;
  const std::string entry = std::string(line) + '\n';
  // One write, so that lines of several programs do not mix.
  [[maybe_unused]] const auto written = ::write(descriptor_, entry.data(), entry.size());
}

void HistoryFile::read() {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path_, error);
  if (error) fail(path_, "read", error.value());
  std::ifstream file(path_, std::ios::binary);
  if (!file) fail(path_, "read", errno);
  if (size > kHistoryBytesMax)
    file.seekg(-static_cast<std::streamoff>(kHistoryBytesMax), std::ios::end);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.size() <= kHistoryLineBytesMax) lines_.push_back(line);
  }
}

void HistoryFile::rewrite() {
  AtomicFile file(path_);
  for (const std::string& line : lines_) {
    file.write(line);
    file.write("\n");
  }
  file.commit();
  ::chmod(path_.c_str(), 0600);
}

}  // namespace bantam::cli
