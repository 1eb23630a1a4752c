// A decode step allocates nothing: this program counts every call of operator new.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "engine/engine.h"
#include "support/test_model.h"

namespace {

std::atomic<long> allocations = 0;

// Not inlined: the compiler would take new and free for a mismatched pair.
[[gnu::noinline]] void* counted(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void released(void* memory) noexcept { std::free(memory); }

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { released(memory); }
void operator delete[](void* memory) noexcept { released(memory); }
void operator delete(void* memory, std::size_t) noexcept { released(memory); }
void operator delete[](void* memory, std::size_t) noexcept { released(memory); }

namespace bantam::engine {
namespace {

void expect_no_allocations(int threads, const SpeculationOptions& speculation) {
  const auto model = test::tiny_model("llama3");
  EngineOptions options;
  options.executor.threads = threads;
  options.sequences_max = 2;
  options.executor.block_count = 2 * model::blocks_for(model->spec().context_length);
  options.speculation = speculation;
  Engine engine(model, options);
  for (int i = 0; i < 2; ++i) {
    Request request;
    request.prompt = {1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7};
    request.max_tokens = 160;
    request.sampling.typical_p = 0.9;
    request.sampling.penalties.repeat = 1.1F;
    if (i == 1) {
      // Says again what it said, and so is soon in a loop.
      request.sampling.temperature = 0;
      request.sampling.penalties.presence = -100;
    }
    engine.submit(request);
  }
  engine.step();  // the prompts
  engine.step();  // a draft model's prompts
  const long before = allocations.load();
  std::size_t most = 0;
  for (int step = 0; step < 30; ++step) most = std::max(most, engine.step().size());
  EXPECT_EQ(allocations.load() - before, 0) << threads << " threads";
  EXPECT_FALSE(engine.is_idle());
  EXPECT_EQ(most > 2, speculation.mode != SpeculationMode::Off) << "a right guess for one of them";
}

TEST(Engine, AllocatesNothingInADecodeStep) {
  for (const int threads : {1, 2}) expect_no_allocations(threads, {});
}

TEST(Engine, AllocatesNothingInAStepWithDrafts) {
  const SpeculationMode mode = SpeculationMode::Always;
  expect_no_allocations(1, {.mode = mode, .draft_max = 4, .draft_model = nullptr});
  const auto smaller = test::tiny_model("smollm2");
  expect_no_allocations(1, {.mode = mode, .draft_max = 4, .draft_model = smaller});
}

}  // namespace
}  // namespace bantam::engine
