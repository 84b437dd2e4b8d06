// SPDX-License-Identifier: MIT
// What goes on while `dotcompute chaos` causes faults: a queue that computes without pause.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <dotcompute/dotcompute.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace dotcompute::tool {

struct work_outcome {
  std::uint64_t right = 0, wrong = 0; ///< results
  std::uint64_t abandoned = 0;        ///< by a reset that was asked for, and done again
  std::uint64_t failed = 0;           ///< for any other reason
  std::string first_problem;
  std::chrono::nanoseconds longest_gap{}; ///< between two right results
  std::vector<double> moments;            ///< of right results, in seconds since the start
};

/// Computes on its own thread and queue from construction to end(), and compares every result with the host's.
class chaos_work {
 public:
  explicit chaos_work(const device& d);
  ~chaos_work();
  work_outcome end();

 private:
  void run();
  void compute(std::uint32_t turn);

  const program kernels_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  work_outcome outcome_;
  std::atomic<bool> stopping_{false};
  queue queue_;
  buffer<std::uint32_t> in_, out_;
  std::thread thread_;
};

} // namespace dotcompute::tool
