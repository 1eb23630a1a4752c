// bantam perplexity: how well a model predicts a text, as llama-perplexity measures it.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "base/mapped_file.h"
#include "cli/commands/commands.h"
#include "cli/flags/model_flags.h"
#include "cli/terminal/interrupt.h"
#include "cli/terminal/progress.h"
#include "eval/perplexity.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  ModelFlags model;
  std::string file;
  std::int64_t windows = 0;
  bool as_json = false;
};

constexpr std::int64_t kWindowDefault = 512;

void print(const Options& options, const library::ModelSource& source, std::int64_t window,
           const eval::PerplexityResult& result) {
  if (options.as_json) {
    std::cout << json_text(Json{{"model", source.name},
                                {"file", options.file},
                                {"window_tokens", window},
                                {"windows", result.windows},
                                {"scored_tokens", result.scored_tokens},
                                {"perplexity", result.perplexity},
                                {"standard_error", result.standard_error},
                                {"mean_nll", result.mean_nll}})
              << '\n';
    return;
  }
  std::cout << "perplexity " << fixed(result.perplexity, 4) << " ± "
            << fixed(result.standard_error, 5) << "  (" << result.windows << " windows of "
            << window << " tokens, " << result.scored_tokens << " scored)\n";
}

void run(const Options& options) {
  const library::LoadedModel model = library::load_model(options.model.source());
  const MappedFile text(options.file);
  const std::int64_t window = options.model.context > 0 ? options.model.context : kWindowDefault;
  eval::PerplexityOptions settings;
  settings.window_tokens = window;
  settings.windows_max = options.windows;
  if (model.tokenizer->adds_bos()) settings.bos = model.tokenizer->bos();
  const std::vector<std::int32_t> tokens =
      model.tokenizer->encode(text.text(), {.add_special = true, .parse_special = false});
  engine::Executor executor(
      model.model, eval::perplexity_executor_options(
                       options.model.executor_options(*model.model, kWindowDefault), window));
  const auto total = static_cast<std::uint64_t>(tokens.size()) / static_cast<std::uint64_t>(window);
  Progress progress(progress_screen(options.as_json), "windows",
                    options.windows > 0 ? std::min<std::uint64_t>(total, options.windows) : total);
  const InterruptGuard interrupt;
  const eval::PerplexityResult result =
      eval::perplexity(executor, tokens, settings, [&](const eval::PerplexityResult& so_far) {
        progress.update(static_cast<std::uint64_t>(so_far.windows));
        return !interrupt.requested();
      });
  progress.finish();
  print(options, model.source, window, result);
}

}  // namespace

void add_perplexity(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("perplexity", "Measure how well a model predicts a text");
  options->model.add_model(*command);
  command->add_option("-f,--file", options->file, "Text file, UTF-8")->required();
  command->add_option("--windows", options->windows, "Score only the first windows; 0: all")
      ->check(CLI::Range(0, 1 << 30));
  command->add_flag("--json", options->as_json, "Report as JSON");
  options->model.add_execution(*command);
  command->footer(
      "\nThe text is cut into windows of --ctx tokens (512); the second half of each is scored.\n"
      "Example: bantam perplexity model.gguf -f wiki.test.raw");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
