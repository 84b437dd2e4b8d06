// SPDX-License-Identifier: MIT
#include "units.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace dotcompute::tool {

namespace {

std::string three_digits(double value, const char* unit) {
  const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, unit);
}

} // namespace

std::string bytes_text(std::uint64_t bytes) {
  static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 1,023.6 KiB would be printed as "1024 KiB".
  for (; value >= 1023.5 && unit + 1 < units.size(); ++unit)
    value /= 1024;
  return three_digits(value, units[unit]);
}

std::string time_text(double nanoseconds) {
  using unit = std::pair<double, const char*>;
  static constexpr std::array<unit, 6> units{unit{3600e9, "h"}, {60e9, "min"}, {1e9, "s"},
                                             {1e6, "ms"},       {1e3, "us"},   {1, "ns"}};
  for (const auto& [size, name] : units)
    if (nanoseconds >= size) return three_digits(nanoseconds / size, name);
  return three_digits(nanoseconds, "ns");
}

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3; i -= 3)
    digits.insert(i - 3, ",");
  return digits;
}

} // namespace dotcompute::tool
