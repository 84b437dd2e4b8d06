// SPDX-License-Identifier: MIT
#include "drivers/cpu/print_context.hpp"

#include "drivers/print_format.hpp"
#include "support/log.hpp"

#include <exception>

namespace dotcompute::cpu {

void print_context::print(void* context, std::uint32_t format, const void* values, std::uint32_t bytes) {
  const auto& self = *static_cast<const print_context*>(context);
  try {
    if (format < self.formats.size())
      self.sink->write(drivers::format_print(self.formats[format], {static_cast<const std::byte*>(values), bytes}));
    else
      log::error("a kernel prints with format {}, but its program has {}", format, self.formats.size());
  } catch (const std::exception& e) {
    // Generated code cannot unwind, so nothing may leave this function.
    log::error("a kernel's printf was lost: {}", e.what());
  }
}

} // namespace dotcompute::cpu
