// bantam doctor: what this machine is and does, and which kernels run on it.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/cores.h"
#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/library_versions.h"
#include "cli/limits.h"
#include "cli/terminal/table.h"
#include "eval/machine.h"
#include "eval/roofline.h"
#include "tensor/quant_format.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

constexpr double kProbeSeconds = 0.5;  // for each limit

struct Options {
  int threads = 0;
  bool as_json = false;
};

// Types by the form of activations that their kernel takes.
std::vector<std::string> types_with(const kernels::KernelTable& table,
                                    kernels::ActivationFormat format) {
  std::vector<std::string> names;
  for (const QuantFormat& row : quant_formats()) {
    const auto index = static_cast<std::size_t>(row.type);
    if (index >= kWeightTypeCount || table.linear[index].run == nullptr) continue;
    if (table.linear[index].activation == format) names.emplace_back(row.name);
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

struct Findings {
  kernels::KernelTable table = kernels::kernel_table(kernels::detected_cpu_level());
  int threads = 0;
  eval::MachinePeaks one;  // of one thread
  eval::MachinePeaks all;
  std::vector<std::string> as_int8_x32 = types_with(table, kernels::ActivationFormat::Q8x32);
  std::vector<std::string> as_int8_x256 = types_with(table, kernels::ActivationFormat::Q8x256);
  std::vector<std::string> as_bf16 = types_with(table, kernels::ActivationFormat::BF16);
  std::vector<std::string> as_floats = types_with(table, kernels::ActivationFormat::F32);
};

Json to_json(const eval::MachinePeaks& peaks) {
  return {{"read_bytes_per_second", peaks.read_bytes_per_second},
          {"operations_per_second", by_arithmetic(peaks.operations_per_second)}};
}

Json to_json(const Findings& found) {
  Json libraries;
  for (const auto& [name, version] : library_versions()) libraries[name] = version;
  return {{"version", BANTAM_VERSION},
          {"cpu", eval::processor_name()},
          {"cores", usable_core_count()},
          {"memory_bytes", eval::memory_bytes()},
          {"kernels", found.table.name},
          {"int8_types_x32", found.as_int8_x32},
          {"int8_types_x256", found.as_int8_x256},
          {"bf16_types", found.as_bf16},
          {"float_types", found.as_floats},
          {"threads", found.threads},
          {"peaks_one_thread", to_json(found.one)},
          {"peaks_all_threads", to_json(found.all)},
          {"libraries", libraries}};
}

std::string limits(const Findings& found) {
  Table table({{"measured limits"},
               {"1 thread", Align::Right},
               {format("{} threads", found.threads), Align::Right}});
  const auto reading = [](const eval::MachinePeaks& peaks) {
    return fixed(peaks.read_bytes_per_second / 1e9, 1) + " GB/s";
  };
  table.add_row({"  reading", reading(found.one), reading(found.all)});
  for (std::size_t i = 0; i < kernels::kArithmeticCount; ++i) {
    const auto kind = static_cast<kernels::Arithmetic>(i);
    if (found.one.of(kind) == 0) continue;
    table.add_row({std::string("  ") + eval::arithmetic_name(kind),
                   rate_text(kind, found.one.of(kind)), rate_text(kind, found.all.of(kind))});
  }
  return table.text();
}

void print(const Findings& found) {
  std::cout << "bantam " BANTAM_VERSION "\n\nmachine\n"
            << "  processor   " << eval::processor_name() << ", " << usable_core_count()
            << " cores to use\n"
            << "  memory      " << human_bytes(eval::memory_bytes()) << "\n\nkernels\n"
            << "  level       " << found.table.name << '\n'
            << "  int8 x 32   " << joined(found.as_int8_x32) << '\n'
            << "  int8 x 256  " << joined(found.as_int8_x256) << '\n'
            << "  bf16        " << joined(found.as_bf16) << '\n'
            << "  float       " << joined(found.as_floats) << "\n\n"
            << limits(found) << "\nlibraries\n";
  for (const auto& [name, version] : library_versions())
    std::cout << "  " << name << ' ' << version << '\n';
}

void run(const Options& options) {
  Findings found;
  found.threads = options.threads > 0 ? options.threads : usable_core_count();
  ThreadPool pool(found.threads);
  ThreadPool alone(1);
  found.all = eval::measure_peaks(pool, found.table, kProbeSeconds);
  found.one = eval::measure_peaks(alone, found.table, kProbeSeconds);
  if (options.as_json) {
    std::cout << json_text(to_json(found)) << '\n';
  } else {
    print(found);
  }
}

}  // namespace

void add_doctor(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "doctor", "Show the machine, the kernels chosen for it and its measured limits");
  command
      ->add_option("-t,--threads", options->threads, "Threads to measure with; 0: one a fast core")
      ->check(CLI::Range(0, 1024));
  command->add_flag("--json", options->as_json, "Report as JSON");
  command->footer("\nExample: bantam doctor --json");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
