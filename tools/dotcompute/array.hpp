// SPDX-License-Identifier: MIT
// An array in host memory as files hold it: scalars without padding, the last dimension varying fastest.
#pragma once

#include "element_type.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dotcompute::tool {

struct array {
  scalar_type type = scalar_type::f32;
  std::vector<std::uint64_t> shape;
  std::vector<std::byte> bytes;
};

/// Product of the dimensions; throws failure(argument) when `what` would not fit into 63 bits of bytes.
std::uint64_t count_elements(const std::vector<std::uint64_t>& shape, std::size_t element_bytes,
                             const std::string& what);

/// "480x640"
std::string shape_text(const std::vector<std::uint64_t>& shape);

/// Device layout of `type` from packed scalars, and back. They differ only for vectors of three.
std::vector<std::byte> pad_vectors(std::vector<std::byte> packed, element_type type);
std::vector<std::byte> pack_vectors(std::vector<std::byte> padded, element_type type);

} // namespace dotcompute::tool
