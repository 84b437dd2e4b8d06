// SPDX-License-Identifier: MIT
// A page that draws segments and blocks. One file: style, program and data are in it, and it loads nothing.
#pragma once

#include <cstdint>
#include <dotcompute/memory_statistics.hpp>
#include <string>
#include <vector>

namespace dotcompute::tool {

struct page_moment {
  std::string name;      ///< "peak", "end" or "now"
  std::int64_t time = 0; ///< nanoseconds since the first event
  memory_map map;
  memory_statistics statistics;
};

struct page_content {
  std::string title;
  std::vector<page_moment> moments; ///< the first is shown first
  /// The most bytes live within each stretch of so many nanoseconds, the first at first_time / stretch; empty: unknown.
  std::vector<std::uint64_t> course;
  std::int64_t stretch = 0, first_time = 0;
};

/// HTML in UTF-8. Names may contain anything.
std::string memory_page(const page_content& content);

} // namespace dotcompute::tool
