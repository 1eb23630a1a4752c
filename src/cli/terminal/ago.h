// Times and sizes as lists of models show them.
#pragma once

#include <cstdint>
#include <string>

namespace bantam::cli {

// "2 weeks ago", as Ollama's lists have it; for times to come "now".
std::string ago(std::int64_t seconds);
// "2.0 GB": powers of 1000, one decimal below 10 unless it is 0, "815 MB" from there.
std::string list_bytes(std::uint64_t bytes);

}  // namespace bantam::cli
