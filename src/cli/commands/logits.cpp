// bantam logits: what the network computes for given token ids, for comparing implementations.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/flags/model_flags.h"
#include "cli/terminal/progress.h"
#include "engine/single_sequence.h"
#include "formats/safetensors_writer.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

struct Options {
  ModelFlags model;
  std::vector<std::int32_t> ids;
  std::string output;
  bool with_hidden = false;
  bool as_json = false;
};

// F32 [rows, columns], or [streams, rows, columns], that rows are copied into.
struct Recorded {
  Recorded(std::string tensor_name, std::int64_t stream_count, std::int64_t rows,
           std::int64_t columns)
      : name(std::move(tensor_name)),
        streams(stream_count),
        buffer(static_cast<std::size_t>(streams * rows * columns) * sizeof(float)),
        tensor{DType::F32, streams == 1 ? Shape{rows, columns} : Shape{streams, rows, columns},
               buffer.data()} {}

  void copy_rows(const Tensor& from, std::int64_t first_row) {
    const std::int64_t rows = tensor.shape.rows() / streams, copied = from.shape.rows() / streams;
    for (std::int64_t stream = 0; stream < streams; ++stream) {
      std::memcpy(tensor.row(stream * rows + first_row), from.row(stream * copied),
                  static_cast<std::size_t>(from.byte_count() / streams));
    }
  }

  std::string name;
  std::int64_t streams;
  Buffer buffer;
  Tensor tensor;
};

void check_ids(const std::vector<std::int32_t>& ids, std::int64_t vocabulary_size) {
  for (const std::int32_t id : ids) {
    if (id >= 0 && id < vocabulary_size) continue;
    throw Error(ErrorCode::BadInput,
                format("--ids: found {}, expected 0 to {}", id, vocabulary_size - 1));
  }
}

// Runs all ids in passes of the batch size and records every row.
std::vector<Recorded> record(engine::Executor& executor, const std::vector<std::int32_t>& ids,
                             bool with_hidden, Progress& progress) {
  const model::ModelSpec& spec = executor.model().spec();
  const auto count = static_cast<std::int64_t>(ids.size());
  const auto stages = static_cast<std::int64_t>(spec.layers.size()) + 2;
  std::vector<Recorded> recorded;
  recorded.emplace_back("logits", 1, count, spec.vocabulary_size);
  for (std::int64_t stage = 0; with_hidden && stage < stages; ++stage) {
    const bool is_last = stage + 1 == stages;
    recorded.emplace_back(is_last ? "final_norm" : format("hidden_{}", stage),
                          is_last ? 1 : model::stream_count(spec), count, spec.hidden_size);
  }
  engine::SingleSequence sequence(executor, count);
  std::vector<std::int32_t> every_row(ids.size());
  std::iota(every_row.begin(), every_row.end(), 0);
  const std::int64_t batch = executor.options().batch_tokens;
  for (std::int64_t first = 0; first < count; first += batch) {
    const auto rows = static_cast<std::size_t>(std::min(batch, count - first));
    const auto keep_stage = [&](std::int64_t stage, const Tensor& hidden) {
      recorded[static_cast<std::size_t>(stage) + 1].copy_rows(hidden, first);
    };
    const model::HiddenObserver observer(keep_stage);
    const Tensor logits =
        sequence.run(std::span(ids).subspan(static_cast<std::size_t>(first), rows), first,
                     std::span(every_row).first(rows), with_hidden ? &observer : nullptr);
    recorded[0].copy_rows(logits, first);
    progress.update(static_cast<std::uint64_t>(first) + rows);
  }
  return recorded;
}

void run(const Options& options) {
  const auto source = options.model.source();
  const auto model = std::make_shared<const model::Model>(library::open_tensors(source));
  check_ids(options.ids, model->spec().vocabulary_size);
  const auto count = static_cast<std::int64_t>(options.ids.size());
  ModelFlags flags = options.model;
  // Exact by default: what is compared should differ by rounding only.
  if (flags.key_type == "auto") flags.key_type = "f32";
  if (flags.value_type == "auto") flags.value_type = "f32";
  engine::ExecutorOptions executor_options = flags.executor_options(*model, count);
  if (executor_options.context_tokens < count) {
    throw Error(ErrorCode::ContextFull,
                format("--ids: found {} ids, the context holds {}; use a larger "
                       "--ctx",
                       count, executor_options.context_tokens));
  }
  executor_options.output_rows = executor_options.batch_tokens;
  engine::Executor executor(model, executor_options);
  Progress progress(progress_screen(options.as_json), "computing", options.ids.size());
  const std::vector<Recorded> recorded =
      record(executor, options.ids, options.with_hidden, progress);
  progress.finish();

  std::vector<formats::NamedTensor> tensors;
  for (const Recorded& item : recorded) tensors.push_back({item.name, item.tensor});
  formats::write_safetensors(options.output, tensors, {{"model", source.name}});
  if (options.as_json) {
    Json names = Json::array();
    for (const Recorded& item : recorded) names.push_back(item.name);
    std::cout << json_text(Json{{"output", options.output}, {"tokens", count}, {"tensors", names}})
              << '\n';
  } else {
    std::cout << options.output << ": " << recorded.size() << " tensors of " << count
              << " tokens\n";
  }
}

}  // namespace

void add_logits(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "logits",
      "Write the logits of given token ids to a safetensors file, for comparing programs");
  options->model.add_model(*command);
  command->add_option("--ids", options->ids, "Token ids, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required();
  command
      ->add_option("-o,--output", options->output, "File to write: logits f32 [tokens, vocabulary]")
      ->required();
  command->add_flag(
      "--hidden", options->with_hidden,
      "Also hidden_0 (input of the first layer), hidden_i (output of layer i) and final_norm");
  command->add_flag("--json", options->as_json, "Report as JSON");
  options->model.add_execution(*command);
  command->footer(
      "\nThe cache is f32 here unless --cache-type-k/-v say otherwise. --batch 1 computes token by "
      "token.\nExample: bantam logits model.gguf --ids 1,15043,3186 -o out.safetensors");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
