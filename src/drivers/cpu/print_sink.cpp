// SPDX-License-Identifier: MIT
#include "drivers/cpu/print_sink.hpp"

#include "drivers/cpu/print_format.hpp"
#include "support/log.hpp"

#include <cstdio>
#include <exception>

namespace dotcompute::cpu {

void print_sink::write(std::string_view text) noexcept {
  try {
    const std::lock_guard lock(guard_);
    if (receiver_)
      receiver_(text);
    else if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
      log::warning("a kernel's printf could not be written to standard output");
  } catch (const std::exception& e) {
    log::error("the receiver of kernel output failed: {}", e.what());
  } catch (...) {
    log::error("the receiver of kernel output failed with an unknown exception");
  }
}

void print_context::print(void* context, std::uint32_t format, const void* values, std::uint32_t bytes) {
  const auto& self = *static_cast<const print_context*>(context);
  try {
    if (format < self.formats.size())
      self.sink->write(format_print(self.formats[format], {static_cast<const std::byte*>(values), bytes}));
    else
      log::error("a kernel prints with format {}, but its program has {}", format, self.formats.size());
  } catch (const std::exception& e) {
    // Generated code cannot unwind, so nothing may leave this function.
    log::error("a kernel's printf was lost: {}", e.what());
  }
}

} // namespace dotcompute::cpu
