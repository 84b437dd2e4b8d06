// SPDX-License-Identifier: MIT
// A recording of a device's allocations that appears under its name when it is complete.
#pragma once

#include "files.hpp"

#include <dotcompute/dotcompute.hpp>
#include <dotcompute/memory.hpp>
#include <optional>
#include <string>

namespace dotcompute::tool {

/// Nothing when no file is named. When it is destroyed by an exception, what was recorded until then is kept too: it
/// may tell why.
class memory_log {
 public:
  /// Throws failure(output) when the file cannot be made.
  memory_log(const device& d, const std::string& path);
  memory_log(const memory_log&) = delete;
  memory_log& operator=(const memory_log&) = delete;
  ~memory_log();

  /// Ends the recording and gives the file its name. Throws failure(output).
  void publish();

 private:
  std::optional<allocation_recording> recording_;
  std::optional<new_file> file_;
};

} // namespace dotcompute::tool
