// SPDX-License-Identifier: MIT
#include "memory/replay.hpp"

#include "targets.hpp"

#include <dotcompute/error.hpp>

#include <cstdlib>

namespace dotcompute::fuzz {

void replay(const std::uint8_t* data, std::size_t size) {
  try {
    const memory::replay_result r = memory::replay(std::as_bytes(std::span(data, size)));
    if (r.frees > r.allocations || r.events > size) std::abort();
  } catch (const error& e) {
    if (e.code() != error_code::file_invalid) std::abort();
  }
}

} // namespace dotcompute::fuzz
