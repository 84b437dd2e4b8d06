// SPDX-License-Identifier: MIT
// printf's conversions over packed values.
#include "drivers/print_format.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace dotcompute::test {
namespace {

/// Packs values as generated code does: each begins on eight bytes.
class packed {
 public:
  template <class T>
  packed& add(std::initializer_list<T> elements) {
    const std::size_t begin = (bytes_.size() + 7) / 8 * 8, size = elements.size() * sizeof(T);
    bytes_.resize(begin + size);
    std::memcpy(bytes_.data() + begin, std::data(elements), size);
    return *this;
  }
  std::string print(std::string_view format) const { return drivers::format_print(format, bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

TEST(print_format, Integers) {
  EXPECT_EQ(packed().add<std::int32_t>({-5}).print("[%d]"), "[-5]");
  EXPECT_EQ(packed().add<std::int32_t>({-5}).print("[%u]"), "[4294967291]");
  EXPECT_EQ(packed().add<std::int32_t>({255}).print("%#x %%"), "0xff %");
  EXPECT_EQ(packed().add<std::int64_t>({1ll << 40}).print("%ld"), "1099511627776");
  EXPECT_EQ(packed().add<std::int32_t>({300}).print("%hhd"), "44");
  EXPECT_EQ(packed().add<std::int32_t>({7}).print("%-5d|%"), "7    |%");
  EXPECT_EQ(packed().add<std::int32_t>({7}).print("%05.3i"), "  007");
  EXPECT_EQ(packed().add<std::int32_t>({'x'}).print("%c"), "x");
}

TEST(print_format, FloatsAndText) {
  EXPECT_EQ(packed().add({1.5}).print("%f"), "1.500000");
  EXPECT_EQ(packed().add({1.5}).print("%8.2e"), "1.50e+00");
  EXPECT_EQ(packed().add({-static_cast<double>(INFINITY)}).print("%f"), "-inf");
  EXPECT_EQ(packed().add<const char*>({"text"}).add<std::int32_t>({3}).print("%s %d"), "text 3");
  EXPECT_EQ(packed().add<const char*>({nullptr}).print("%s"), "(null)");
  EXPECT_EQ(packed().add({1e300}).print("%.0f").size(), 301u);
}

TEST(print_format, Vectors) {
  EXPECT_EQ(packed().add({1.0f, 2.0f, 3.0f, 4.0f}).print("%2.2v4hlf"), "1.00,2.00,3.00,4.00");
  EXPECT_EQ(packed().add<std::int8_t>({1, -2}).add<std::int32_t>({9}).print("%v2hhd %d"), "1,-2 9");
  EXPECT_EQ(packed().add<std::uint16_t>({1, 0xffff, 3}).print("%v3hu"), "1,65535,3");
  EXPECT_EQ(packed().add<std::int32_t>({1, 2, 3}).add<std::int32_t>({4}).print("%v3hld;%d"), "1,2,3;4");
  EXPECT_EQ(packed().add<std::int64_t>({1, 2}).print("%v2lx"), "1,2");
  EXPECT_EQ(packed().add<std::uint16_t>({0x3c00, 0xc000}).print("%v2hf"), "1.000000,-2.000000");
}

TEST(print_format, WhatCannotBeShownStands) {
  EXPECT_EQ(packed().print("%d and %f"), "%d and %f");
  EXPECT_EQ(packed().add<std::int32_t>({1}).print("%q %d"), "%q 1");
  EXPECT_EQ(packed().add<std::int32_t>({1}).print("%v5hld"), "%v5hld");
  EXPECT_EQ(packed().add<std::int32_t>({1}).print("100%"), "100%");
  EXPECT_EQ(packed().add<std::int32_t>({1}).print("%n"), "%n");
}

} // namespace
} // namespace dotcompute::test
