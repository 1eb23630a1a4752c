// bantam bench: prefill and decode speed in llama-bench's columns, and how near they are to the
// machine's limits.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/flags/model_flags.h"
#include "cli/limits.h"
#include "cli/terminal/interrupt.h"
#include "cli/terminal/progress.h"
#include "cli/terminal/table.h"
#include "eval/machine.h"
#include "eval/roofline.h"
#include "eval/speed.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

// Long enough for several readings of the probe's buffer, short enough to stand close to the test.
constexpr double kBandwidthSeconds = 0.25;
constexpr double kArithmeticSeconds = 0.15;  // of each kind, before and after all tests

struct Options {
  ModelFlags model;
  std::vector<std::int64_t> prompts{512};
  std::vector<std::int64_t> generations{128};
  std::vector<std::int64_t> depths{0};
  std::vector<std::int64_t> sequences{1};
  int repetitions = 5;
  bool as_json = false;
};

struct Report {
  library::ModelSource source;
  std::shared_ptr<const model::Model> model;
  int threads = 0;
  std::string level;
  eval::MachinePeaks peaks;  // but for reading, which each result has
  std::vector<eval::SpeedResult> results;
  std::int64_t memory_predicted = 0;
  std::uint64_t memory_peak = 0;
};

std::string test_name(const eval::SpeedTest& test) {
  std::string name =
      test.prompt_tokens > 0 ? format("pp{}", test.prompt_tokens) : format("tg{}", test.new_tokens);
  if (test.sequences > 1) name += format(" x{}", test.sequences);
  if (test.depth > 0) name += format(" @ d{}", test.depth);
  return name;
}

std::string model_name(const Report& report) {
  const model::Model& model = *report.model;
  return format("{} {} {}", model.spec().family,
                human_count(static_cast<std::uint64_t>(model.parameter_count())),
                type_name(model.main_type()));
}

// How near a result is to the limits of the machine.
struct Shares {
  double roofline = 0;  // of the rate that its limits allow
  const char* bound = "";
  double bandwidth = 0;  // of the bytes that it can read
  double bytes_per_token = 0;
  double operations_per_token = 0;
};

Shares shares_of(const Report& report, const eval::SpeedResult& result) {
  eval::MachinePeaks peaks = report.peaks;
  peaks.read_bytes_per_second = result.read_bytes_per_second;
  const eval::Roofline limit = eval::roofline(result.cost, peaks);
  const auto tokens = static_cast<double>(result.test.tokens());
  const double repetitions_per_second = result.tokens_per_second / tokens;
  double operations = 0;
  for (const double of_kind : result.cost.operations) operations += of_kind;
  return {.roofline = limit.seconds * repetitions_per_second,
          .bound = limit.bound,
          .bandwidth = result.cost.bytes() * repetitions_per_second / result.read_bytes_per_second,
          .bytes_per_token = result.cost.bytes() / tokens,
          .operations_per_token = operations / tokens};
}

Json to_json(const Report& report) {
  Json tests = Json::array();
  for (const eval::SpeedResult& result : report.results) {
    const Shares shares = shares_of(report, result);
    tests.push_back({{"test", test_name(result.test)},
                     {"n_prompt", result.test.prompt_tokens},
                     {"n_gen", result.test.new_tokens},
                     {"n_depth", result.test.depth},
                     {"n_sequences", result.test.sequences},
                     {"avg_ts", result.tokens_per_second},
                     {"stddev_ts", result.standard_deviation},
                     {"seconds", result.seconds},
                     {"bytes", result.cost.bytes()},
                     {"operations", by_arithmetic(result.cost.operations)},
                     {"bytes_per_token", shares.bytes_per_token},
                     {"flops_per_token", shares.operations_per_token},
                     {"read_bytes_per_second", result.read_bytes_per_second},
                     {"bandwidth_share", shares.bandwidth},
                     {"roofline", shares.roofline},
                     {"bound", shares.bound}});
  }
  return {{"model", report.source.name},
          {"model_type", model_name(report)},
          {"model_size", report.model->weight_bytes()},
          {"model_n_params", report.model->parameter_count()},
          {"n_threads", report.threads},
          {"cpu_level", report.level},
          {"cpu", eval::processor_name()},
          {"operations_per_second", by_arithmetic(report.peaks.operations_per_second)},
          {"memory_predicted_bytes", report.memory_predicted},
          {"memory_peak_bytes", report.memory_peak},
          {"tests", tests}};
}

void print_limits(const Report& report) {
  const auto [low, high] =
      std::ranges::minmax(report.results, {}, &eval::SpeedResult::read_bytes_per_second);
  std::cout << "\nkernels " << report.level << "; measured limits of this machine: reading "
            << fixed(low.read_bytes_per_second / 1e9, 1);
  if (report.results.size() > 1) std::cout << " to " << fixed(high.read_bytes_per_second / 1e9, 1);
  std::cout << " GB/s";
  for (std::size_t i = 0; i < kernels::kArithmeticCount; ++i) {
    const auto kind = static_cast<kernels::Arithmetic>(i);
    if (report.peaks.of(kind) == 0) continue;
    std::cout << ", " << eval::arithmetic_name(kind) << ' '
              << rate_text(kind, report.peaks.of(kind));
  }
  std::cout << "\nmemory: predicted "
            << human_bytes(static_cast<std::uint64_t>(report.memory_predicted)) << ", peak "
            << human_bytes(report.memory_peak) << '\n';
}

void print(const Report& report) {
  Table table({{"model"},
               {"size", Align::Right},
               {"params", Align::Right},
               {"threads", Align::Right},
               {"test", Align::Right},
               {"t/s", Align::Right},
               {"MB/token", Align::Right},
               {"GOP/s", Align::Right},
               {"roofline", Align::Right}});
  for (const eval::SpeedResult& result : report.results) {
    const Shares shares = shares_of(report, result);
    table.add_row(
        {model_name(report), human_bytes(static_cast<std::uint64_t>(report.model->weight_bytes())),
         human_count(static_cast<std::uint64_t>(report.model->parameter_count())),
         to_text(report.threads), test_name(result.test),
         format("{} ± {}", fixed(result.tokens_per_second, 2), fixed(result.standard_deviation, 2)),
         fixed(shares.bytes_per_token / 1e6, 1),
         fixed(shares.operations_per_token * result.tokens_per_second / 1e9, 1),
         format("{} % {}", fixed(100 * shares.roofline, 0), shares.bound)});
  }
  std::cout << table.markdown();
  print_limits(report);
}

std::vector<eval::SpeedTest> tests_of(const Options& options) {
  std::vector<eval::SpeedTest> tests;
  for (const std::int64_t depth : options.depths) {
    for (const std::int64_t tokens : options.prompts) {
      if (tokens > 0) tests.push_back({.prompt_tokens = tokens, .depth = depth});
    }
    for (const std::int64_t tokens : options.generations) {
      for (const std::int64_t sequences : options.sequences) {
        if (tokens > 0)
          tests.push_back({.new_tokens = tokens, .sequences = sequences, .depth = depth});
      }
    }
  }
  if (tests.empty())
    throw Error(ErrorCode::BadInput, "nothing to measure: give --pp or --tg above 0");
  return tests;
}

// An executor that has room for every test.
engine::ExecutorOptions executor_options(const Options& options, const model::Model& model,
                                         const std::vector<eval::SpeedTest>& tests) {
  std::int64_t longest = 0;
  std::int64_t sequences = 1;
  for (const eval::SpeedTest& test : tests) {
    longest = std::max(longest, test.depth + test.prompt_tokens + test.new_tokens);
    sequences = std::max(sequences, test.sequences);
  }
  // A pass has a row of each sequence, and no more rows than the context.
  engine::ExecutorOptions found =
      options.model.executor_options(model, std::max(longest, sequences));
  if (found.context_tokens < std::max(longest, sequences)) {
    throw Error(ErrorCode::BadInput, format("--ctx: found {}, these tests need {}",
                                            found.context_tokens, std::max(longest, sequences)));
  }
  if (found.batch_tokens < sequences) {
    throw Error(ErrorCode::BadInput, format("--batch: found {}, --sequences {} needs as many",
                                            found.batch_tokens, sequences));
  }
  found.sequences = sequences;
  found.output_rows = sequences;
  found.block_count = sequences * model::blocks_for(found.context_tokens);
  return found;
}

void run(const Options& options) {
  Report report;
  report.source = options.model.source();
  report.model = std::make_shared<const model::Model>(library::open_tensors(report.source));
  const std::vector<eval::SpeedTest> tests = tests_of(options);
  engine::Executor executor(report.model, executor_options(options, *report.model, tests));
  report.threads = executor.thread_count();
  report.level = executor.kernels().name;
  report.memory_predicted = executor.memory().total();

  const InterruptGuard interrupt;
  Progress progress(progress_screen(options.as_json), "runs",
                    tests.size() * static_cast<std::uint64_t>(options.repetitions));
  ThreadPool pool(report.threads);
  eval::PeakMemory peak;
  const auto read_bandwidth = [&] {
    double found = 0;
    peak.leave_out(
        [&] { found = eval::measure_read_bandwidth(pool, executor.kernels(), kBandwidthSeconds); });
    return found;
  };
  const eval::MachinePeaks before =
      eval::measure_arithmetic_peaks(pool, executor.kernels(), kArithmeticSeconds);
  std::uint64_t done = 0;
  const auto proceed = [&](int) {
    progress.update(done++);
    return !interrupt.requested();
  };
  for (const eval::SpeedTest& test : tests) {
    if (interrupt.requested()) break;
    report.results.push_back(
        eval::measure_speed(executor, test, options.repetitions, proceed, read_bandwidth));
  }
  if (interrupt.requested()) throw Error(ErrorCode::Cancelled, "stopped");
  report.memory_peak = peak.bytes();
  report.peaks = eval::measure_arithmetic_peaks(pool, executor.kernels(), kArithmeticSeconds);
  for (std::size_t kind = 0; kind < kernels::kArithmeticCount; ++kind) {
    double& best = report.peaks.operations_per_second[kind];
    best = std::max(best, before.operations_per_second[kind]);
  }
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
      ->add_option("--sequences", options->sequences,
                   "Sequences that generate together, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 1 << 12))
      ->capture_default_str();
  command
      ->add_option("-r,--repetitions", options->repetitions, "Runs of each test, after a warm-up")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", options->as_json, "Report as JSON");
  options->model.add_execution(*command);
  command->footer(
      "\nppN: tokens a second of a prompt of N tokens; tgN: of N tokens generated one by one; xM: "
      "by\n"
      "M sequences together, the tokens of all counted.\n"
      "roofline: share of the rate that this machine's limits allow, and the limit that counts: "
      "what\n"
      "memory gives, read right before and after the test, or multiply-adds of a kind.\n"
      "Example: bantam bench model.gguf --pp 512 --tg 128 --threads 2");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
