// bantam convert: a model from a Hugging Face folder to a GGUF file, or back.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/terminal/escape.h"
#include "cli/terminal/progress.h"
#include "library/convert/convert.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  std::string model;
  std::string output;
  model::WeightType type = model::WeightType::AsStored;
  bool replaces = false;
  bool as_json = false;
};

void run(const Options& options) {
  const library::ModelSource source = library::resolve_model(options.model);
  const Stopwatch watch;
  std::optional<Progress> progress;
  const auto show = [&](std::uint64_t done, std::uint64_t total) {
    if (!progress) {
      progress.emplace(progress_screen(options.as_json), "converting", total, ProgressUnit::Bytes);
    }
    progress->update(done);
  };
  const library::ConvertReport report =
      library::convert(source, options.output,
                       {.type = options.type, .replaces = options.replaces, .progress = show});
  progress.reset();
  if (options.as_json) {
    std::cout << json_text(Json{{"output", options.output},
                                {"family", report.family},
                                {"tensors", report.tensor_count},
                                {"bytes", report.data_bytes},
                                {"seconds", watch.seconds()},
                                {"notes", report.notes},
                                {"warnings", report.warnings}})
              << '\n';
    return;
  }
  for (const std::string& warning : report.warnings) {
    std::cerr << "bantam: warning: " << escaped_line(warning) << '\n';
  }
  for (const std::string& note : report.notes) {
    std::cerr << "bantam: note: " << escaped_line(note) << '\n';
  }
  std::cout << escaped_line(options.output) << ": " << report.tensor_count << " tensors, "
            << human_bytes(report.data_bytes) << '\n';
}

}  // namespace

void add_convert(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "convert", "Write a Hugging Face folder as a GGUF file, or a GGUF file as a folder");
  command
      ->add_option("MODEL", options->model,
                   "Hugging Face folder or GGUF file; built-in for the built-in model")
      ->required();
  command->add_option("OUTPUT", options->output, "GGUF file or folder to write")->required();
  const std::map<std::string, model::WeightType> types{{"auto", model::WeightType::AsStored},
                                                       {"f32", model::WeightType::F32},
                                                       {"f16", model::WeightType::F16},
                                                       {"bf16", model::WeightType::Bf16}};
  command
      ->add_option(
          "--type", options->type,
          "Type of the weights: auto (as stored; quantized ones but MXFP4 as f32), f32, f16, bf16")
      ->transform(CLI::CheckedTransformer(types, CLI::ignore_case).description(""))
      ->type_name("TYPE");
  command->add_flag("--force", options->replaces, "Replace what has the output's name");
  command->add_flag("--json", options->as_json, "Report as JSON");
  command->footer(
      "\nExamples: bantam convert Qwen3-0.6B/ qwen3.gguf --type bf16\n"
      "          bantam convert model.gguf folder/");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
