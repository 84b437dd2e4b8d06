// SPDX-License-Identifier: MIT
#include "argument.hpp"
#include "exit_codes.hpp"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <set>

namespace dotcompute::tool {
namespace {

/// The message of the failure that `call` throws, which must be of `code`.
template <class Call>
std::string refusal(Call&& call, exit_code code = exit_code::argument) {
  try {
    call();
  } catch (const failure& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

template <class T>
T number(const std::string& text, scalar_type type) {
  const auto bytes = encode_number(text, type, "x=" + text);
  T value{};
  EXPECT_EQ(bytes.size(), sizeof value);
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

TEST(argument, scalars_and_vectors) {
  const auto a = parse_argument("alpha=3.5");
  EXPECT_EQ(a.name, "alpha");
  EXPECT_FALSE(a.index);
  EXPECT_EQ(std::get<number_list>(a.value).numbers, (std::vector<std::string>{"3.5"}));
  EXPECT_EQ(std::get<number_list>(parse_argument("1,-2,0x10,nan").value).numbers.size(), 4u);
  EXPECT_EQ(parse_argument("2=7").index, 2u);
  EXPECT_TRUE(parse_argument("7").name.empty());
}

TEST(argument, files_by_their_ending) {
  EXPECT_EQ(std::get<file_value>(parse_argument("a=x.npy").value).format, file_format::npy);
  EXPECT_EQ(std::get<file_value>(parse_argument("a=dir/My Photo.PNG").value).format, file_format::png);
  EXPECT_EQ(std::get<file_value>(parse_argument("a=b=c.npy").value).path, "b=c.npy");
}

TEST(argument, generated_buffers) {
  const auto whole = std::get<generated_value>(parse_argument("x=float4[480x640]:random").value);
  EXPECT_EQ(whole.type, (element_type{scalar_type::f32, 4}));
  EXPECT_EQ(whole.shape, (std::vector<std::uint64_t>{480, 640}));
  EXPECT_EQ(whole.fill, fill_kind::random);
  EXPECT_EQ(std::get<generated_value>(parse_argument("int[5]").value).fill, fill_kind::zeros);
  EXPECT_EQ(std::get<generated_value>(parse_argument("int[5]:-3").value).constant, "-3");
}

TEST(argument, local_memory) {
  const auto local = std::get<local_value>(parse_argument("tile=local:float[16x16]").value);
  EXPECT_EQ(local.count, 256u);
  EXPECT_EQ(local.type, (element_type{scalar_type::f32, 1}));
}

TEST(argument, refuses_what_is_nothing) {
  for (const char* wrong :
       {"x=", "=3", "x=hello", "x=1,,2", "x=1,two", "x=float[0]", "x=float[-1]", "x=float[]", "x=float[3]:blue",
        "x=local:float", "x=local:float[4]:ones", "x=floaty[4]", "x=float[4x0]", "x=file.txt"})
    EXPECT_FALSE(refusal([&] { parse_argument(wrong); }).empty()) << wrong;
  EXPECT_NE(refusal([] { parse_argument("x=float[0]"); }).find("empty"), std::string::npos);
  EXPECT_NE(refusal([] { parse_argument("x=hello"); }).find("'hello'"), std::string::npos);
}

TEST(argument, sizes_that_overflow_are_refused) {
  refusal([] { parse_argument("x=double[4294967296x4294967296]"); });
  refusal([] { parse_argument("x=double[18446744073709551615]"); });
  refusal([] { parse_argument("x=float[99999999999999999999]"); });
}

TEST(output, name_and_file) {
  const auto out = parse_output("y=result.npy");
  EXPECT_EQ(out.name, "y");
  EXPECT_EQ(out.file.path, "result.npy");
  EXPECT_EQ(parse_output("1=a.png").index, 1u);
  for (const char* wrong : {"y", "=a.npy", "y=", "y=a.txt", "y=.npy"})
    refusal([&] { parse_output(wrong); });
}

TEST(number, integers_keep_their_range) {
  EXPECT_EQ(number<std::int8_t>("-128", scalar_type::i8), -128);
  EXPECT_EQ(number<std::uint8_t>("0xff", scalar_type::u8), 255);
  EXPECT_EQ(number<std::int64_t>("-9223372036854775808", scalar_type::i64), INT64_MIN);
  EXPECT_EQ(number<std::uint64_t>("18446744073709551615", scalar_type::u64), UINT64_MAX);
  EXPECT_NE(refusal([] { encode_number("128", scalar_type::i8, "x=128"); }).find("-128 to 127"), std::string::npos);
  refusal([] { encode_number("-1", scalar_type::u32, "x"); });
  refusal([] { encode_number("3.5", scalar_type::i32, "x"); });
  refusal([] { encode_number("18446744073709551616", scalar_type::u64, "x"); });
  refusal([] { encode_number("0x", scalar_type::i32, "x"); });
}

TEST(number, floating) {
  EXPECT_EQ(number<float>("1e-3", scalar_type::f32), 1e-3f);
  EXPECT_EQ(number<float>("2.5f", scalar_type::f32), 2.5f);
  EXPECT_EQ(number<double>("-0x1p-3", scalar_type::f64), -0.125);
  EXPECT_TRUE(std::isnan(number<float>("nan", scalar_type::f32)));
  EXPECT_EQ(number<float>("-inf", scalar_type::f32), -HUGE_VALF);
  EXPECT_EQ(from_half(number<std::uint16_t>("0.5", scalar_type::f16)), 0.5f);
  refusal([] { encode_number("1e39", scalar_type::f32, "x"); });
  refusal([] { encode_number("1e5", scalar_type::f16, "x"); });
  refusal([] { encode_number("1e999", scalar_type::f64, "x"); });
  refusal([] { encode_number("1.5x", scalar_type::f32, "x"); });
}

std::vector<float> floats(const std::string& text, std::uint64_t seed) {
  const auto bytes = generate(std::get<generated_value>(parse_argument(text).value), seed, text);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

TEST(generate, fills) {
  EXPECT_EQ(floats("float[3]:zeros", 1), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(floats("float[3]:ones", 1), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(floats("float2[2]:ramp", 1), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(floats("float[2]:2.5", 1), (std::vector<float>{2.5f, 2.5f}));
}

TEST(generate, random_repeats_with_its_seed_and_stays_below_one) {
  const auto a = floats("float[100000]:random", 7);
  EXPECT_EQ(a, floats("float[100000]:random", 7));
  EXPECT_NE(a, floats("float[100000]:random", 8));
  double sum = 0;
  for (const float v : a) {
    ASSERT_GE(v, 0.0f);
    ASSERT_LT(v, 1.0f);
    sum += v;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.01);
  const auto bytes = generate(std::get<generated_value>(parse_argument("uchar[100000]:random").value), 1, "x");
  EXPECT_EQ(std::set<std::byte>(bytes.begin(), bytes.end()).size(), 256u);
}

TEST(extent, one_to_three_counts) {
  EXPECT_EQ(parse_extent("64x32", "--global", 3), (std::vector<std::uint64_t>{64, 32}));
  for (const char* wrong : {"", "x", "64x", "64X32", "0", "4x0", "1x2x3x4", "1.5", "-4", "4 x 4"})
    EXPECT_NE(refusal([&] { parse_extent(wrong, "--global", 3); }).find("--global"), std::string::npos) << wrong;
}

} // namespace
} // namespace dotcompute::tool
