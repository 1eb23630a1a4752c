#include "base/cores.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "base/format.h"

namespace bantam {
namespace {

// Kinds of at least this share of the fastest kind's capacity count as fast: the second of the
// three kinds of a telephone does, its efficiency cores do not.
constexpr double kFastShare = 0.6;

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The list format of the kernel: "0-3,8,10-11". What is not one ends it.
std::set<int> listed_processors(std::string_view text) {
  constexpr int kProcessorsMax = 1 << 16;
  std::set<int> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto read = [&](int& number) {
    const auto [next, error] = std::from_chars(at, end, number);
    at = next;
    return error == std::errc{};
  };
  const auto skip = [&](char c) { return at != end && *at == c && ++at != nullptr; };
  do {
    int low = 0;
    if (!read(low)) return numbers;
    int high = low;
    if (skip('-') && !read(high)) return numbers;
    for (int i = std::max(0, low); i <= std::min(high, kProcessorsMax); ++i) numbers.insert(i);
  } while (skip(','));
  return numbers;
}

int number_or(const std::string& text, int otherwise) {
  int number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// What Linux rates a processor at, of 1024; 1024 where it does not say.
int capacity(const std::filesystem::path& sys, int processor) {
  return number_or(first_line(sys / "system/cpu" / format("cpu{}", processor) / "cpu_capacity"),
                   1024);
}

std::vector<int> of_the_fast_kinds(std::span<const int> allowed, const std::filesystem::path& sys) {
  std::vector<int> fast;
  const std::set<int> performance = listed_processors(first_line(sys / "cpu_core/cpus"));
  for (const int processor : allowed) {
    if (performance.contains(processor)) fast.push_back(processor);
  }
  if (!fast.empty()) return fast;
  int best = 0;
  for (const int processor : allowed) best = std::max(best, capacity(sys, processor));
  for (const int processor : allowed) {
    if (capacity(sys, processor) >= kFastShare * best) fast.push_back(processor);
  }
  return fast;
}

}  // namespace

Cores fast_cores(std::span<const int> allowed, const std::filesystem::path& sys) {
  Cores cores;
  cores.processors = of_the_fast_kinds(allowed, sys);
  cores.has_slower = cores.processors.size() < allowed.size();
  std::set<int> firsts;  // the lowest number of each core's threads
  for (const int processor : cores.processors) {
    const std::set<int> threads = listed_processors(first_line(
        sys / "system/cpu" / format("cpu{}", processor) / "topology/thread_siblings_list"));
    firsts.insert(threads.empty() ? processor : *threads.begin());
  }
  cores.count = std::max(1, static_cast<int>(firsts.size()));
  return cores;
}

std::vector<int> usable_processors() {
  std::vector<int> processors;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &allowed)) processors.push_back(i);
    }
  }
  const int all = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (processors.empty()) {
    processors.resize(static_cast<std::size_t>(all));
    std::iota(processors.begin(), processors.end(), 0);
  }
  return processors;
}

double processor_quota(const std::filesystem::path& file) {
  std::ifstream text(file);
  double microseconds = 0;
  double period = 0;
  if (text >> microseconds >> period && period > 0) return microseconds / period;
  return std::numeric_limits<double>::infinity();  // "max", or no such file
}

int usable_core_count() {
  const double most = std::min<double>(fast_cores(usable_processors()).count, processor_quota());
  return std::max(1, static_cast<int>(most));
}

}  // namespace bantam
