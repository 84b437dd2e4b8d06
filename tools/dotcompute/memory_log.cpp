// SPDX-License-Identifier: MIT
#include "memory_log.hpp"

#include "exit_codes.hpp"

#include <cstdio>
#include <fmt/format.h>

namespace dotcompute::tool {

memory_log::memory_log(const device& d, const std::string& path) {
  if (path.empty()) return;
  file_.emplace(path);
  try {
    recording_ = d.memory().record(file_->temporary().string());
  } catch (const error& e) {
    throw failure(exit_code::output, e.what());
  }
}

void memory_log::publish() {
  if (!recording_ || !file_) return;
  auto recording = std::move(*recording_);
  recording_.reset();
  try {
    recording.finish();
  } catch (const error& e) {
    throw failure(exit_code::output, e.what());
  }
  file_->publish();
}

memory_log::~memory_log() {
  try {
    publish();
  } catch (const std::exception& e) {
    fmt::print(stderr, "dotcompute: {}\n", e.what());
  }
}

} // namespace dotcompute::tool
