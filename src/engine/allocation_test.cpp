// A decode step allocates nothing: this program counts every call of operator new.
#include <gtest/gtest.h>

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

TEST(Engine, AllocatesNothingInADecodeStep) {
  const auto model = test::tiny_model("llama3");
  for (const int threads : {1, 2}) {
    EngineOptions options;
    options.executor.threads = threads;
    options.sequences_max = 2;
    options.executor.block_count = 2 * model::blocks_for(model->spec().context_length);
    Engine engine(model, options);
    for (int i = 0; i < 2; ++i) {
      Request request;
      request.prompt = {1, 2, 3, 4, 5, 6, 7};
      request.max_tokens = 100;
      request.sampling.typical_p = 0.9;
      request.sampling.penalties.repeat = 1.1F;
      engine.submit(request);
    }
    engine.step();  // the prompts
    const long before = allocations.load();
    for (int step = 0; step < 90; ++step) engine.step();
    EXPECT_EQ(allocations.load() - before, 0) << threads << " threads";
    EXPECT_FALSE(engine.is_idle());
  }
}

}  // namespace
}  // namespace bantam::engine
