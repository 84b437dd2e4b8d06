// SPDX-License-Identifier: MIT
#include "drivers/driver.hpp"

#include <dotcompute/error.hpp>

namespace dotcompute::drivers {
namespace {

[[noreturn]] void refuse(const capabilities& device) {
  throw error(error_code::unsupported, "the driver of " + device.backend + " cannot share memory with another process",
              {"", 0, "place a segment", "Open the device with isolation::none."});
}

} // namespace

std::unique_ptr<segment> driver::create_segment_at(buffer_kind, std::uint64_t, std::byte*) {
  refuse(properties());
}

std::unique_ptr<segment> driver::attach_segment(buffer_kind, std::uint64_t, int, std::byte*) {
  refuse(properties());
}

} // namespace dotcompute::drivers
