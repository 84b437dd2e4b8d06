// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>

namespace dotcompute::benchmark {

namespace {

/// The values of the first processor in /proc/cpuinfo that name the model. A virtual machine may give a short name, so
/// family and model are added.
std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string line, name, family, model;
  while (std::getline(file, line) && !line.empty()) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const auto value = line.substr(colon + 2);
    if (line.starts_with("model name"))
      name = value;
    else if (line.starts_with("cpu family"))
      family = value;
    else if (line.starts_with("model\t"))
      model = value;
  }
  if (name.empty()) return "unknown";
  return family.empty() ? name : fmt::format("{} (family {}, model {})", name, family, model);
}

} // namespace

machine describe_machine() {
  machine m;
  m.processor = processor();
  m.compiler = "g++ " __VERSION__;
#ifdef __clang__
  m.compiler = __VERSION__;
#endif
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) m.processors = static_cast<unsigned>(CPU_COUNT(&allowed));
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  m.date = text;
  return m;
}

} // namespace dotcompute::benchmark
