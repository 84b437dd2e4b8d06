// SPDX-License-Identifier: MIT
#pragma once

#include <dotcompute/dotcompute.hpp>

#include <cstddef>
#include <vector>

/// Sums of every `group` of the numbers 0 to `count` - 1, by a kernel that the library was built with.
std::vector<int> sums_of_groups(const dotcompute::device& device, std::size_t count, std::size_t group);
