#include "cli/flags/model_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "tensor/quant_format.h"

namespace bantam::cli {
namespace {

constexpr const char* kExecution = "Execution";

DType cache_type(const std::string& flag, const std::string& value, const model::Model& model) {
  if (value == "auto") return model.main_type() == DType::F32 ? DType::F32 : DType::F16;
  const QuantFormat* row = find_quant_format(value);
  if (row != nullptr && row->encode != nullptr) return row->type;
  throw Error(ErrorCode::BadInput,
              format("{}: found {}, expected auto, f32, f16, bf16, q8_0, q5_1, q5_0, q4_1 or q4_0",
                     flag, quoted(std::string_view(value))));
}

std::string cpu_level_names() {
  std::string names;
  for (const kernels::CpuLevel level : kernels::available_cpu_levels()) {
    names += (names.empty() ? "" : ", ") + std::string(kernels::cpu_level_name(level));
  }
  return names;
}

kernels::CpuLevel cpu_level(const std::string& value) {
  const kernels::CpuLevel best = kernels::detected_cpu_level();
  if (value == "auto") return best;
  for (const kernels::CpuLevel candidate : kernels::available_cpu_levels()) {
    if (value == kernels::cpu_level_name(candidate)) return candidate;
  }
  throw Error(ErrorCode::BadInput,
              format("--cpu: found {}, expected auto, or a level up to this processor's, {}",
                     quoted(std::string_view(value)), kernels::cpu_level_name(best)));
}

backend::WeightLayout weight_layout(const std::string& value) {
  if (value == "auto") return backend::WeightLayout::Panels;
  if (value == "rows") return backend::WeightLayout::Rows;
  throw Error(ErrorCode::BadInput, format("--weights: found {}, expected auto or rows",
                                          quoted(std::string_view(value))));
}

}  // namespace

void ModelFlags::add_model(CLI::App& command) {
  command.add_option(
      "MODEL", model,
      "Installed model, GGUF file or Hugging Face folder; without it the built-in model");
  command
      .add_option("--override", overrides,
                  "KEY=VALUE in the place of what the model's file says, or lacks; show lists what "
                  "it lacks")
      ->allow_extra_args(false);
}

library::ModelSource ModelFlags::source() const {
  library::ModelSource found = library::resolve_model(model);
  found.overrides = overrides;
  return found;
}

void ModelFlags::add_execution(CLI::App& command) {
  command.add_option("-t,--threads", threads, "Threads; 0: one a fast core")->group(kExecution);
  command.add_option("-c,--ctx", context, "Context size in tokens; 0: the command's own default")
      ->group(kExecution);
  command.add_option("-b,--batch", batch, "Prompt tokens computed in one pass")
      ->capture_default_str()
      ->group(kExecution);
  command
      .add_option("--cache-type-k", key_type,
                  "Type of cached keys: auto, f32, f16, bf16, q8_0, q5_1, q5_0, q4_1, q4_0")
      ->capture_default_str()
      ->group(kExecution);
  command.add_option("--cache-type-v", value_type, "Type of cached values, likewise")
      ->capture_default_str()
      ->group(kExecution);
  command.add_option("--cpu", cpu, "Instruction set level: auto, " + cpu_level_names())
      ->capture_default_str()
      ->group(kExecution);
  command
      .add_option("--weights", weights,
                  "auto: in memory in the kernels' own order where they fit; rows: as the file has "
                  "them, mapped")
      ->capture_default_str()
      ->group(kExecution);
  command
      .add_flag("--exact-bf16", exact_bf16,
                "Do not round activations to 16 bits before BF16 weights: exact, and slower")
      ->group(kExecution);
}

engine::ExecutorOptions ModelFlags::executor_options(const model::Model& network,
                                                     std::int64_t context_default) const {
  if (context < 0)
    throw Error(ErrorCode::BadInput, format("--ctx: found {}, expected 0 or more", context));
  if (threads < 0)
    throw Error(ErrorCode::BadInput, format("--threads: found {}, expected 0 or more", threads));
  return {.threads = threads,
          .context_tokens = context > 0 ? context : context_default,
          .batch_tokens = batch,
          .key_type = cache_type("--cache-type-k", key_type, network),
          .value_type = cache_type("--cache-type-v", value_type, network),
          .level = cpu_level(cpu),
          .exact_bf16 = exact_bf16,
          .weights = weight_layout(weights)};
}

std::int64_t default_context(const model::Model& model) {
  return std::min(model.spec().context_length, kContextDefaultMax);
}

std::int64_t default_context(const library::LoadedModel& model) {
  if (model.installed.context_tokens) {
    return std::min(*model.installed.context_tokens, model.model->spec().context_length);
  }
  return default_context(*model.model);
}

}  // namespace bantam::cli
