// SPDX-License-Identifier: MIT
// Runs kernels on two runners and compares what they leave in memory, in processes of their own so that a crash or an
// endless loop is a verdict and not the end.
#pragma once

#include "harness/runner.hpp"
#include "random/program.hpp"

#include <functional>

namespace random_programs {

struct verdict {
  enum class category : std::uint8_t {
    same,
    different,        ///< other results
    refused,          ///< the driver under test does not compile or launch it
    crashed,          ///< a signal, or no answer in time
    reference_failed, ///< the reference does not compile or run it
    missing,          ///< one of the drivers is not there
  };
  category kind = category::same;
  std::string description;
};

struct comparison_options {
  kernel_suite::runner_options subject{"cpu", 0};
  kernel_suite::runner_options reference{"", 0}; ///< no driver: the subject's
  std::string reference_build{};                 ///< build options of the reference
};

/// One verdict for each kernel, compiled as one program, in this process: for debuggers.
std::vector<verdict> compare_here(const std::vector<kernel>& batch, const comparison_options& options);

/// One verdict for each kernel, all of them compiled as one program, or one by one where that fails.
std::vector<verdict> compare_isolated(const std::vector<kernel>& batch, const comparison_options& options);

/// compare_isolated() of every batch on `jobs` processes; `report` is called in the order of the batches.
void compare_all(const std::vector<std::vector<kernel>>& batches, const comparison_options& options, unsigned jobs,
                 const std::function<void(const kernel&, const verdict&)>& report);

} // namespace random_programs
