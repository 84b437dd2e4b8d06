// SPDX-License-Identifier: MIT
#include "drivers/print_sink.hpp"

#include "support/log.hpp"

#include <cstdio>
#include <exception>

namespace dotcompute::drivers {

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

} // namespace dotcompute::drivers
