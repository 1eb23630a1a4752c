// bantam show: what a model is, before it is run.
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/flags/model_flags.h"
#include "cli/model_report.h"
#include "cli/terminal/escape.h"
#include "cli/terminal/table.h"
#include "model/description.h"
#include "store/modelfile.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  ModelFlags model;
  bool with_tensors = false;
  bool with_metadata = false;
  bool with_template = false;
  bool with_modelfile = false, with_system = false, with_parameters = false, with_license = false;
  bool as_json = false;
};

Json tensors_json(const model::Model& model) {
  Json tensors = Json::array();
  for (const formats::TensorEntry& entry : model.file().tensors()) {
    std::vector<std::int64_t> shape;
    for (int axis = 0; axis < entry.tensor.shape.rank(); ++axis)
      shape.push_back(entry.tensor.shape[axis]);
    tensors.push_back({{"name", entry.name},
                       {"type", type_name(entry.tensor.type)},
                       {"shape", shape},
                       {"bytes", entry.tensor.byte_count()}});
  }
  return tensors;
}

Json kinds_json(const std::vector<model::LayerKind>& kinds) {
  Json list = Json::array();
  for (const model::LayerKind& kind : kinds) {
    list.push_back({{"layers", kind.layer_count}, {"what", kind.text}});
  }
  return list;
}

Json assumptions_json(const std::vector<model::Assumption>& assumptions) {
  Json list = Json::array();
  for (const model::Assumption& assumption : assumptions) {
    list.push_back({{"key", assumption.key},
                    {"assumed", assumption.assumed},
                    {"why", assumption.why},
                    {"override", format("{}={}", assumption.key, assumption.instead)}});
  }
  return list;
}

Json to_json(const library::LoadedModel& model, const engine::ExecutionPlan& plan) {
  const model::Model& network = *model.model;
  const model::ModelSpec& spec = network.spec();
  const model::MemoryPlan& memory = plan.memory;
  const std::int64_t rest =
      memory.program_bytes + library::tokenizer_bytes(model.tokenizer->vocab_size());
  const backend::KvLayerShape attention = network.kv_shapes().front();
  Json value = {
      {"model", model.source.name},
      {"architecture", spec.family},
      {"name", spec.name},
      {"parameters", network.parameter_count()},
      {"weight_bytes", network.weight_bytes()},
      {"bits_per_weight", 8.0 * static_cast<double>(network.weight_bytes()) /
                              static_cast<double>(network.parameter_count())},
      {"main_type", type_name(network.main_type())},
      {"context_length", spec.context_length},
      {"layers", spec.layers.size()},
      {"hidden_size", spec.hidden_size},
      {"heads", attention.head_count * network.heads_per_kv_max()},
      {"kv_heads", attention.head_count},
      {"head_size", attention.key_size},
      {"attention", kinds_json(model::mixer_kinds(spec))},
      {"feed_forward", kinds_json(model::ffn_kinds(spec))},
      {"vocabulary_size", spec.vocabulary_size},
      {"tied_output", spec.has_tied_output},
      {"chat_template", nullptr},
      {"predicted_memory",
       {{"total_bytes", memory.weight_bytes + memory.kv_bytes + memory.activation_bytes + rest},
        {"weight_bytes", memory.weight_bytes},
        {"cache_bytes", memory.kv_bytes},
        {"activation_bytes", memory.activation_bytes},
        {"program_and_text_bytes", rest},
        {"context_tokens", plan.options.context_tokens}}},
      {"warnings", model.warnings},
      {"assumptions", assumptions_json(model.assumptions)},
      {"tensors", tensors_json(network)}};
  if (!model.template_source.empty()) value["chat_template"] = model.template_source;
  return value;
}

void print_tensors(const model::Model& model) {
  Table table({{"tensor"}, {"type"}, {"shape"}, {"bytes", Align::Right}});
  for (const formats::TensorEntry& entry : model.file().tensors()) {
    table.add_row({entry.name, std::string(type_name(entry.tensor.type)),
                   to_text(entry.tensor.shape), to_text(entry.tensor.byte_count())});
  }
  std::cout << table.text();
}

void print_metadata(const model::Model& model) {
  for (const auto& [key, entry] : model.file().metadata().entries()) {
    std::cout << escaped_line(key) << " = " << escaped_line(formats::to_text(entry.value)) << '\n';
  }
}

// The template alone needs no weights, so that models of any family show theirs.
void print_template(const library::ModelSource& source, bool as_json) {
  const auto found = library::load_template_source(source);
  if (!found) {
    throw Error(ErrorCode::Unsupported, format("{}: the model has no chat template", source.name));
  }
  if (as_json) {
    std::cout << json_text({{"model", source.name}, {"chat_template", *found}}) << '\n';
  } else {
    std::cout << (::isatty(STDOUT_FILENO) != 0 ? escaped_for_terminal(*found) : *found) << '\n';
  }
}

// What an installed model's manifest says; the one text that was asked for.
void print_installed(const library::ModelSource& source, const Options& options) {
  const store::ModelParts* parts = source.installed.get();
  if (parts == nullptr) {
    throw Error(ErrorCode::BadInput,
                format("{}: only installed models have that; bantam list shows them", source.name));
  }
  std::string text;
  const char* key = "modelfile";
  if (options.with_modelfile) {
    text = store::modelfile_of(*parts);
  } else if (options.with_system) {
    key = "system";
    text = parts->system;
  } else if (options.with_parameters) {
    key = "parameters";
    text = store::parameters_text(parts->parameters);
  } else {
    key = "license";
    for (const std::string& license : parts->licenses) text += license + "\n";
  }
  if (options.as_json) {
    std::cout << json_text({{"model", source.name}, {key, text}}) << '\n';
    return;
  }
  if (!text.empty() && text.back() != '\n') text += '\n';
  std::cout << (::isatty(STDOUT_FILENO) != 0 ? escaped_for_terminal(text) : text);
}

void run(const Options& options) {
  const library::ModelSource source = options.model.source();
  if (options.with_modelfile || options.with_system || options.with_parameters ||
      options.with_license) {
    print_installed(source, options);
    return;
  }
  if (options.with_template) {
    print_template(source, options.as_json);
    return;
  }
  const library::LoadedModel model = library::load_model(source);
  const engine::ExecutionPlan plan = engine::plan_execution(
      *model.model, options.model.executor_options(*model.model, default_context(model)));
  if (options.as_json) {
    std::cout << json_text(to_json(model, plan)) << '\n';
    return;
  }
  std::cout << model_report(model, plan);
  if (options.with_metadata) {
    std::cout << '\n';
    print_metadata(*model.model);
  }
  if (options.with_tensors) {
    std::cout << '\n';
    print_tensors(*model.model);
  }
}

}  // namespace

void add_show(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "show", "Show a model's architecture, sizes, template and predicted memory");
  options->model.add_model(*command);
  command->add_flag("--tensors", options->with_tensors, "List every tensor");
  command->add_flag("--metadata", options->with_metadata, "List the file's key-values");
  command->add_flag("--template", options->with_template, "Print only the chat template");
  command->add_flag("--modelfile", options->with_modelfile,
                    "Print only a Modelfile that makes the installed model again");
  command->add_flag("--system", options->with_system, "Print only its system message");
  command->add_flag("--parameters", options->with_parameters, "Print only its parameters");
  command->add_flag("--license", options->with_license, "Print only its licenses");
  command->add_flag("--json", options->as_json, "Report as JSON");
  options->model.add_execution(*command);
  command->footer("\nExample: bantam show model.gguf --tensors --ctx 8192");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
