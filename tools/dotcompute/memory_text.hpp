// SPDX-License-Identifier: MIT
// Figures of a memory pool for people.
#pragma once

#include <dotcompute/memory_statistics.hpp>
#include <string>
#include <string_view>

namespace dotcompute::tool {

/// Grouped, with units; `heading` is the first line.
std::string memory_report(const memory_statistics& s, std::string_view heading);

/// What is held, how fragmented it is, and whose it is.
std::string memory_brief(const memory_statistics& s, std::string_view heading);

/// "fragmentation 3, budget 1", or "none".
std::string failures_text(const std::array<std::uint64_t, allocation_failures>& failures);

/// For following a pool: one line of columns each time.
std::string watch_header();
std::string watch_line(const memory_statistics& s, double seconds);

} // namespace dotcompute::tool
