// SPDX-License-Identifier: MIT
#include "element_type.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace dotcompute::tool {
namespace {

TEST(element_type, reads_scalars_vectors_and_c_names) {
  EXPECT_EQ(parse_element_type("float"), (element_type{scalar_type::f32, 1}));
  EXPECT_EQ(parse_element_type("uchar16"), (element_type{scalar_type::u8, 16}));
  EXPECT_EQ(parse_element_type("unsigned int"), (element_type{scalar_type::u32, 1}));
  EXPECT_EQ(parse_element_type("size_t"), (element_type{scalar_type::u64, 1}));
  for (const char* wrong : {"", "float5", "float04", "float1", "floats", "char256", "void", "image2d_t", "int-4"})
    EXPECT_FALSE(parse_element_type(wrong)) << wrong;
}

TEST(element_type, a_vector_of_three_takes_the_room_of_four) {
  EXPECT_EQ((element_type{scalar_type::f32, 3}.bytes()), 16u);
  EXPECT_EQ((element_type{scalar_type::f64, 4}.bytes()), 32u);
  EXPECT_EQ((element_type{scalar_type::i8, 3}.bytes()), 4u);
}

TEST(half, every_pattern_returns) {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const float value = from_half(static_cast<std::uint16_t>(bits));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(from_half(to_half(value)))) << bits;
    else
      EXPECT_EQ(to_half(value), bits);
  }
}

TEST(half, rounds_to_nearest_even_between_neighbours) {
  for (unsigned bits = 0; bits < 0x7bffu; ++bits) {
    const float low = from_half(static_cast<std::uint16_t>(bits)),
                high = from_half(static_cast<std::uint16_t>(bits + 1));
    const float middle = 0.5f * (low + high);
    EXPECT_EQ(to_half(middle), bits % 2 ? bits + 1 : bits) << bits;
    EXPECT_EQ(to_half(std::nextafter(middle, 0.0f)), bits) << bits;
    EXPECT_EQ(to_half(std::nextafter(middle, high)), bits + 1) << bits;
  }
  EXPECT_EQ(to_half(65519.99f), 0x7bffu);
  EXPECT_EQ(to_half(65520.0f), 0x7c00u);
  EXPECT_EQ(to_half(-std::numeric_limits<float>::infinity()), 0xfc00u);
}

} // namespace
} // namespace dotcompute::tool
