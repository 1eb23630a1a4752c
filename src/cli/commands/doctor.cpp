// bantam doctor: what this machine is and does, and which kernels run on it.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/format.h"
#include "cli/commands/commands.h"
#include "cli/json.h"
#include "cli/library_versions.h"
#include "eval/machine.h"
#include "tensor/quant_format.h"

namespace bantam::cli {
namespace {

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

void run(const Options& options) {
  const kernels::KernelTable table = kernels::kernel_table(kernels::detected_cpu_level());
  const int threads = options.threads > 0 ? options.threads : usable_core_count();
  ThreadPool pool(threads);
  ThreadPool alone(1);
  const eval::MachinePeaks all = eval::measure_peaks(pool, table, 1.5);
  const eval::MachinePeaks one = eval::measure_peaks(alone, table, 1.5);
  const auto as_int8_x32 = types_with(table, kernels::ActivationFormat::Q8x32);
  const auto as_int8_x256 = types_with(table, kernels::ActivationFormat::Q8x256);
  const auto as_floats = types_with(table, kernels::ActivationFormat::F32);
  if (options.as_json) {
    const auto peaks = [](const eval::MachinePeaks& value) {
      return Json{{"read_bytes_per_second", value.read_bytes_per_second},
                  {"f32_flops_per_second", value.f32_flops_per_second},
                  {"int8_ops_per_second", value.int8_ops_per_second}};
    };
    Json libraries;
    for (const auto& [name, version] : library_versions()) libraries[name] = version;
    std::cout << json_text(Json{{"version", BANTAM_VERSION},
                                {"cpu", eval::processor_name()},
                                {"cores", usable_core_count()},
                                {"memory_bytes", eval::memory_bytes()},
                                {"kernels", table.name},
                                {"int8_types_x32", as_int8_x32},
                                {"int8_types_x256", as_int8_x256},
                                {"float_types", as_floats},
                                {"threads", threads},
                                {"peaks_one_thread", peaks(one)},
                                {"peaks_all_threads", peaks(all)},
                                {"libraries", libraries}})
              << '\n';
    return;
  }
  const auto rate = [](double value, const char* unit) { return fixed(value / 1e9, 1) + unit; };
  std::cout << "bantam " BANTAM_VERSION "\n\nmachine\n"
            << "  processor   " << eval::processor_name() << ", " << usable_core_count()
            << " cores usable\n"
            << "  memory      " << human_bytes(eval::memory_bytes()) << "\n\nkernels\n"
            << "  level       " << table.name << '\n'
            << "  int8 x 32   " << joined(as_int8_x32) << '\n'
            << "  int8 x 256  " << joined(as_int8_x256) << '\n'
            << "  float       " << joined(as_floats) << "\n\nmeasured limits      1 thread    "
            << threads << (threads == 1 ? " thread\n" : " threads\n") << "  reading     "
            << rate(one.read_bytes_per_second, " GB/s") << "    "
            << rate(all.read_bytes_per_second, " GB/s") << "\n  f32         "
            << rate(one.f32_flops_per_second, " GFLOP/s") << "    "
            << rate(all.f32_flops_per_second, " GFLOP/s") << "\n  int8        "
            << rate(one.int8_ops_per_second, " GOP/s") << "    "
            << rate(all.int8_ops_per_second, " GOP/s") << "\n\nlibraries\n";
  for (const auto& [name, version] : library_versions())
    std::cout << "  " << name << ' ' << version << '\n';
}

}  // namespace

void add_doctor(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "doctor", "Show the machine, the kernels chosen for it and its measured limits");
  command->add_option("-t,--threads", options->threads, "Threads to measure with; 0: one a core")
      ->check(CLI::Range(0, 1024));
  command->add_flag("--json", options->as_json, "Report as JSON");
  command->footer("\nExample: bantam doctor --json");
  command->callback([options] { run(*options); });
}

}  // namespace bantam::cli
