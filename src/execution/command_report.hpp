// SPDX-License-Identifier: MIT
// Commands that failed with a worker or were abandoned, as reports name them.
#pragma once

#include "execution/command.hpp"

#include <dotcompute/recovery.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dotcompute::execution {

inline constexpr std::size_t most_named = 256; ///< commands in a report

/// "kernel 'blur' of blur.cl", "copy of 4096 bytes".
std::string describe(const command& c);
/// Of a command of the queue of this name, with its ND-range and arguments.
failed_command report_of(const command& c, const std::string& queue, bool is_culprit);
/// Commands of one report that were abandoned.
class abandoned_commands {
 public:
  void add(const command& c, const std::string& queue) noexcept;

  std::vector<failed_command> named; ///< the first of them
  std::uint64_t count = 0;
};

} // namespace dotcompute::execution
