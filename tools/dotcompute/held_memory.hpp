// SPDX-License-Identifier: MIT
// Device memory whose contents are known, to be compared after what happens to the device.
#pragma once

#include <cstdint>
#include <dotcompute/dotcompute.hpp>

namespace dotcompute::tool {

class held_memory {
 public:
  held_memory(const device& d, std::uint64_t bytes);
  /// How many bytes are not what they were. Throws stale_handle when the memory was discarded.
  std::uint64_t count_differences();

 private:
  queue queue_;
  buffer<std::uint32_t> words_;
};

} // namespace dotcompute::tool
