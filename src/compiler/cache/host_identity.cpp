// SPDX-License-Identifier: MIT
#include "compiler/cache/host_identity.hpp"

#include <fmt/format.h>

#if defined(__x86_64__)
#include <cpuid.h>
#else
#include <fstream>
#include <sys/auxv.h>
#endif

namespace dotcompute::compiler {
namespace {

#if defined(__x86_64__)

std::string describe_host() {
  struct leaf {
    unsigned a = 0, b = 0, c = 0, d = 0;
  };
  const auto ask = [](unsigned number, unsigned sub) {
    leaf l;
    if (!__get_cpuid_count(number, sub, &l.a, &l.b, &l.c, &l.d)) l = {};
    return l;
  };
  const leaf vendor = ask(0, 0), model = ask(1, 0), features = ask(7, 0), more = ask(7, 1),
             extended = ask(0x80000001, 0);
  std::uint64_t saved_registers = 0;
  if (model.c & bit_OSXSAVE) {
    unsigned low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    saved_registers = (std::uint64_t{high} << 32) | low;
  }
  // Leaf 1's b and parts of leaf 7's d differ from core to core (APIC id, hybrid flag) and are left out.
  return fmt::format("x86-64 {:08x}{:08x}{:08x} {:08x} {:08x} {:08x} {:08x} {:08x} {:08x} {:08x} {:08x} {:x}", vendor.b,
                     vendor.d, vendor.c, model.a, model.c, model.d, features.b, features.c, more.a, extended.c,
                     extended.d, saved_registers);
}

#else

std::string describe_host() {
  std::string text = fmt::format("hwcap {:x} {:x}", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
  std::ifstream file("/proc/cpuinfo");
  // The first processor's block: implementer, architecture, variant, part, revision.
  for (std::string line; std::getline(file, line) && !line.empty();) {
    if (line.starts_with("CPU ")) text += ' ' + line;
  }
  return text;
}

#endif

} // namespace

const std::string& host_identity() {
  static const std::string identity = describe_host();
  return identity;
}

bool host_runs(std::string_view cpu) {
  if (cpu == "native" || cpu == "generic") return true;
#if defined(__x86_64__)
  if (cpu == "x86-64") return true;
  if (cpu == "x86-64-v2") return __builtin_cpu_supports("x86-64-v2") != 0;
  if (cpu == "x86-64-v3") return __builtin_cpu_supports("x86-64-v3") != 0;
  if (cpu == "x86-64-v4") return __builtin_cpu_supports("x86-64-v4") != 0;
#endif
  return false;
}

} // namespace dotcompute::compiler
