// SPDX-License-Identifier: MIT
#include "support/processor_budget.hpp"

#include <fmt/format.h>

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>
#include <thread>

namespace dotcompute {
namespace {

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return {};
  return line;
}

std::optional<double> number(const std::string& text) {
  std::istringstream in(text);
  double value = 0;
  if (in >> value) return value;
  return {};
}

/// Folder of a cgroup hierarchy and this process's path in it.
struct membership {
  std::string mount, path;
};

// /proc/self/cgroup has a line `id:controllers:path`; version 2 has id 0 and no controllers. In a container the path
// may name folders that its mount does not show; then only the mount's root applies, which candidates() visits too.
std::vector<membership> memberships(const std::string& root, const std::string& controller, bool& unified) {
  std::vector<membership> found;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers.empty()) {
      unified = true;
      found.push_back({root + "/sys/fs/cgroup", path});
      continue;
    }
    std::istringstream list(controllers);
    for (std::string name; std::getline(list, name, ',');)
      if (name == controller) {
        for (const std::string& folder : {controllers, controller})
          found.push_back({fmt::format("{}/sys/fs/cgroup/{}", root, folder), path});
      }
  }
  return found;
}

/// The cgroup's folder and all above it: a limit anywhere on the way holds.
std::vector<std::string> candidates(const membership& m) {
  std::vector<std::string> folders{m.mount};
  std::string path = m.path;
  while (path.size() > 1) {
    folders.push_back(m.mount + path);
    path.erase(path.find_last_of('/'));
  }
  return folders;
}

std::optional<double> smaller(std::optional<double> a, std::optional<double> b) {
  return !a ? b : !b ? a : std::min(*a, *b);
}

// cpu.max: "max 100000" or "150000 100000". Version 1: cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us.
std::optional<double> quota_of(const std::string& folder) {
  std::optional<double> found;
  if (const auto line = first_line(folder + "/cpu.max")) {
    std::istringstream in(*line);
    std::string quota;
    double period = 0;
    if (in >> quota >> period && quota != "max" && period > 0)
      if (const auto q = number(quota)) found = *q / period;
  }
  const auto quota = first_line(folder + "/cpu.cfs_quota_us"), period = first_line(folder + "/cpu.cfs_period_us");
  if (quota && period) {
    const auto q = number(*quota), p = number(*period);
    if (q && p && *q > 0 && *p > 0) found = smaller(found, *q / *p);
  }
  return found;
}

std::vector<std::uint32_t> affinity() {
  // The mask's size is not known in advance on large machines: the call fails with EINVAL until it fits.
  for (int processors = 1024; processors <= 1 << 20; processors *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(CPU_ALLOC(processors),
                                                                [](cpu_set_t* m) { CPU_FREE(m); });
    const std::size_t bytes = CPU_ALLOC_SIZE(processors);
    CPU_ZERO_S(bytes, mask.get());
    if (::sched_getaffinity(0, bytes, mask.get()) != 0) continue;
    std::vector<std::uint32_t> allowed;
    for (int i = 0; i < processors; ++i)
      if (CPU_ISSET_S(i, bytes, mask.get())) allowed.push_back(static_cast<std::uint32_t>(i));
    return allowed;
  }
  return {};
}

} // namespace

processor_budget read_processor_budget(const std::string& root) {
  processor_budget budget;
  budget.allowed = affinity();
  bool unified = false;
  for (const auto& m : memberships(root, "cpu", unified))
    for (const auto& folder : candidates(m))
      budget.quota = smaller(budget.quota, quota_of(folder));
  std::size_t threads = budget.allowed.empty() ? std::thread::hardware_concurrency() : budget.allowed.size();
  if (budget.quota) threads = std::min(threads, static_cast<std::size_t>(std::ceil(*budget.quota)));
  budget.threads = static_cast<std::uint32_t>(std::max<std::size_t>(threads, 1));
  return budget;
}

std::optional<std::uint64_t> read_memory_limit(const std::string& root) {
  // Version 1 writes "no limit" as a huge number; anything beyond 2^60 is none.
  constexpr double unlimited = static_cast<double>(std::uint64_t{1} << 60);
  std::optional<double> limit;
  bool unified = false;
  for (const auto& m : memberships(root, "memory", unified))
    for (const auto& folder : candidates(m))
      for (const char* file : {"/memory.max", "/memory.limit_in_bytes"})
        if (const auto line = first_line(folder + file))
          if (const auto value = number(*line); value && *value > 0 && *value < unlimited)
            limit = smaller(limit, value);
  if (!limit) return {};
  return static_cast<std::uint64_t>(*limit);
}

std::optional<std::uint64_t> read_available_memory(const std::string& root) {
  std::ifstream file(root + "/proc/meminfo");
  constexpr std::string_view key = "MemAvailable:"; // in KiB
  for (std::string line; std::getline(file, line);)
    if (line.compare(0, key.size(), key) == 0)
      if (const auto kibibytes = number(line.substr(key.size()))) return static_cast<std::uint64_t>(*kibibytes) << 10;
  return {};
}

} // namespace dotcompute
