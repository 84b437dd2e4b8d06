// SPDX-License-Identifier: MIT
// A line on the terminal for work that takes longer than two seconds.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace dotcompute::tool {

/// While it lives, and from its third second on, standard error shows the label and the seconds, when it is a terminal.
class progress {
 public:
  explicit progress(std::string label);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  void set_label(std::string label);
  /// Removes the line so that something else can be printed; it comes back by itself.
  void clear();

 private:
  void show(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string label_;
  bool shown_ = false;
  std::jthread thread_;
};

} // namespace dotcompute::tool
