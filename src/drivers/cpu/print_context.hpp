// SPDX-License-Identifier: MIT
// What a kernel's printf calls back into.
#pragma once

#include "drivers/print_sink.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dotcompute::cpu {

/// What generated code gets as print_context: the formats of one program and the sink of its device.
struct print_context {
  std::vector<std::string> formats;
  std::shared_ptr<drivers::print_sink> sink;

  /// A cpu::print_function.
  static void print(void* context, std::uint32_t format, const void* values, std::uint32_t bytes);
};

} // namespace dotcompute::cpu
