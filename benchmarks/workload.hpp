// SPDX-License-Identifier: MIT
// One row of the table: what is computed, how much of it, and who computes it.
#pragma once

#include "openmp/peer.hpp"
#include "side.hpp"

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace dotcompute::benchmark {

class cuda_side;

/// One way to compute the workload. `run` computes it workload::repeats times and returns when the result is there;
/// `check` compares the last result with an independent reference and says what is wrong, or nothing.
struct contestant {
  std::string name;
  std::function<void()> run;
  std::function<std::string()> check;
  double share = 1; ///< how much of the workload's amount one run of this one does
};

/// dotcompute must be so many times as fast as `peer`; or may take so much longer, in the row's unit.
struct goal {
  std::string peer;
  double limit = 1;
  bool is_difference = false;
};

/// What sizes suit: the smallest that still exercise every path, for tests that look at correctness only; those of a
/// machine's processors; those of a GPU.
struct sizing {
  bool quick = false, gpu = false;
  std::uint64_t compute_units = 1; ///< of the device

  template <class T>
  T choose(T smallest, T of_processors, T of_gpu) const {
    return quick ? smallest : gpu ? of_gpu : of_processors;
  }
  /// Work-groups of a grid-stride loop: as many as a GPU runs at once.
  std::uint64_t groups() const { return gpu ? 8 * compute_units : 256; }
  unsigned repeats(unsigned on_gpu) const { return gpu && !quick ? on_gpu : 1; }
  std::vector<goal> goals(std::vector<goal> of_processors, std::vector<goal> of_gpu = {{"cuda", 0.95}}) const {
    return gpu ? std::move(of_gpu) : std::move(of_processors);
  }
};

/// Of what the same kernels and copies reach by hand on an OpenCL device.
inline constexpr double like_by_hand = 0.97;

struct workload {
  std::string name;   ///< "sgemm"
  std::string title;  ///< "SGEMM 1024^3, 16x16 tiles in local memory"
  std::string metric; ///< "throughput", "bandwidth" or "time"
  std::string unit;   ///< "GFLOP/s"
  /// Rates: the amount of one computation, in `unit` times seconds. Times: how many `unit` a second has.
  double amount = 0;
  bool is_time = false;
  unsigned batch = 1; ///< runs between two looks at the clock
  std::vector<goal> goals;
  std::function<contestant(side&)> on_side;
  std::function<contestant(const openmp_peer&)> on_openmp; ///< may be empty
  /// How often a side computes it between two waits; 1 on processors.
  unsigned repeats = 1;
  /// What a plain copy on the device does in the same time; may be empty.
  std::function<contestant(cuda_side&)> on_cuda_copy = {};
};

struct workload_entry {
  std::string name;
  workload (*make)(const sizing&);
};

/// In the order of the report.
const std::vector<workload_entry>& all_workloads();

inline constexpr const char* fast_math = "-cl-fast-relaxed-math";

/// Uniform in [low, high), the same for the same seed.
inline std::vector<float> random_floats(std::size_t n, float low, float high, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<float> values(n);
  const float step = (high - low) * 0x1p-24f;
  for (auto& v : values)
    v = low + step * static_cast<float>(engine() >> 8);
  return values;
}

/// "element 17 is 3, expected 4" for the first that differs by more than `tolerance` times the larger of |expected|
/// and `floor`; nothing when all agree.
template <class Actual, class Expected>
std::string compare(const Actual& actual, std::size_t n, Expected&& expected, double tolerance, double floor = 1) {
  for (std::size_t i = 0; i < n; ++i) {
    const double want = static_cast<double>(expected(i)), have = static_cast<double>(actual[i]);
    if (!(std::fabs(have - want) <= tolerance * std::fmax(std::fabs(want), floor)))
      return "element " + std::to_string(i) + " is " + std::to_string(have) + ", expected " + std::to_string(want);
  }
  return {};
}

} // namespace dotcompute::benchmark
