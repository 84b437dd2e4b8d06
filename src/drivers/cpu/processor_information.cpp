// SPDX-License-Identifier: MIT
#include "drivers/cpu/processor_information.hpp"

#include <dotcompute/version.hpp>

#include <sys/utsname.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace dotcompute::cpu {
namespace {

known<std::string> read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line) || line.empty()) return {};
  return line;
}

/// The value of the first `key : value` line.
known<std::string> field(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos || line.find_first_not_of(" \t", key.size()) != colon) continue;
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    if (begin != std::string::npos) return line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
  }
  return {};
}

/// "32K", "1024 kB", "32768" in bytes.
known<std::uint64_t> size_in_bytes(const known<std::string>& text) {
  if (!text) return {};
  std::istringstream in(*text);
  std::uint64_t value = 0;
  char unit = 0;
  if (!(in >> value)) return {};
  in >> unit;
  switch (std::toupper(static_cast<unsigned char>(unit))) {
  case 'K': return value << 10;
  case 'M': return value << 20;
  case 'G': return value << 30;
  default: return value;
  }
}

void read_caches(capabilities& c, std::uint32_t processor) {
  const std::string base = "/sys/devices/system/cpu/cpu" + std::to_string(processor) + "/cache/index";
  for (unsigned i = 0; i < 8; ++i) {
    const std::string folder = base + std::to_string(i);
    const auto level = read_line(folder + "/level"), type = read_line(folder + "/type");
    if (!level || !type || *type == "Instruction") continue;
    const auto bytes = size_in_bytes(read_line(folder + "/size"));
    if (*level == "1")
      c.l1_cache_bytes = bytes;
    else if (*level == "2")
      c.l2_cache_bytes = bytes;
    else if (*level == "3")
      c.l3_cache_bytes = bytes;
    if (const auto line = size_in_bytes(read_line(folder + "/coherency_line_size")))
      c.cache_line_bytes = static_cast<std::uint32_t>(*line);
  }
}

known<std::uint32_t> read_clock(std::uint32_t processor) {
  const auto khz =
      size_in_bytes(read_line("/sys/devices/system/cpu/cpu" + std::to_string(processor) + "/cpufreq/cpuinfo_max_freq"));
  if (khz) return static_cast<std::uint32_t>(*khz / 1000);
  // Virtual machines have no cpufreq; what the kernel shows there is the nominal clock.
  if (const auto mhz = field("/proc/cpuinfo", "cpu MHz"))
    return static_cast<std::uint32_t>(std::lround(std::stod(*mhz)));
  return {};
}

/// "0-3,8" holds 2?
bool list_contains(const std::string& list, std::uint32_t number) {
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');) {
    unsigned first = 0, last = 0;
    char dash = 0;
    std::istringstream range(part);
    if (!(range >> first)) continue;
    last = range >> dash >> last ? last : first;
    if (number >= first && number <= last) return true;
  }
  return false;
}

known<std::uint32_t> read_numa_node(const processor_budget& budget) {
  known<std::uint32_t> found;
  for (const std::uint32_t processor : budget.allowed) {
    bool placed = false;
    for (std::uint32_t node = 0; node < 1024 && !placed; ++node) {
      const auto list = read_line("/sys/devices/system/node/node" + std::to_string(node) + "/cpulist");
      if (!list) break;
      if (list_contains(*list, processor)) {
        if (found && *found != node) return {};
        found = node;
        placed = true;
      }
    }
  }
  return found;
}

/// The level of the psABI, which LLVM knows as a processor of that name too; the width as the compiler chooses it.
void read_instruction_set(capabilities& c) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool is_v4 = __builtin_cpu_supports("x86-64-v4"), is_v3 = __builtin_cpu_supports("x86-64-v3");
  c.target = std::string(is_v4                                 ? "x86-64-v4"
                         : is_v3                               ? "x86-64-v3"
                         : __builtin_cpu_supports("x86-64-v2") ? "x86-64-v2"
                                                               : "x86-64");
  c.simd_width_bits = is_v4 ? 512 : __builtin_cpu_supports("avx2") ? 256 : 128;
#elif defined(__aarch64__)
  c.target = std::string("aarch64");
  c.simd_width_bits = 128;
#endif
  if (c.simd_width_bits) c.simd_lanes = *c.simd_width_bits / 32;
}

std::string read_vendor_name(const std::string& id) {
  return id == "AuthenticAMD" ? "AMD" : id == "GenuineIntel" ? "Intel" : id;
}

} // namespace

capabilities read_capabilities(const processor_budget& budget) {
  capabilities c;
  const std::uint32_t first = budget.allowed.empty() ? 0 : budget.allowed.front();
  c.backend = "cpu";
  c.type = std::string("cpu");
  c.name = field("/proc/cpuinfo", "model name");
  if (const auto vendor = field("/proc/cpuinfo", "vendor_id")) c.vendor = read_vendor_name(*vendor);
  utsname system{};
  const std::string release = ::uname(&system) == 0 ? std::string(" on ") + system.sysname + " " + system.release : "";
  c.driver = "dotcompute " + std::string(version()) + release;
  if (const auto machine = read_line("/etc/machine-id")) c.stable_id = "cpu:" + *machine;
  c.compute_units = budget.threads;
  c.clock_mhz = read_clock(first);
  c.max_work_item_dimensions = 3;
  c.max_work_group_size = 4096;
  c.max_work_item_sizes = std::array<std::uint64_t, 3>{4096, 4096, 4096};
  read_instruction_set(c);
  read_caches(c, first);
  // Half of the second-level cache: a work-group's local memory should stay there with room for what it reads.
  c.local_memory_bytes =
      c.l2_cache_bytes ? std::clamp<std::uint64_t>(*c.l2_cache_bytes / 2, 64 << 10, 1 << 20) : 256 << 10;
  known<std::uint64_t> memory = size_in_bytes(field("/proc/meminfo", "MemTotal"));
  if (const auto limit = read_memory_limit()) memory = memory ? std::min(*memory, *limit) : *limit;
  c.global_memory_bytes = memory;
  c.largest_allocation_bytes = memory;
  c.numa_node = read_numa_node(budget);
  c.fp16 = false;
  c.fp64 = true;
  c.int64_atomics = true;
  c.unified_memory = true;
  return c;
}

known<std::uint64_t> last_level_cache_bytes(const processor_budget& budget) {
  known<std::uint64_t> total;
  std::set<std::string> seen;
  for (const std::uint32_t processor : budget.allowed) {
    const std::string base = "/sys/devices/system/cpu/cpu" + std::to_string(processor) + "/cache/index";
    unsigned last = 0;
    while (last < 8 && read_line(base + std::to_string(last) + "/level"))
      ++last;
    if (last == 0) continue;
    const std::string folder = base + std::to_string(last - 1);
    const auto sharers = read_line(folder + "/shared_cpu_list");
    const auto bytes = size_in_bytes(read_line(folder + "/size"));
    if (!sharers || !bytes || !seen.insert(*sharers).second) continue;
    total = (total ? *total : 0) + *bytes;
  }
  return total;
}

} // namespace dotcompute::cpu
