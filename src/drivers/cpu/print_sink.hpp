// SPDX-License-Identifier: MIT
// Where the text of kernels' printf goes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::cpu {

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

/// What generated code gets as print_context: the formats of one program and the sink of its device.
struct print_context {
  std::vector<std::string> formats;
  std::shared_ptr<print_sink> sink;

  /// A cpu::print_function.
  static void print(void* context, std::uint32_t format, const void* values, std::uint32_t bytes);
};

} // namespace dotcompute::cpu
