// SPDX-License-Identifier: MIT
#include "argument.hpp"

#include "exit_codes.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace dotcompute::tool {

namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw failure(exit_code::argument, message);
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool looks_like_number(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  if (text.empty()) return false;
  if (text == "nan" || text == "inf" || text == "infinity" || text == "true" || text == "false") return true;
  if (text.front() == '.') text.remove_prefix(1);
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
}

struct typed_extent {
  element_type type;
  std::vector<std::uint64_t> shape;
  std::string_view rest; ///< behind the ']'
};

std::optional<typed_extent> parse_typed_extent(std::string_view text, const std::string& whole) {
  const auto open = text.find('['), close = text.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const auto type = parse_element_type(text.substr(0, open));
  if (!type)
    refuse(
        fmt::format("argument '{}': '{}' is not a type; use char, uchar, short, ushort, int, uint, long, ulong, half, "
                    "float or double, or a vector of them such as float4",
                    whole, text.substr(0, open)));
  typed_extent result{*type, parse_extent(text.substr(open + 1, close - open - 1), "argument '" + whole + "'", 8),
                      text.substr(close + 1)};
  count_elements(result.shape, type->bytes(), "argument '" + whole + "'");
  return result;
}

argument_value parse_value(std::string_view text, const std::string& whole) {
  if (text.starts_with("local:")) {
    const auto block = parse_typed_extent(text.substr(6), whole);
    if (!block || !block->rest.empty())
      refuse(fmt::format("argument '{}': local memory is written local:type[count], for instance local:float[256]",
                         whole));
    return local_value{block->type, count_elements(block->shape, block->type.bytes(), whole)};
  }
  if (const auto format = format_of(text)) return file_value{std::string(text), *format};
  if (const auto block = parse_typed_extent(text, whole)) {
    generated_value value{block->type, block->shape, fill_kind::zeros, {}};
    auto fill = block->rest;
    if (fill.empty()) return value;
    if (fill.front() == ':') fill.remove_prefix(1);
    if (fill == "zeros") return value;
    if (fill == "ones")
      value.fill = fill_kind::ones;
    else if (fill == "ramp")
      value.fill = fill_kind::ramp;
    else if (fill == "random")
      value.fill = fill_kind::random;
    else if (looks_like_number(fill)) {
      value.fill = fill_kind::constant;
      value.constant = fill;
    } else
      refuse(fmt::format("argument '{}': '{}' is not a fill; use zeros, ones, ramp, random or a number", whole, fill));
    return value;
  }
  number_list list{split(text, ',')};
  for (const auto& number : list.numbers)
    if (!looks_like_number(number))
      refuse(fmt::format(
          "argument '{}': '{}' is neither a number (3.5, or 1,2,3,4 for a vector), nor a file ending in .npy or "
          ".png, nor type[count]:fill (float[1024]:random), nor local:type[count]",
          whole, number));
  return list;
}

template <class Integer>
std::vector<std::byte> bytes_of(Integer value) {
  const auto* first = reinterpret_cast<const std::byte*>(&value);
  return {first, first + sizeof value};
}

template <class Integer>
std::vector<std::byte> encode_integer(const std::string& number, scalar_type type, const std::string& argument) {
  std::string_view digits = number;
  if (digits == "true") digits = "1";
  if (digits == "false") digits = "0";
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    base = 16;
    digits.remove_prefix(2);
  }
  std::uint64_t magnitude = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (digits.empty() || status == std::errc::invalid_argument || end != digits.data() + digits.size())
    refuse(fmt::format("argument '{}': '{}' is not a whole number, which {} needs", argument, number, name_of(type)));
  using limits = std::numeric_limits<Integer>;
  const std::uint64_t most = static_cast<std::uint64_t>(limits::max()) + (negative ? 1 : 0);
  if (status == std::errc::result_out_of_range || magnitude > most || (negative && !limits::is_signed && magnitude > 0))
    refuse(fmt::format("argument '{}': {} is outside {} ({} to {})", argument, number, name_of(type),
                       std::to_string(limits::min()), std::to_string(limits::max())));
  return bytes_of(static_cast<Integer>(negative ? std::uint64_t{0} - magnitude : magnitude));
}

double parse_floating(const std::string& number, scalar_type type, const std::string& argument) {
  std::string_view digits = number;
  if (digits == "true") return 1;
  if (digits == "false") return 0;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.ends_with('f') && !digits.ends_with("inf")) digits.remove_suffix(1);
  double value = 0;
  auto form = std::chars_format::general;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    form = std::chars_format::hex;
    digits.remove_prefix(2);
  }
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value, form);
  if (digits.empty() || status == std::errc::invalid_argument || end != digits.data() + digits.size())
    refuse(fmt::format("argument '{}': '{}' is not a number", argument, number));
  const bool overflows =
      std::isfinite(value) && ((type == scalar_type::f32 && std::isinf(static_cast<float>(value))) ||
                               (type == scalar_type::f16 && from_half(to_half(static_cast<float>(value))) > 65504.0f));
  if (status == std::errc::result_out_of_range || overflows)
    refuse(fmt::format("argument '{}': {} is outside {}", argument, number, name_of(type)));
  return negative ? -value : value;
}

/// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct random_sequence {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
};

template <class T, class Function>
std::vector<std::byte> fill_with(std::uint64_t count, Function&& element) {
  std::vector<std::byte> bytes(count * sizeof(T));
  auto* to = reinterpret_cast<T*>(bytes.data());
  for (std::uint64_t i = 0; i < count; ++i)
    to[i] = element(i);
  return bytes;
}

template <class T>
std::vector<std::byte> fill_numbers(std::uint64_t count, fill_kind fill, std::uint64_t seed) {
  random_sequence random{seed};
  if (fill == fill_kind::ramp) return fill_with<T>(count, [](std::uint64_t i) { return static_cast<T>(i); });
  if constexpr (std::is_floating_point_v<T>) {
    // The largest double below 1 rounds to 1.0f, so a float takes only as many bits as it holds.
    constexpr int bits = std::numeric_limits<T>::digits;
    return fill_with<T>(count, [&](std::uint64_t) {
      return static_cast<T>(random.next() >> (64 - bits)) / static_cast<T>(std::uint64_t{1} << bits);
    });
  } else {
    return fill_with<T>(count, [&](std::uint64_t) { return static_cast<T>(random.next()); });
  }
}

} // namespace

std::optional<file_format> format_of(std::string_view path) {
  const auto ends = [&](std::string_view ending) {
    return path.size() > ending.size() &&
           std::equal(ending.begin(), ending.end(), path.end() - static_cast<std::ptrdiff_t>(ending.size()),
                      [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
  };
  if (ends(".npy")) return file_format::npy;
  if (ends(".png")) return file_format::png;
  return std::nullopt;
}

std::vector<std::uint64_t> parse_extent(std::string_view text, const std::string& option, std::size_t most) {
  std::vector<std::uint64_t> extent;
  for (const auto& part : split(text, 'x')) {
    const auto count = parse_count(part);
    if (!count)
      refuse(
          fmt::format("{}: '{}' is not an extent; write counts joined by 'x', for instance 1024x1024", option, text));
    if (*count == 0) refuse(fmt::format("{}: '{}' is empty; each count must be at least 1", option, text));
    extent.push_back(*count);
  }
  if (extent.size() > most)
    refuse(fmt::format("{}: '{}' has {} dimensions; at most {} are possible", option, text, extent.size(), most));
  return extent;
}

argument_text parse_argument(const std::string& text) {
  argument_text argument;
  argument.text = text;
  std::string_view value = text;
  if (const auto equals = text.find('='); equals != std::string::npos) {
    argument.name = text.substr(0, equals);
    argument.index = parse_count(argument.name);
    value.remove_prefix(equals + 1);
    if (argument.name.empty()) refuse(fmt::format("argument '{}': there is no name before the '='", text));
  }
  if (value.empty()) refuse(fmt::format("argument '{}': there is no value", text));
  argument.value = parse_value(value, text);
  return argument;
}

output_text parse_output(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    refuse(fmt::format("output '{}': write name=file.npy or name=file.png", text));
  output_text output;
  output.name = text.substr(0, equals);
  output.index = parse_count(output.name);
  output.file.path = text.substr(equals + 1);
  const auto format = format_of(output.file.path);
  if (!format) refuse(fmt::format("output '{}': the file's name must end in .npy or .png", text));
  output.file.format = *format;
  return output;
}

std::vector<std::byte> encode_number(const std::string& number, scalar_type type, const std::string& argument) {
  switch (type) {
  case scalar_type::i8: return encode_integer<std::int8_t>(number, type, argument);
  case scalar_type::u8: return encode_integer<std::uint8_t>(number, type, argument);
  case scalar_type::i16: return encode_integer<std::int16_t>(number, type, argument);
  case scalar_type::u16: return encode_integer<std::uint16_t>(number, type, argument);
  case scalar_type::i32: return encode_integer<std::int32_t>(number, type, argument);
  case scalar_type::u32: return encode_integer<std::uint32_t>(number, type, argument);
  case scalar_type::i64: return encode_integer<std::int64_t>(number, type, argument);
  case scalar_type::u64: return encode_integer<std::uint64_t>(number, type, argument);
  case scalar_type::f16: return bytes_of(to_half(static_cast<float>(parse_floating(number, type, argument))));
  case scalar_type::f32: return bytes_of(static_cast<float>(parse_floating(number, type, argument)));
  case scalar_type::f64: break;
  }
  return bytes_of(parse_floating(number, type, argument));
}

std::vector<std::byte> generate(const generated_value& value, std::uint64_t seed, const std::string& argument) {
  const auto scalar = value.type.scalar;
  const std::uint64_t count = count_elements(value.shape, value.type.bytes(), argument) * value.type.width;
  if (value.fill == fill_kind::zeros) return std::vector<std::byte>(count * size_of(scalar));
  if (value.fill == fill_kind::ones || value.fill == fill_kind::constant) {
    const auto one = encode_number(value.fill == fill_kind::ones ? "1" : value.constant, scalar, argument);
    std::vector<std::byte> bytes(count * one.size());
    for (std::uint64_t i = 0; i < count; ++i)
      std::copy(one.begin(), one.end(), bytes.begin() + static_cast<std::ptrdiff_t>(i * one.size()));
    return bytes;
  }
  switch (scalar) {
  case scalar_type::i8: return fill_numbers<std::int8_t>(count, value.fill, seed);
  case scalar_type::u8: return fill_numbers<std::uint8_t>(count, value.fill, seed);
  case scalar_type::i16: return fill_numbers<std::int16_t>(count, value.fill, seed);
  case scalar_type::u16: return fill_numbers<std::uint16_t>(count, value.fill, seed);
  case scalar_type::i32: return fill_numbers<std::int32_t>(count, value.fill, seed);
  case scalar_type::u32: return fill_numbers<std::uint32_t>(count, value.fill, seed);
  case scalar_type::i64: return fill_numbers<std::int64_t>(count, value.fill, seed);
  case scalar_type::u64: return fill_numbers<std::uint64_t>(count, value.fill, seed);
  case scalar_type::f32: return fill_numbers<float>(count, value.fill, seed);
  case scalar_type::f64: return fill_numbers<double>(count, value.fill, seed);
  case scalar_type::f16: break;
  }
  random_sequence random{seed};
  return fill_with<std::uint16_t>(count, [&](std::uint64_t i) {
    return to_half(value.fill == fill_kind::ramp ? static_cast<float>(i)
                                                 : static_cast<float>(random.next() >> 53) * 0x1p-11f);
  });
}

} // namespace dotcompute::tool
