#include "base/thread_pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "base/check.h"
#include "base/cores.h"
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

// The processors for `count` workers: without those that would hold up the others, where there are
// enough others. Nothing: the system chooses.
std::optional<cpu_set_t> fast_processors(int count) {
  const Cores cores = fast_cores(usable_processors());
  if (!cores.has_slower || count > cores.count) return std::nullopt;
  cpu_set_t fast;
  CPU_ZERO(&fast);
  for (const int processor : cores.processors) CPU_SET(processor, &fast);
  return fast;
}

struct Grains {
  std::uint32_t begin;
  std::uint32_t end;
};

}  // namespace

// The grains that a worker has still to do. Any worker may take some, in one step, so that each is
// taken once. On a cache line of its own.
class alignas(64) ThreadPool::Share {
 public:
  void assign(Grains grains) { left_.store(packed(grains), std::memory_order_relaxed); }

  // Three quarters of what is left: few pieces, each read in one go, and something for others.
  Grains take_front() {
    std::uint64_t old = left_.load(std::memory_order_relaxed);
    for (;;) {
      const Grains left = unpacked(old);
      const std::uint32_t middle = left.end - (left.end - left.begin) / 4;
      if (left_.compare_exchange_weak(old, packed({middle, left.end}), std::memory_order_relaxed)) {
        return {left.begin, middle};
      }
    }
  }

  // Half of what is left.
  Grains take_back() {
    std::uint64_t old = left_.load(std::memory_order_relaxed);
    for (;;) {
      const Grains left = unpacked(old);
      const std::uint32_t middle = left.begin + (left.end - left.begin) / 2;
      if (left_.compare_exchange_weak(old, packed({left.begin, middle}),
                                      std::memory_order_relaxed)) {
        return {middle, left.end};
      }
    }
  }

 private:
  static std::uint64_t packed(Grains grains) {
    return std::uint64_t{grains.begin} << 32 | grains.end;
  }
  static Grains unpacked(std::uint64_t both) {
    return {static_cast<std::uint32_t>(both >> 32), static_cast<std::uint32_t>(both)};
  }

  std::atomic<std::uint64_t> left_ = 0;  // two numbers of 32 bits, to be exchanged together
};

ThreadPool::ThreadPool(int worker_count) {
  BANTAM_CHECK(worker_count >= 1, "a pool has at least the caller's thread");
  shares_ = std::make_unique<Share[]>(static_cast<std::size_t>(worker_count));
  threads_.reserve(static_cast<std::size_t>(worker_count - 1));
  // Asked here: a worker may begin in the middle of a section, where nothing is allocated.
  std::optional<cpu_set_t> processors;
  if (worker_count > 1) processors = fast_processors(worker_count);
  // Signals belong to the thread that waits for them, never to a worker.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    for (int worker = 1; worker < worker_count; ++worker) {
      threads_.emplace_back([this, worker, processors] {
        // A system that refuses leaves the choice to itself.
        if (processors) pthread_setaffinity_np(pthread_self(), sizeof(*processors), &*processors);
        serve(worker);
      });
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

void ThreadPool::open(const FunctionRef<void(int)>& work) {
  work_ = &work;
  left_.store(0, std::memory_order_relaxed);
  const std::uint32_t section = section_.load(std::memory_order_relaxed) + 1;
  entrance_.store(std::uint64_t{section} << 32, std::memory_order_release);
  section_.store(section, std::memory_order_release);
  section_.notify_all();
}

bool ThreadPool::enter(std::uint32_t section) {
  std::uint64_t now = entrance_.load(std::memory_order_relaxed);
  while (now >> 32 == section) {
    if (entrance_.compare_exchange_weak(now, now + 1, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

std::uint32_t ThreadPool::close() {
  const std::uint32_t never = section_.load(std::memory_order_relaxed) + 1;
  return static_cast<std::uint32_t>(
      entrance_.exchange(std::uint64_t{never} << 32, std::memory_order_relaxed));
}

void ThreadPool::wait_until_left(std::uint32_t count) {
  for (std::uint32_t left = left_.load(std::memory_order_acquire); left != count;) {
    left = wait_for_change(left_, left);
  }
  work_ = nullptr;
}

void ThreadPool::run(FunctionRef<void(int worker)> work) {
  if (threads_.empty()) {
    work(0);
    return;
  }
  open(work);
  work(0);
  wait_until_left(static_cast<std::uint32_t>(threads_.size()));
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

void ThreadPool::balance(std::int64_t count, std::int64_t grain,
                         FunctionRef<void(int worker, std::int64_t begin, std::int64_t end)> work) {
  const std::int64_t workers = worker_count();
  const std::int64_t grains = (count + grain - 1) / grain;
  BANTAM_CHECK(grains <= UINT32_MAX, "more pieces of work than a share can count");
  if (workers == 1 || grains <= 1) {
    if (count > 0) work(0, 0, count);
    return;
  }
  for (std::int64_t worker = 0; worker < workers; ++worker) {
    shares_[static_cast<std::size_t>(worker)].assign(
        {static_cast<std::uint32_t>(grains * worker / workers),
         static_cast<std::uint32_t>(grains * (worker + 1) / workers)});
  }
  const auto take_part = [&](int worker) {
    const auto is_done = [&](Grains piece) {
      if (piece.begin == piece.end) return true;
      work(worker, piece.begin * grain, std::min(count, piece.end * grain));
      return false;
    };
    while (!is_done(shares_[static_cast<std::size_t>(worker)].take_front())) {
    }
    for (std::int64_t other = 1; other < workers; ++other) {
      Share& share = shares_[static_cast<std::size_t>((worker + other) % workers)];
      while (!is_done(share.take_back())) {
      }
    }
  };
  const FunctionRef<void(int)> part = take_part;
  open(part);
  take_part(0);
  // All is taken: who has not come yet need not.
  wait_until_left(close());
}

void ThreadPool::serve(int worker) {
  std::uint32_t seen = 0;
  for (;;) {
    seen = wait_for_change(section_, seen);
    if (stopping_.load(std::memory_order_relaxed)) return;
    if (!enter(seen)) continue;
    (*work_)(worker);
    left_.fetch_add(1, std::memory_order_release);
    left_.notify_one();
  }
}

}  // namespace bantam
