// Options of speculative decoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/speculative/speculation.h"
#include "library/loaded_model.h"

namespace CLI {
class App;
}

namespace bantam::cli {

struct SpeculationFlags {
  std::optional<std::string> mode;  // none: auto
  std::string draft_model;          // empty: none
  std::int64_t draft_max = engine::SpeculationOptions{}.draft_max;

  // Adds --speculate, --draft-model, --draft-max.
  void add(CLI::App& command);

  // Whether the user asked for it, so that he should hear where it is not to be had.
  bool is_explicit() const { return !draft_model.empty() || mode.value_or("off") != "off"; }

  // For this model; loads the draft model. Throws BadInput for values out of range or against each
  // other, what loading throws, and Unsupported for a draft model of another vocabulary.
  engine::SpeculationOptions options(const library::LoadedModel& model) const;
};

}  // namespace bantam::cli
