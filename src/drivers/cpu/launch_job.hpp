// SPDX-License-Identifier: MIT
// One launch as chunks of its ND-range.
#pragma once

#include "drivers/cpu/cpu_program.hpp"
#include "drivers/cpu/parallel_job.hpp"
#include "drivers/cpu/range_cutter.hpp"
#include "drivers/driver.hpp"

namespace dotcompute::cpu {

/// What every chunk of a launch needs; copied into the job, so trivially copyable.
struct launch_job {
  launch_state state;
  const cpu_kernel* kernel;
  std::uint64_t local_bytes;
  std::array<std::uint64_t, 3> units; ///< work-groups; work-items of a flat kernel
  range_cutter cutter;

  launch_job(const cpu_program& program, const drivers::launch_command& c);

  double unit_count() const {
    return static_cast<double>(units[0]) * static_cast<double>(units[1]) * static_cast<double>(units[2]);
  }
  /// Cuts the range into about `wanted` chunks.
  void cut(std::uint64_t wanted);
  bool run_all() const noexcept;

  static bool run(void* context, std::uint64_t chunk) noexcept;
  static void finished(void* context, std::uint64_t chunks, double busy);
};

} // namespace dotcompute::cpu
