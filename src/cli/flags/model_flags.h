// Options that say which model to load and how to run it, shared by commands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/executor.h"
#include "library/loaded_model.h"

namespace CLI {
class App;
}

namespace bantam::cli {

struct ModelFlags {
  std::string model;                   // empty: the built-in one
  std::vector<std::string> overrides;  // "KEY=VALUE"
  int threads = 0;
  std::int64_t context = 0;  // 0: the command's default
  std::int64_t batch = 512;
  std::string key_type = "auto";
  std::string value_type = "auto";
  std::string cpu = "auto";
  std::string weights = "auto";
  bool exact_bf16 = false;

  // Adds MODEL, without which the built-in one is meant, and --override.
  void add_model(CLI::App& command);
  // Adds --threads, --ctx, --batch, --cache-type-k, --cache-type-v, --cpu, --weights, --exact-bf16.
  void add_execution(CLI::App& command);

  // What MODEL and --override mean; see resolve_model for the errors.
  library::ModelSource source() const;
  // Options for the executor. `context_default` is used without --ctx; "auto" cache types are F32
  // for a model whose weights are F32, else F16. Throws BadInput for a type or level that there is
  // not.
  engine::ExecutorOptions executor_options(const model::Model& network,
                                           std::int64_t context_default) const;
};

// Context without --ctx: what the model was trained for, but not more than this.
inline constexpr std::int64_t kContextDefaultMax = 4096;
std::int64_t default_context(const model::Model& model);
// Of an installed model its num_ctx, where it has one.
std::int64_t default_context(const library::LoadedModel& model);

}  // namespace bantam::cli
