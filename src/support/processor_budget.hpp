// SPDX-License-Identifier: MIT
// How many processors and how much memory this process may use: affinity mask and cgroup limits, versions 1 and 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dotcompute {

struct processor_budget {
  std::vector<std::uint32_t> allowed; ///< processor numbers of the affinity mask, ascending
  std::optional<double> quota;        ///< processors' worth of time that the cgroups grant; absent: no limit
  std::uint32_t threads = 1;          ///< the smaller of the two, the quota rounded up, at least 1
};

/// `root` is where /proc and /sys are looked for; tests give a folder of their own.
processor_budget read_processor_budget(const std::string& root = "");

/// The tightest memory limit of the cgroups this process is in; absent when there is none.
std::optional<std::uint64_t> read_memory_limit(const std::string& root = "");

/// Bytes that could be allocated now without swapping; absent when /proc/meminfo does not say.
std::optional<std::uint64_t> read_available_memory(const std::string& root = "");

} // namespace dotcompute
