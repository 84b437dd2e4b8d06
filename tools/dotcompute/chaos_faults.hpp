// SPDX-License-Identifier: MIT
// Faults that `dotcompute chaos` causes on purpose, and what followed from each.
#pragma once

#include <array>
#include <dotcompute/dotcompute.hpp>
#include <string>
#include <string_view>

namespace dotcompute::tool {

struct fault_kind {
  std::string_view name;
  char sign;             ///< in the picture
  const char* kernel;    ///< that fails by itself; null: something else happens
  error_code answer;     ///< to who waits for the kernel
  std::string_view what; ///< for people
};

inline constexpr std::array fault_kinds{
    fault_kind{"wild-write", 'w', "wild_write", error_code::kernel_crashed,
               "a kernel writes far outside of its buffers"},
    fault_kind{"wild-read", 'r', "wild_read", error_code::kernel_crashed, "a kernel reads far outside of its buffers"},
    fault_kind{"null", 'n', "null_read", error_code::kernel_crashed, "a kernel reads address 0"},
    fault_kind{"hang", 'h', "endless", error_code::kernel_hung, "a kernel never ends; its queue allows 0.1 s"},
    fault_kind{"kill", 'k', nullptr, error_code::unknown, "the worker process gets SIGKILL"},
    fault_kind{"stop", 's', nullptr, error_code::unknown, "the worker process gets SIGSTOP"},
    fault_kind{"reset", 'R', nullptr, error_code::unknown, "the device is reset while it works"},
    fault_kind{"revoke", 'v', "endless_in_sight", error_code::lease_revoked,
               "a lease ends while a kernel of its never does"},
};

/// One fault, in seconds and milliseconds.
struct fault_outcome {
  const fault_kind* kind = nullptr;
  double at = 0;       ///< seconds since the start
  double answered = 0; ///< milliseconds until who waits for the kernel had its error; 0 without a kernel
  std::string problem; ///< empty when all went as it should
  recovery_report recovery;
};

/// The kernels above.
program compile_faults(const device& d);

/// Causes the fault and waits until the device goes on. Throws what shows that it does not.
fault_outcome cause(const fault_kind& kind, const device& d, const program& faults);

} // namespace dotcompute::tool
