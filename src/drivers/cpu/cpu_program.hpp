// SPDX-License-Identifier: MIT
// A program loaded into this process, and what was measured of its kernels.
#pragma once

#include "compiler/targets/cpu/kernel_abi.hpp"
#include "drivers/cpu/library_cache.hpp"
#include "drivers/cpu/print_context.hpp"
#include "drivers/driver.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace dotcompute::cpu {

/// How long one unit (a work-group; for flat kernels a work-item) takes, learned from every launch. Thread-safe;
/// concurrent updates may overwrite one another, which costs one sample.
class unit_cost {
 public:
  /// Nanoseconds of one thread; negative before the first launch.
  double nanoseconds() const noexcept { return value_.load(std::memory_order_relaxed); }
  void learn(double busy, double units) noexcept {
    const double sample = busy / units, old = nanoseconds();
    value_.store(old < 0 ? sample : old + (sample - old) * 0.25, std::memory_order_relaxed);
  }

 private:
  std::atomic<double> value_{-1};
};

struct cpu_kernel {
  kernel_entry entry = nullptr;
  bool is_flat = false;
  std::uint64_t scratch_bytes = 0;
  mutable unit_cost cost;
};

class cpu_program final : public drivers::loaded_program {
 public:
  /// Throws invalid_binary when the image does not load or lacks a symbol that it promises.
  cpu_program(const drivers::program_image& image, library_cache& libraries, std::shared_ptr<drivers::print_sink> sink);

  const cpu_kernel& kernel(std::uint32_t index) const { return kernels_[index]; }
  void* print_context_address() const { return const_cast<print_context*>(&print_); }

 private:
  std::shared_ptr<const dynamic_library> library_;
  std::vector<cpu_kernel> kernels_;
  print_context print_;
};

} // namespace dotcompute::cpu
