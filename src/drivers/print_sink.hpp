// SPDX-License-Identifier: MIT
// Where the text of kernels' printf goes.
#pragma once

#include <functional>
#include <mutex>
#include <string_view>

namespace dotcompute::drivers {

/// One for a device: calls the receiver with one whole text at a time.
class print_sink {
 public:
  /// An empty receiver means standard output.
  explicit print_sink(std::function<void(std::string_view)> receiver) : receiver_(std::move(receiver)) {}
  /// Thread-safe. What the receiver throws is logged: there is nobody above a kernel to catch it.
  void write(std::string_view text) noexcept;

 private:
  std::mutex guard_;
  std::function<void(std::string_view)> receiver_;
};

} // namespace dotcompute::drivers
