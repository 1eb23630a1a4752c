#include "cli/model_report.h"

#include <map>

#include "base/format.h"
#include "cli/terminal/escape.h"
#include "model/description.h"
#include "tensor/quant_format.h"

namespace bantam::cli {
namespace {

std::string line(std::string_view label, const std::string& value) {
  return format("  {}{}\n", label,
                std::string(label.size() < 16 ? 16 - label.size() : 1, ' ') + value);
}

std::string bytes(std::int64_t count) { return human_bytes(static_cast<std::uint64_t>(count)); }

// A line for each kind of layer, with their number where there are several kinds.
std::string kind_lines(std::string_view label, const std::vector<model::LayerKind>& kinds) {
  std::string text;
  for (const model::LayerKind& kind : kinds) {
    text += line(text.empty() ? label : "",
                 kinds.size() == 1 ? kind.text : format("{} x {}", kind.layer_count, kind.text));
  }
  return text;
}

std::string network(const model::Model& model) {
  const model::ModelSpec& spec = model.spec();
  return line("architecture", spec.family) +
         (spec.name.empty() ? "" : line("name", escaped_line(spec.name))) +
         line("parameters", human_count(static_cast<std::uint64_t>(model.parameter_count()))) +
         line("context", format("{} tokens", spec.context_length)) +
         line("layers", to_text(spec.layers.size())) +
         line("hidden size", to_text(spec.hidden_size)) +
         kind_lines("attention", model::mixer_kinds(spec)) +
         kind_lines("feed-forward", model::ffn_kinds(spec)) +
         line("vocabulary", format("{} tokens{}", spec.vocabulary_size,
                                   spec.has_tied_output ? ", output matrix shared" : ""));
}

std::string storage(const model::Model& model) {
  std::map<std::string_view, std::pair<int, std::int64_t>> types;  // name: tensors, bytes
  for (const formats::TensorEntry& entry : model.file().tensors()) {
    auto& [count, size] = types[type_name(entry.tensor.type)];
    ++count;
    size += entry.tensor.byte_count();
  }
  std::string text = line("weights", format("{}, {} bits a weight", bytes(model.weight_bytes()),
                                            fixed(8.0 * static_cast<double>(model.weight_bytes()) /
                                                      static_cast<double>(model.parameter_count()),
                                                  2)));
  for (const auto& [name, usage] : types) {
    text += line(format("  {}", name), format("{} tensors, {}", usage.first, bytes(usage.second)));
  }
  return text;
}

std::string memory(const library::LoadedModel& model, const engine::ExecutionPlan& execution) {
  const model::MemoryPlan& plan = execution.memory;
  const engine::ExecutorOptions& options = execution.options;
  const std::int64_t rest =
      plan.program_bytes + library::tokenizer_bytes(model.tokenizer->vocab_size());
  return line("total", bytes(plan.weight_bytes + plan.kv_bytes + plan.activation_bytes + rest)) +
         line("weights", bytes(plan.weight_bytes)) +
         line("cache", format("{} ({} tokens, keys {}, values {})", bytes(plan.kv_bytes),
                              options.context_tokens, quant_format(options.key_type).name,
                              quant_format(options.value_type).name)) +
         line("activations", bytes(plan.activation_bytes)) + line("program, text", bytes(rest));
}

std::string assumptions(const library::LoadedModel& model) {
  std::string text = model.assumptions.empty() ? "" : "\nleft open by the file\n";
  for (const model::Assumption& open : model.assumptions) {
    text += format("  {}: {} assumed\n    {}\n    --override {}={}\n", open.key, open.assumed,
                   open.why, open.key, open.instead);
  }
  return text;
}

}  // namespace

std::string model_report(const library::LoadedModel& model,
                         const engine::ExecutionPlan& execution) {
  std::string text =
      format("{}\n\nnetwork\n", escaped_line(model.source.name)) + network(*model.model) +
      "\nstorage\n" + storage(*model.model) + "\ntext\n" +
      line("tokens", to_text(model.tokenizer->vocab_size())) +
      line("chat template", model.chat_template            ? "yes"
                            : model.template_fault.empty() ? "none: the model continues text"
                                                           : "faulty: only --raw works") +
      "\npredicted memory\n" + memory(model, execution) + assumptions(model);
  for (const std::string& warning : model.warnings)
    text += "\nnote: " + escaped_for_terminal(warning) + "\n";
  return text;
}

}  // namespace bantam::cli
