// A fixed team of threads for work that takes microseconds to milliseconds.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/function_ref.h"

namespace bantam {

// Runs one parallel section at a time, called from one thread, which takes part as worker 0.
// Waiting workers spin for some microseconds, then sleep; where a processor mixes fast and slow
// cores they stay on the fast ones. A result may depend on how work is split only if the caller
// lets it; nothing is allocated in a section.
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
  // and calls work(begin, end) for those that are not empty: for measurements, where memory is read
  // by the worker that touched it first.
  void split(std::int64_t count, std::int64_t grain,
             FunctionRef<void(std::int64_t begin, std::int64_t end)> work);

  // As split, but a worker takes its range piece by piece, front to back, and one that is done
  // takes what is left of others', from the back. None waits for a worker that has not begun,
  // because another program has its core, and none long for one whose core is slower. `work` is
  // called any number of times on a worker; a grain should be worth some microseconds.
  void balance(std::int64_t count, std::int64_t grain,
               FunctionRef<void(int worker, std::int64_t begin, std::int64_t end)> work);

 private:
  class Share;

  void serve(int worker);
  void stop();
  // A section is open from open() on: workers enter, work and leave.
  void open(const FunctionRef<void(int)>& work);
  bool enter(std::uint32_t section);  // false where it has been closed or is over
  std::uint32_t close();              // returns how many have entered; no more will
  void wait_until_left(std::uint32_t count);

  std::vector<std::thread> threads_;
  std::unique_ptr<Share[]> shares_;               // of a worker each; what balance() has left
  const FunctionRef<void(int)>* work_ = nullptr;  // valid for those who have entered
  std::atomic<std::uint32_t> section_ = 0;        // counts sections; a change wakes the workers
  std::atomic<std::uint64_t> entrance_ = 0;       // the open section << 32 | who have entered it
  std::atomic<std::uint32_t> left_ = 0;           // of those who have entered
  std::atomic<bool> stopping_ = false;
};

}  // namespace bantam
