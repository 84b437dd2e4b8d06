// SPDX-License-Identifier: MIT
#include "array.hpp"

#include "exit_codes.hpp"

#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dotcompute::tool {

std::uint64_t count_elements(const std::vector<std::uint64_t>& shape, std::size_t element_bytes,
                             const std::string& what) {
  std::uint64_t count = 1;
  for (const auto dimension : shape) {
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(count, dimension, &count) || __builtin_mul_overflow(count, element_bytes, &bytes) ||
        bytes > (std::uint64_t{1} << 62))
      throw failure(exit_code::argument, fmt::format("{}: {} elements of {} bytes are more than any memory holds", what,
                                                     shape_text(shape), element_bytes));
  }
  return count;
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("{}", fmt::join(shape, "x"));
}

namespace {

std::vector<std::byte> restride(const std::vector<std::byte>& from, std::size_t scalar, std::size_t from_stride,
                                std::size_t to_stride) {
  const std::size_t count = from.size() / (scalar * from_stride);
  std::vector<std::byte> to(count * scalar * to_stride);
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(to.data() + i * scalar * to_stride, from.data() + i * scalar * from_stride, scalar * 3);
  return to;
}

} // namespace

std::vector<std::byte> pad_vectors(std::vector<std::byte> packed, element_type type) {
  return type.width == 3 ? restride(packed, size_of(type.scalar), 3, 4) : std::move(packed);
}

std::vector<std::byte> pack_vectors(std::vector<std::byte> padded, element_type type) {
  return type.width == 3 ? restride(padded, size_of(type.scalar), 4, 3) : std::move(padded);
}

} // namespace dotcompute::tool
