// SPDX-License-Identifier: MIT
// Timing of several contestants in turns, so that what disturbs the machine disturbs all of them.
#pragma once

#include "workload.hpp"

#include <chrono>
#include <functional>

namespace dotcompute::benchmark {

/// Seconds of one run.
struct timing {
  double best = 0, median = 0;
  std::size_t samples = 0;
};

struct measure_options {
  unsigned rounds = 7; ///< turns of each contestant; each gives at least one sample
  std::chrono::nanoseconds turn = std::chrono::milliseconds(40); ///< samples are taken for so long each turn
  /// Between turns: threads of the one before may still spin.
  std::chrono::nanoseconds pause = std::chrono::milliseconds(10);
};

/// One timing for each contestant. Each runs once, untimed, before its first turn, and before each turn when a run is
/// short.
std::vector<timing> measure(const std::vector<contestant>& contestants, unsigned batch, const measure_options& options,
                            const std::function<void(unsigned round)>& on_round = {});

/// Of values in any order; 0 when there are none.
timing summarize(std::vector<double> seconds);

} // namespace dotcompute::benchmark
