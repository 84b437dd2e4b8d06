// SPDX-License-Identifier: MIT
// Which processes a process started, as the system knows it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/types.h>
#include <vector>

namespace dotcompute::test {

/// What follows the name in /proc/PID/stat: state, parent and more; empty when there is no such process.
inline std::string status_of(pid_t id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  return name_end == std::string::npos ? "" : line.substr(name_end + 2);
}

inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t id = std::atoi(entry.path().filename().c_str());
    const std::string status = id > 0 ? status_of(id) : "";
    if (status.size() > 2 && status.substr(2).starts_with(std::to_string(parent) + " ")) found.push_back(id);
  }
  return found;
}

} // namespace dotcompute::test
