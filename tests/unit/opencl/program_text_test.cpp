// SPDX-License-Identifier: MIT
#include "compiler/targets/opencl/program_text.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace dotcompute::compiler::opencl {
namespace {

TEST(program_text, ComesBackAsItWas) {
  const program_text text{"-D N=3 -cl-std=CL1.2", std::string("kernel void k() {}\n\0x", 21)};
  const auto bytes = encode(text);
  const auto back = decode(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->options, text.options);
  EXPECT_EQ(back->source, text.source);
  EXPECT_TRUE(decode(encode({"", ""})));
}

TEST(program_text, BytesWithoutAnEndOfTheOptionsAreRefused) {
  EXPECT_FALSE(decode({}));
  const char text[] = {'-', 'w'};
  EXPECT_FALSE(decode(std::as_bytes(std::span(text))));
}

TEST(program_text, TheLanguageIsTheFrontEndsUnlessItWasChosen) {
  EXPECT_EQ(driver_options("", ""), "-cl-std=CL1.2");
  EXPECT_EQ(driver_options("-D A", ""), "-D A -cl-std=CL1.2");
  EXPECT_EQ(driver_options("-cl-std=CL3.0 -w", ""), "-cl-std=CL3.0 -w");
}

TEST(program_text, IncludesAreLookedForBesideTheFile) {
  EXPECT_EQ(driver_options("", "/usr/share/kernels"), "-cl-std=CL1.2 -I /usr/share/kernels");
  EXPECT_EQ(driver_options("-w", "/a b"), "-w -cl-std=CL1.2 -I \"/a b\"");
}

} // namespace
} // namespace dotcompute::compiler::opencl
