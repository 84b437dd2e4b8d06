// SPDX-License-Identifier: MIT
#include "held_memory.hpp"

#include <algorithm>
#include <vector>

namespace dotcompute::tool {

namespace {

constexpr std::size_t most_words = 4 << 20; // on the host at a time: 16 MiB

std::uint32_t word(std::size_t i) {
  return static_cast<std::uint32_t>(i) * 2654435761u;
}

} // namespace

held_memory::held_memory(const device& d, std::uint64_t bytes)
    : queue_(d), words_(d, std::max<std::uint64_t>(bytes / 4, 1)) {
  std::vector<std::uint32_t> part;
  for (std::size_t begin = 0; begin < words_.size(); begin += part.size()) {
    part.resize(std::min(most_words, words_.size() - begin));
    for (std::size_t i = 0; i < part.size(); ++i)
      part[i] = word(begin + i);
    queue_.write(words_.slice(begin, part.size()), part);
    queue_.finish();
  }
}

std::uint64_t held_memory::count_differences() {
  std::uint64_t different = 0;
  std::vector<std::uint32_t> part;
  for (std::size_t begin = 0; begin < words_.size(); begin += part.size()) {
    part.resize(std::min(most_words, words_.size() - begin));
    queue_.read(words_.slice(begin, part.size()), part);
    queue_.finish();
    for (std::size_t i = 0; i < part.size(); ++i)
      different += part[i] != word(begin + i) ? 4 : 0;
  }
  return different;
}

} // namespace dotcompute::tool
