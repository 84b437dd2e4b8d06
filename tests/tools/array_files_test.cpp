// SPDX-License-Identifier: MIT
#include "../temporary_folder.hpp"
#include "exit_codes.hpp"
#include "files.hpp"
#include "npy.hpp"
#include "png_file.hpp"

#include <cstring>
#include <gtest/gtest.h>

namespace dotcompute::tool {
namespace {

template <class Call>
std::string refusal(Call&& call, exit_code code) {
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
array make_array(scalar_type type, std::vector<std::uint64_t> shape, const std::vector<T>& values) {
  array a{type, std::move(shape), {}};
  const auto bytes = std::as_bytes(std::span(values));
  a.bytes.assign(bytes.begin(), bytes.end());
  return a;
}

std::vector<std::byte> npy_bytes(const std::string& header, std::size_t data_bytes, char version = 1) {
  std::string text = std::string("\x93NUMPY") + version + '\0';
  text += static_cast<char>(header.size() & 255);
  text += static_cast<char>(header.size() >> 8);
  if (version > 1) text += std::string(2, '\0');
  text += header + std::string(data_bytes, '\1');
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(npy, every_type_and_shape_returns) {
  for (int t = 0; t <= static_cast<int>(scalar_type::f64); ++t)
    for (const auto& shape : std::vector<std::vector<std::uint64_t>>{{}, {1}, {7}, {2, 3}, {2, 1, 5}, {0, 4}}) {
      array a{static_cast<scalar_type>(t), shape, {}};
      std::size_t count = 1;
      for (const auto n : shape)
        count *= n;
      for (std::size_t i = 0; i < count * size_of(a.type); ++i)
        a.bytes.push_back(static_cast<std::byte>(i * 37 + 5));
      const auto content = format_npy(a);
      EXPECT_EQ((content.size() - a.bytes.size()) % 64, 0u) << "the data must be aligned";
      const auto b = parse_npy(content, "memory");
      EXPECT_EQ(b.type, a.type);
      EXPECT_EQ(b.shape, a.shape);
      EXPECT_EQ(b.bytes, a.bytes);
    }
}

TEST(npy, other_versions_byte_orders_and_key_orders) {
  const auto a = parse_npy(npy_bytes("{\"shape\": (2,), 'fortran_order': False, 'descr': '>i2', }\n", 4, 2), "m");
  EXPECT_EQ(a.type, scalar_type::i16);
  EXPECT_EQ(parse_npy(npy_bytes("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", 3, 3), "m").type,
            scalar_type::u8);
  auto swapped = npy_bytes("{'descr': '>u2', 'fortran_order': False, 'shape': (1,)}", 0);
  swapped.push_back(std::byte{1});
  swapped.push_back(std::byte{2});
  std::uint16_t value = 0;
  std::memcpy(&value, parse_npy(swapped, "m").bytes.data(), 2);
  EXPECT_EQ(value, 0x0102);
  // Fortran order makes no difference to one dimension.
  EXPECT_EQ(parse_npy(npy_bytes("{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}", 8), "m").shape.size(), 1u);
}

TEST(npy, malformed_files_are_refused_with_the_reason) {
  const auto good = npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8);
  for (std::size_t size = 0; size < good.size(); ++size)
    refusal([&] { parse_npy(std::span(good).first(size), "m"); }, exit_code::input);
  auto longer = good;
  longer.push_back(std::byte{0});
  refusal([&] { parse_npy(longer, "m"); }, exit_code::input);

  const std::vector<std::pair<std::string, std::string>> wrong{
      {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1)}", "Fortran"},
      {"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}", "structured"},
      {"{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "|O"},
      {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "<c8"},
      {"{'descr': '<f4', 'fortran_order': False}", "lacks"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'extra': 'x'}", "extra"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "shape"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "larger"},
      {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,)}", "fortran_order"},
      {"{'descr': '<f4", "header"},
      {"", "header"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", "behind"},
  };
  for (const auto& [header, reason] : wrong)
    EXPECT_NE(refusal([&] { parse_npy(npy_bytes(header, 8), "m"); }, exit_code::input).find(reason), std::string::npos)
        << header;
  refusal([&] { parse_npy(npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8, 9), "m"); },
          exit_code::input);
}

TEST(vectors_of_three, are_padded_and_packed) {
  const auto packed = make_array<float>(scalar_type::f32, {2, 3}, {1, 2, 3, 4, 5, 6}).bytes;
  const auto padded = pad_vectors(packed, {scalar_type::f32, 3});
  ASSERT_EQ(padded.size(), 32u);
  float fourth = -1, fifth = -1;
  std::memcpy(&fourth, padded.data() + 12, 4);
  std::memcpy(&fifth, padded.data() + 16, 4);
  EXPECT_EQ(fourth, 0.0f);
  EXPECT_EQ(fifth, 4.0f);
  EXPECT_EQ(pack_vectors(padded, {scalar_type::f32, 3}), packed);
}

class png : public ::testing::Test {
 protected:
  test::temporary_folder folder;
};

TEST_F(png, bytes_return_unchanged) {
  for (const unsigned components : {1u, 3u, 4u}) {
    std::vector<std::uint8_t> pixels(3 * 5 * components);
    for (std::size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<std::uint8_t>(i * 17);
    auto a = make_array(scalar_type::u8, {3, 5}, pixels);
    if (components > 1) a.shape.push_back(components);
    const element_type type{scalar_type::u8, components};
    write_png(folder / "a.png", a, type);
    const auto b = read_png(folder / "a.png", type);
    EXPECT_EQ(b.shape, a.shape);
    EXPECT_EQ(b.bytes, a.bytes);
  }
}

TEST_F(png, sixteen_bits_return_unchanged) {
  const auto a = make_array<std::uint16_t>(scalar_type::u16, {2, 2}, {0, 1, 0x1234, 0xffff});
  write_png(folder / "a.png", a, {scalar_type::u16, 1});
  EXPECT_EQ(read_png(folder / "a.png", {scalar_type::u16, 1}).bytes, a.bytes);
  // The same file in 8 bits: values are scaled, not cut off.
  const auto narrow = read_png(folder / "a.png", {scalar_type::u8, 1});
  EXPECT_EQ(std::to_integer<int>(narrow.bytes[2]), 0x12);
  EXPECT_EQ(std::to_integer<int>(narrow.bytes[3]), 255);
}

TEST_F(png, floats_are_clamped) {
  const auto a = make_array<float>(scalar_type::f32, {1, 5}, {-1.0f, 0.0f, 0.5f, 2.0f, __builtin_nanf("")});
  write_png(folder / "a.png", a, {scalar_type::f32, 1});
  const auto b = read_png(folder / "a.png", {scalar_type::u8, 1});
  EXPECT_EQ(b.bytes,
            (std::vector<std::byte>{std::byte{0}, std::byte{0}, std::byte{128}, std::byte{255}, std::byte{0}}));
}

TEST_F(png, colour_becomes_grey_by_luma) {
  const auto a = make_array<std::uint8_t>(scalar_type::u8, {1, 2, 3}, {255, 0, 0, 0, 255, 0});
  write_png(folder / "a.png", a, {scalar_type::u8, 3});
  const auto b = read_png(folder / "a.png", {scalar_type::u8, 1});
  EXPECT_EQ(b.bytes, (std::vector<std::byte>{std::byte{54}, std::byte{182}}));
}

TEST_F(png, unusable_files_are_refused) {
  const auto a = make_array<std::uint8_t>(scalar_type::u8, {8, 8}, std::vector<std::uint8_t>(64, 100));
  write_png(folder / "a.png", a, {scalar_type::u8, 1});
  const auto whole = read_file(folder / "a.png");
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    write_file(folder / "cut.png", std::span(whole).first(size));
    refusal([&] { read_png(folder / "cut.png", {scalar_type::u8, 1}); }, exit_code::input);
  }
  // A size that the few bytes behind it cannot fill.
  auto huge = whole;
  huge[17] = std::byte{0x0f};
  write_file(folder / "huge.png", huge);
  refusal([&] { read_png(folder / "huge.png", {scalar_type::u8, 1}); }, exit_code::input);
  refusal([&] { read_png(folder / "absent.png", {scalar_type::u8, 1}); }, exit_code::input);
  refusal([&] { read_png(folder / "a.png", {scalar_type::i32, 1}); }, exit_code::argument);
  refusal([&] { write_png(folder / "b.png", a, {scalar_type::u8, 2}); }, exit_code::argument);
  refusal(
      [&] {
        write_png(folder / "b.png", make_array<std::uint8_t>(scalar_type::u8, {64}, std::vector<std::uint8_t>(64)),
                  {scalar_type::u8, 1});
      },
      exit_code::argument);
}

} // namespace
} // namespace dotcompute::tool
