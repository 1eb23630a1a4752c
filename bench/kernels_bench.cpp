// Kernels of every level on one thread: linear by weight type for one token (bytes of weights a
// second) and for many (operations a second, two a multiplication), attention, and the small ones.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "kernels/kernel_table.h"
#include "kernels/panels.h"
#include "tensor/quant_format.h"
#include "tensor/tensor.h"

namespace bantam::kernels {
namespace {

constexpr std::int64_t kColumns = 2048;
constexpr std::int64_t kDecodeBytes = 256 << 20;  // far more than any cache
constexpr std::int64_t kPrefillRows = 2048;

// Bytes that no kernel stumbles over: codes at random, scale fields small.
Buffer some_weights(const QuantFormat& format, std::int64_t count) {
  Buffer buffer(static_cast<std::size_t>(format.bytes_for(count)));
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    state = state * 1664525u + 1013904223u;
    buffer.data()[i] = static_cast<std::byte>(state >> 24 & 0x3fu);  // halves and floats below 2
  }
  if (format.type == DType::MXFP4) {  // whose first byte is an exponent: away from subnormal scales
    for (std::int64_t i = 0; i < count / 32; ++i) buffer.data()[i * 17] = std::byte{120};
  }
  return buffer;
}

std::int64_t activation_bytes(ActivationFormat format) {
  switch (format) {
    case ActivationFormat::F32:
      return kColumns * 4;
    case ActivationFormat::BF16:
      return kColumns * 2;
    case ActivationFormat::Q8x32:
      return kColumns / 32 * static_cast<std::int64_t>(sizeof(ActivationQ8x32));
    case ActivationFormat::Q8x256:
      return kColumns / 256 * static_cast<std::int64_t>(sizeof(ActivationQ8x256));
  }
  return 0;
}

Buffer some_activations(const KernelTable& table, ActivationFormat format, std::int64_t tokens) {
  std::vector<float> values(static_cast<std::size_t>(tokens * kColumns));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i * 2654435761u % 1000) * 0.002f - 1.0f;
  }
  const std::int64_t bytes = activation_bytes(format);
  Buffer buffer(static_cast<std::size_t>(tokens * bytes));
  if (format == ActivationFormat::F32) {
    std::memcpy(buffer.data(), values.data(), buffer.size());
  } else if (format == ActivationFormat::BF16) {
    table.round_bf16(values.data(), tokens * kColumns,
                     reinterpret_cast<std::uint16_t*>(buffer.data()));
  } else if (format == ActivationFormat::Q8x32) {
    table.quantize_q8x32(values.data(), tokens * kColumns,
                         reinterpret_cast<ActivationQ8x32*>(buffer.data()));
  } else {
    table.quantize_q8x256(values.data(), tokens * kColumns,
                          reinterpret_cast<ActivationQ8x256*>(buffer.data()));
  }
  return buffer;
}

void linear(benchmark::State& state, CpuLevel level, const QuantFormat& format, std::int64_t tokens,
            bool in_panels) {
  const KernelTable table = kernel_table(level);
  const LinearKernel kernel = table.linear[static_cast<std::uint32_t>(format.type)];
  const std::int64_t row_bytes = format.bytes_for(kColumns);
  const std::int64_t rows = tokens <= 16 && level != CpuLevel::Scalar
                                ? kDecodeBytes / row_bytes / kPanelRows * kPanelRows
                                : kPrefillRows;
  const Buffer weights = some_weights(format, rows * kColumns);  // any bytes are panels too
  const Buffer activations = some_activations(table, kernel.activation, tokens);
  std::vector<float> out(static_cast<std::size_t>(rows * tokens));
  for (auto _ : state) {
    (in_panels ? kernel.run_panels
               : kernel.run)({.weights = weights.data(),
                              .row_bytes = row_bytes,
                              .row_begin = 0,
                              .row_end = rows,
                              .columns = kColumns,
                              .activations = activations.data(),
                              .activation_bytes = activation_bytes(kernel.activation),
                              .tokens = tokens,
                              .out = out.data(),
                              .out_stride = rows});
    benchmark::ClobberMemory();
  }
  const auto runs = static_cast<double>(state.iterations());
  const auto weight_bytes = static_cast<double>(rows * row_bytes);
  const auto operations = 2.0 * static_cast<double>(rows * kColumns * tokens);
  state.counters["GB/s"] =
      benchmark::Counter(runs * weight_bytes * 1e-9, benchmark::Counter::kIsRate);
  state.counters["GOP/s"] =
      benchmark::Counter(runs * operations * 1e-9, benchmark::Counter::kIsRate);
}

// The limit of the one-token kernels: adding up a quarter of a gigabyte.
void read_memory(benchmark::State& state) {
  const Buffer buffer(static_cast<std::size_t>(kDecodeBytes));
  std::memset(buffer.data(), 1, buffer.size());
  const auto* words = reinterpret_cast<const std::uint64_t*>(buffer.data());
  for (auto _ : state) {
    std::uint64_t sums[8] = {};
    for (std::size_t i = 0; i < buffer.size() / 8; i += 8) {
      for (std::size_t k = 0; k < 8; ++k) sums[k] += words[i + k];
    }
    for (std::uint64_t sum : sums) benchmark::DoNotOptimize(sum);
  }
  state.SetBytesProcessed(state.iterations() * kDecodeBytes);
}

// Billions of 32-bit float operations a second that one thread can do; 0 where nobody knows.
double float_peak(CpuLevel level) {
  const auto probe = kernel_table(level).probes.f32;
  if (probe == nullptr) return 0.0;
  double best = 0.0;
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const double operations = probe(2'000'000);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, operations * 1e-9 / time.count());
  }
  return best;
}

// One key/value head and the query heads that share it.
struct Heads {
  std::int64_t count, size;
};

// The last tokens of a context of F16 keys. "peak" is the share of float_peak.
void attention(benchmark::State& state, CpuLevel level, Heads heads, std::int64_t tokens,
               std::int64_t context) {
  const auto [head_count, head_size] = heads;
  constexpr std::int64_t kBlockTokens = 32;
  const KernelTable table = kernel_table(level);
  const QuantFormat& format = quant_format(DType::F16);
  const Buffer cache = some_weights(format, 2 * context * head_size);
  std::vector<const std::byte*> keys;
  std::vector<const std::byte*> values;
  const std::int64_t block_bytes = format.bytes_for(kBlockTokens * head_size);
  for (std::int64_t b = 0; b < context / kBlockTokens; ++b) {
    keys.push_back(cache.data() + 2 * b * block_bytes);
    values.push_back(cache.data() + (2 * b + 1) * block_bytes);
  }
  const std::vector<float> queries(static_cast<std::size_t>(tokens * head_count * head_size), 0.1f);
  std::vector<float> out(queries.size());
  const Buffer scratch(static_cast<std::size_t>(
      4 * attention_scratch_floats(tokens, head_count, kBlockTokens, head_size, head_size)));
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    table.attention({.queries = queries.data(),
                     .query_stride = head_count * head_size,
                     .out = out.data(),
                     .out_stride = head_count * head_size,
                     .tokens = tokens,
                     .heads = head_count,
                     .first_position = context - tokens,
                     .window = std::numeric_limits<std::int64_t>::max(),
                     .key_blocks = keys.data(),
                     .value_blocks = values.data(),
                     .key_type = DType::F16,
                     .value_type = DType::F16,
                     .block_tokens = kBlockTokens,
                     .head_size = head_size,
                     .value_size = head_size,
                     .scale = 0.125f,
                     .scratch = reinterpret_cast<float*>(scratch.data())});
    benchmark::ClobberMemory();
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  const auto runs = static_cast<double>(state.iterations());
  // Of a query and a key that it sees.
  const auto pairs =
      static_cast<double>(head_count * (tokens * context - tokens * (tokens - 1) / 2));
  const double work = runs * pairs * 4.0 * static_cast<double>(head_size) * 1e-9;
  state.counters["GFLOP/s"] = benchmark::Counter(work, benchmark::Counter::kIsRate);
  if (const double peak = float_peak(level); peak > 0.0) {
    state.counters["peak"] = work / time.count() / peak;
  }
  state.counters["keys/s"] =
      benchmark::Counter(runs * static_cast<double>(context), benchmark::Counter::kIsRate);
}

constexpr std::int64_t kRow = 8192;

// One function over a row: run(table, in, out), `in` of two rows between -4 and 4.
template <typename Run>
void row_kernel(benchmark::State& state, CpuLevel level, Run run) {
  const KernelTable table = kernel_table(level);
  std::vector<float> in(static_cast<std::size_t>(2 * kRow));
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = static_cast<float>(i * 2654435761u % 1000) * 0.008f - 4.0f;
  }
  std::vector<float> out(static_cast<std::size_t>(kRow));
  for (auto _ : state) {
    run(table, in.data(), out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kRow);
}

template <typename Run>
void add_row_kernel(const std::string& kernel, CpuLevel level, Run run) {
  const std::string label = kernel + "/" + cpu_level_name(level);
  benchmark::RegisterBenchmark(label.c_str(),
                               [level, run](auto& state) { row_kernel(state, level, run); });
}

void add_row_kernels(CpuLevel level) {
  constexpr const char* kGates[] = {"silu", "gelu_tanh", "gelu", "relu", "relu_squared", "sigmoid"};
  static_assert(std::size(kGates) == kActivationCount);
  for (std::size_t i = 0; i < kActivationCount; ++i) {
    add_row_kernel(std::string("gate_") + kGates[i], level,
                   [i](const KernelTable& table, const float* in, float* out) {
                     table.gate[i](in, in, kRow, out);
                   });
  }
  add_row_kernel("gate_clamped", level, [](const KernelTable& table, const float* in, float* out) {
    table.gate_clamped(in, in + 1, 2, 3.0f, kRow, out);
  });
  add_row_kernel("softcap", level, [](const KernelTable& table, const float* in, float* out) {
    table.softcap(in, 3.0f, kRow, out);
  });
  add_row_kernel("rms_norm", level, [](const KernelTable& table, const float* in, float* out) {
    table.rms_norm(in, in, 1e-5f, kRow, out);
  });
  add_row_kernel("layer_norm", level, [](const KernelTable& table, const float* in, float* out) {
    table.layer_norm(in, in, in, 1e-5f, kRow, out);
  });
}

void quantize(benchmark::State& state, CpuLevel level) {
  const KernelTable table = kernel_table(level);
  const std::vector<float> values(8192, 0.5f);
  std::vector<ActivationQ8x256> blocks(32);
  for (auto _ : state) {
    table.quantize_q8x256(values.data(), 8192, blocks.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 8192);
}

void add_benchmarks(CpuLevel level) {
  const std::string name = cpu_level_name(level);
  for (const QuantFormat& format : quant_formats()) {
    const auto index = static_cast<std::uint32_t>(format.type);
    if (index >= kWeightTypeCount) continue;
    const LinearKernel kernel = kernel_table(level).linear[index];
    if (kernel.run == nullptr) continue;
    for (const bool in_panels : {false, true}) {
      if (in_panels && kernel.run_panels == nullptr) continue;
      for (const std::int64_t tokens : {1, 4, 8, 16, 128, 512}) {
        if (tokens > 1 && level == CpuLevel::Scalar) continue;
        const std::string label = (in_panels ? "panels/" : "linear/") + name + "/" +
                                  std::string(format.name) + "/" + std::to_string(tokens);
        benchmark::RegisterBenchmark(label.c_str(), [=, &format](auto& state) {
          linear(state, level, format, tokens, in_panels);
        })->Unit(benchmark::kMillisecond);
      }
    }
  }
  for (const Heads heads : {Heads{1, 128}, Heads{4, 64}, Heads{7, 64}}) {
    for (const std::int64_t tokens : {std::int64_t{1}, kAttentionTokensMax}) {
      const std::string label = "attention/" + name + "/" + std::to_string(heads.count) + "x" +
                                std::to_string(heads.size) + "/" + std::to_string(tokens);
      benchmark::RegisterBenchmark(label.c_str(), [level, heads, tokens](auto& state) {
        attention(state, level, heads, tokens, 2048);
      });
    }
  }
  add_row_kernels(level);
  benchmark::RegisterBenchmark(("quantize_q8x256/" + name).c_str(),
                               [level](auto& state) { quantize(state, level); });
}

}  // namespace
}  // namespace bantam::kernels

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("read_memory", bantam::kernels::read_memory);
  for (const bantam::kernels::CpuLevel level : bantam::kernels::available_cpu_levels()) {
    bantam::kernels::add_benchmarks(level);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
