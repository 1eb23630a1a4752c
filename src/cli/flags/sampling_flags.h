// Options of text generation, shared by commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/request.h"
#include "library/loaded_model.h"

namespace CLI {
class App;
}

namespace bantam::cli {

// What was not given on the command line comes from the model's own defaults.
struct SamplingFlags {
  std::optional<float> temperature, repeat_penalty, presence_penalty, frequency_penalty;
  std::optional<double> top_p, min_p, typical_p;
  std::optional<std::int64_t> top_k, repeat_last_n;
  std::optional<std::uint64_t> seed;
  std::int64_t max_tokens = -1;
  std::vector<std::string> stop;
  bool ignore_end = false;
  std::optional<std::int64_t> logprobs;

  void add(CLI::App& command);

  // A request without a prompt: these flags over the model's defaults. Without --seed a random one
  // is chosen.
  engine::Request request(const library::LoadedModel& model) const;
  // The strings that end an answer: these flags' and the model's.
  std::vector<std::string> stops(const library::LoadedModel& model) const;
};

}  // namespace bantam::cli
