// SPDX-License-Identifier: MIT
// Measurements that need a process without history.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace dotcompute::benchmark {

/// A folder of its own under the system's temporary folder, removed with its content at the end.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What `executable arguments...` writes to standard output, with `environment` added to this process's. Throws
/// std::runtime_error when it cannot be started, fails, or takes longer than `limit`; then it is ended.
std::string run_fresh(const std::filesystem::path& executable, const std::vector<std::string>& arguments,
                      const std::map<std::string, std::string>& environment,
                      std::chrono::milliseconds limit = std::chrono::seconds(120));

} // namespace dotcompute::benchmark
