// SPDX-License-Identifier: MIT
// Figures as people read them.
#pragma once

#include <dotcompute/known.hpp>

#include <cstdint>
#include <string>

namespace dotcompute::tool {

/// "0 B", "1.50 MiB".
std::string bytes_text(std::uint64_t bytes);
/// "340 ns", "1.20 ms", "3.0 h".
std::string time_text(double nanoseconds);
/// "12,345".
std::string count_text(std::uint64_t count);

template <class T, class Text>
std::string text_or_unknown(const known<T>& value, Text text) {
  return value ? std::string(text(*value)) : "unknown";
}

} // namespace dotcompute::tool
