#include "base/thread_pool.h"

#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <system_error>

#include "base/check.h"
#include "base/error.h"
#include "base/format.h"

namespace bantam {
namespace {

constexpr int kSpins =
    20000;  // some 20-50 microseconds, longer than the gap between two operations

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until `value` is no longer `old`; spins first, then sleeps in the kernel.
template <typename T>
T wait_for_change(const std::atomic<T>& value, T old) {
  for (int spin = 0; spin < kSpins; ++spin) {
    const T now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    pause_briefly();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int worker_count) {
  BANTAM_CHECK(worker_count >= 1, "a pool has at least the caller's thread");
  threads_.reserve(static_cast<std::size_t>(worker_count - 1));
  // Signals belong to the thread that waits for them, never to a worker.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    for (int worker = 1; worker < worker_count; ++worker) {
      threads_.emplace_back([this, worker] { serve(worker); });
    }
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    stop();
    throw Error(ErrorCode::OutOfMemory, format("cannot start {} threads: {}; use fewer --threads",
                                               worker_count, error.what()));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  section_.fetch_add(1, std::memory_order_release);
  section_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run(FunctionRef<void(int worker)> work) {
  if (threads_.empty()) {
    work(0);
    return;
  }
  work_ = &work;
  busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
  section_.fetch_add(1, std::memory_order_release);
  section_.notify_all();
  work(0);
  for (int left = busy_.load(std::memory_order_acquire); left != 0;) {
    left = wait_for_change(busy_, left);
  }
  work_ = nullptr;
}

void ThreadPool::split(std::int64_t count, std::int64_t grain,
                       FunctionRef<void(std::int64_t begin, std::int64_t end)> work) {
  const std::int64_t workers = worker_count();
  const std::int64_t grains = (count + grain - 1) / grain;
  if (workers == 1 || grains <= 1) {
    if (count > 0) work(0, count);
    return;
  }
  run([&](int worker) {
    const std::int64_t begin = std::min(count, grains * worker / workers * grain);
    const std::int64_t end = std::min(count, grains * (worker + 1) / workers * grain);
    if (begin < end) work(begin, end);
  });
}

void ThreadPool::serve(int worker) {
  std::uint32_t seen = 0;
  for (;;) {
    seen = wait_for_change(section_, seen);
    if (stopping_.load(std::memory_order_relaxed)) return;
    (*work_)(worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

int usable_core_count() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof(cores), &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace bantam
