// SPDX-License-Identifier: MIT
#include "npy.hpp"

#include "targets.hpp"

#include <cstdlib>
#include <stdexcept>

namespace dotcompute::fuzz {

void npy(const std::uint8_t* data, std::size_t size) {
  try {
    const tool::array read = tool::parse_npy(std::as_bytes(std::span(data, size)), "fuzz.npy");
    const auto written = tool::format_npy(read);
    if (tool::format_npy(tool::parse_npy(written, "again.npy")) != written) std::abort();
  } catch (const std::exception&) {
    // Refused, with a reason.
  }
}

} // namespace dotcompute::fuzz
