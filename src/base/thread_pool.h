// A fixed team of threads for work that takes microseconds to milliseconds.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/function_ref.h"

namespace bantam {

// Runs one parallel section at a time, called from one thread, which takes part as worker 0.
// Waiting workers spin for some microseconds, then sleep. Work is split statically, so a result may
// depend on how it is split only if the caller lets it; nothing is allocated in run().
class ThreadPool {
 public:
  // At least one worker, the caller's thread. Throws OutOfMemory where the system refuses a thread.
  explicit ThreadPool(int worker_count);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int worker_count() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls work(worker) once on each worker, 0 to worker_count() - 1, and returns when all are done.
  // `work` must not throw.
  void run(FunctionRef<void(int worker)> work);

  // Splits [0, count) into one contiguous range a worker, each but the last a multiple of `grain`,
  // and calls work(begin, end) for those that are not empty.
  void split(std::int64_t count, std::int64_t grain,
             FunctionRef<void(std::int64_t begin, std::int64_t end)> work);

 private:
  void serve(int worker);
  void stop();

  std::vector<std::thread> threads_;
  const FunctionRef<void(int)>* work_ = nullptr;  // valid while a section runs
  std::atomic<std::uint32_t> section_ = 0;        // counts sections; a change wakes the workers
  std::atomic<int> busy_ = 0;                     // workers that have not finished the section
  std::atomic<bool> stopping_ = false;
};

// Processor cores this process may run on; at least 1.
int usable_core_count();

}  // namespace bantam
