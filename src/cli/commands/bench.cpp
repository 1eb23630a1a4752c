// bantam bench: prefill and decode speed in llama-bench's columns, and how near they are to the
// machine's limit.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/flags/model_flags.h"
#include "cli/json.h"
#include "cli/terminal/interrupt.h"
#include "cli/terminal/progress.h"
#include "cli/terminal/table.h"
#include "eval/machine.h"
#include "eval/speed.h"

namespace bantam::cli {
namespace {

struct Options {
  ModelFlags model;
  std::vector<std::int64_t> prompts{512};
  std::vector<std::int64_t> generations{128};
  std::vector<std::int64_t> depths{0};
  int repetitions = 5;
  bool as_json = false;
};

struct Report {
  library::ModelSource source;
  std::shared_ptr<const model::Model> model;
  int threads = 0;
  std::string level;
  eval::MachinePeaks peaks;
  std::vector<eval::SpeedResult> results;
  std::int64_t memory_predicted = 0;
  std::uint64_t memory_peak = 0;
};

std::string test_name(const eval::SpeedTest& test) {
  std::string name =
      test.prompt_tokens > 0 ? format("pp{}", test.prompt_tokens) : format("tg{}", test.new_tokens);
  if (test.depth > 0) name += format(" @ d{}", test.depth);
  return name;
}

std::string model_name(const Report& report) {
  const model::Model& model = *report.model;
  return format("{} {} {}", model.spec().family,
                human_count(static_cast<std::uint64_t>(model.parameter_count())),
                type_name(model.main_type()));
}

double bandwidth_share(const Report& report, const eval::SpeedResult& result) {
  return result.bytes_per_token * result.tokens_per_second / report.peaks.read_bytes_per_second;
}

Json to_json(const Report& report) {
  Json tests = Json::array();
  for (const eval::SpeedResult& result : report.results) {
    tests.push_back({{"test", test_name(result.test)},
                     {"n_prompt", result.test.prompt_tokens},
                     {"n_gen", result.test.new_tokens},
                     {"n_depth", result.test.depth},
                     {"avg_ts", result.tokens_per_second},
                     {"stddev_ts", result.standard_deviation},
                     {"seconds", result.seconds},
                     {"bytes_per_token", result.bytes_per_token},
                     {"flops_per_token", result.flops_per_token},
                     {"bandwidth_share", bandwidth_share(report, result)}});
  }
  return {{"model", report.source.name},
          {"model_type", model_name(report)},
          {"model_size", report.model->weight_bytes()},
          {"model_n_params", report.model->parameter_count()},
          {"n_threads", report.threads},
          {"cpu_level", report.level},
          {"cpu", eval::processor_name()},
          {"read_bytes_per_second", report.peaks.read_bytes_per_second},
          {"f32_flops_per_second", report.peaks.f32_flops_per_second},
          {"int8_ops_per_second", report.peaks.int8_ops_per_second},
          {"memory_predicted_bytes", report.memory_predicted},
          {"memory_peak_bytes", report.memory_peak},
          {"tests", tests}};
}

void print(const Report& report) {
  Table table({{"model"},
               {"size", Align::Right},
               {"params", Align::Right},
               {"threads", Align::Right},
               {"test", Align::Right},
               {"t/s", Align::Right},
               {"MB/token", Align::Right},
               {"bandwidth", Align::Right},
               {"GFLOP/s", Align::Right}});
  for (const eval::SpeedResult& result : report.results) {
    table.add_row(
        {model_name(report), human_bytes(static_cast<std::uint64_t>(report.model->weight_bytes())),
         human_count(static_cast<std::uint64_t>(report.model->parameter_count())),
         to_text(report.threads), test_name(result.test),
         format("{} ± {}", fixed(result.tokens_per_second, 2), fixed(result.standard_deviation, 2)),
         fixed(result.bytes_per_token / 1e6, 1),
         fixed(100 * bandwidth_share(report, result), 0) + " %",
         fixed(result.flops_per_token * result.tokens_per_second / 1e9, 1)});
  }
  std::cout << table.markdown() << "\nkernels " << report.level
            << "; measured limits of this machine: reading "
            << fixed(report.peaks.read_bytes_per_second / 1e9, 1) << " GB/s, f32 "
            << fixed(report.peaks.f32_flops_per_second / 1e9, 0) << " GFLOP/s, int8 "
            << fixed(report.peaks.int8_ops_per_second / 1e9, 0) << " GOP/s\n"
            << "memory: predicted "
            << human_bytes(static_cast<std::uint64_t>(report.memory_predicted)) << ", peak "
            << human_bytes(report.memory_peak) << '\n';
}

std::vector<eval::SpeedTest> tests_of(const Options& options) {
  std::vector<eval::SpeedTest> tests;
  for (const std::int64_t depth : options.depths) {
    for (const std::int64_t tokens : options.prompts) {
      if (tokens > 0) tests.push_back({.prompt_tokens = tokens, .depth = depth});
    }
    for (const std::int64_t tokens : options.generations) {
      if (tokens > 0) tests.push_back({.new_tokens = tokens, .depth = depth});
    }
  }
  if (tests.empty())
    throw Error(ErrorCode::BadInput, "nothing to measure: give --pp or --tg above 0");
  return tests;
}

void run(const Options& options) {
  Report report;
  report.source = options.model.source();
  report.model = std::make_shared<const model::Model>(library::open_tensors(report.source));
  const std::vector<eval::SpeedTest> tests = tests_of(options);
  std::int64_t longest = 0;
  for (const eval::SpeedTest& test : tests) {
    longest = std::max(longest, test.depth + test.prompt_tokens + test.new_tokens);
  }
  engine::Executor executor(report.model, options.model.executor_options(*report.model, longest));
  if (executor.options().context_tokens < longest) {
    throw Error(ErrorCode::BadInput, format("--ctx: found {}, these tests need {}",
                                            executor.options().context_tokens, longest));
  }
  report.threads = executor.thread_count();
  report.level = executor.kernels().name;
  report.memory_predicted = executor.memory().total();

  const InterruptGuard interrupt;
  Progress progress(progress_screen(options.as_json), "runs",
                    tests.size() * static_cast<std::uint64_t>(options.repetitions));
  std::uint64_t done = 0;
  for (const eval::SpeedTest& test : tests) {
    if (interrupt.requested()) break;
    report.results.push_back(eval::measure_speed(executor, test, options.repetitions, [&](int) {
      progress.update(done++);
      return !interrupt.requested();
    }));
  }
  if (interrupt.requested()) throw Error(ErrorCode::Cancelled, "stopped");
  report.memory_peak = eval::peak_resident_bytes();  // before the buffers of the probes
  ThreadPool pool(report.threads);
  report.peaks = eval::measure_peaks(pool, executor.kernels(), 1.0);
  progress.finish();
  if (options.as_json) {
    std::cout << json_text(to_json(report)) << '\n';
  } else {
    print(report);
  }
}

}  // namespace

void add_bench(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("bench", "Measure prefill and decode speed");
  options->model.add_model(*command);
  command->add_option("-p,--pp", options->prompts, "Prompt lengths to measure, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 1 << 24))
      ->capture_default_str();
  command
      ->add_option("-n,--tg", options->generations,
                   "Numbers of generated tokens, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 1 << 24))
      ->capture_default_str();
  command->add_option("-d,--depth", options->depths, "Tokens in the cache before each test")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 1 << 24))
      ->capture_default_str();
  command
      ->add_option("-r,--repetitions", options->repetitions, "Runs of each test, after a warm-up")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", options->as_json, "Report as JSON");
  options->model.add_execution(*command);
  command->footer(
      "\nppN: tokens a second of a prompt of N tokens; tgN: of N tokens generated one by one.\n"
      "bandwidth: bytes read a token times tokens a second, of what the machine reads at best.\n"
      "Example: bantam bench model.gguf --pp 512 --tg 128 --threads 2");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
