// SPDX-License-Identifier: MIT
// System call rules as a program for seccomp.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace dotcompute::confinement {

enum class verdict : std::uint8_t {
  allow,
  not_permitted, ///< EPERM
  no_access,     ///< EACCES
  not_there,     ///< ENOSYS: callers fall back to an older call
  kill,          ///< the process ends with SIGSYS, without a handler
};

/// Holds when argument & mask is one of `values`. The kernel reads these arguments as 32-bit numbers, so that their
/// upper halves say nothing.
struct argument_check {
  unsigned argument = 0;
  std::uint32_t mask = ~0u;
  std::vector<std::uint32_t> values;
};

struct system_call_rule {
  int number = 0;
  verdict then = verdict::allow;
  std::optional<argument_check> check;        ///< `then` where it holds,
  verdict otherwise = verdict::not_permitted; ///< and this where it does not
};

struct system_call_rules {
  std::vector<system_call_rule> rules; ///< at most one for each number
  verdict rest = verdict::not_permitted;
  int newest = 0; ///< calls with higher numbers came after these rules, and are not there
};

/// A program that gives each call its verdict, and kills callers of another architecture's calls.
std::vector<sock_filter> compile(const system_call_rules& rules);

/// Filters the calls of all threads of this process from now on. 0, or an errno; `other_thread` is then the thread
/// that has filters of its own and cannot take this one, or 0.
int install(const std::vector<sock_filter>& program, long& other_thread);

} // namespace dotcompute::confinement
