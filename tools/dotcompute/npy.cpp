// SPDX-License-Identifier: MIT
#include "npy.hpp"

#include "exit_codes.hpp"
#include "files.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace dotcompute::tool {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

[[noreturn]] void malformed(const std::string& name, const std::string& what) {
  throw failure(exit_code::input, fmt::format("'{}' is not a usable .npy file: {}", name, what));
}

struct file_header {
  std::string descr;
  bool fortran_order;
  std::vector<std::uint64_t> shape;
};

/// The header is a Python dictionary literal of three known keys, in any order.
class header_parser {
 public:
  header_parser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  file_header parse() {
    std::optional<std::string> descr;
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::uint64_t>> shape;
    expect('{');
    while (!accept('}')) {
      const auto key = quoted();
      expect(':');
      if (key == "descr") {
        if (peek() == '[') malformed(name_, "structured types are not supported; save one field at a time");
        descr = quoted();
      } else if (key == "fortran_order") {
        fortran_order = boolean();
      } else if (key == "shape") {
        shape = tuple();
      } else {
        malformed(name_, fmt::format("unknown key '{}' in its header", key));
      }
      if (!accept(',') && peek() != '}') malformed(name_, "its header lacks a ',' between entries");
    }
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n'))
      text_.remove_prefix(1);
    if (!text_.empty()) malformed(name_, "there is text behind its header");
    if (!descr || !fortran_order || !shape) malformed(name_, "its header lacks 'descr', 'fortran_order' or 'shape'");
    return {std::move(*descr), *fortran_order, std::move(*shape)};
  }

 private:
  char peek() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t' || text_.front() == '\n'))
      text_.remove_prefix(1);
    return text_.empty() ? '\0' : text_.front();
  }
  bool accept(char c) {
    if (peek() != c || text_.empty()) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) malformed(name_, fmt::format("expected '{}' in its header", c));
  }
  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') malformed(name_, "expected a quoted text in its header");
    text_.remove_prefix(1);
    const auto end = text_.find(quote);
    if (end == std::string_view::npos) malformed(name_, "its header ends inside a quoted text");
    std::string value(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return value;
  }
  bool boolean() {
    peek();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text_.starts_with(word)) {
        text_.remove_prefix(word.size());
        return value;
      }
    malformed(name_, "fortran_order is neither True nor False");
  }
  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> values;
    expect('(');
    while (!accept(')')) {
      peek();
      std::uint64_t value = 0;
      const auto [end, status] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
      if (status != std::errc{}) malformed(name_, "its shape is not a tuple of numbers");
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      values.push_back(value);
      if (!accept(',') && peek() != ')') malformed(name_, "its shape is not a tuple of numbers");
    }
    return values;
  }

  std::string_view text_;
  const std::string& name_;
};

struct file_type {
  scalar_type type;
  bool swapped;
};

file_type parse_descr(const std::string& descr, const std::string& name) {
  const auto refuse = [&] {
    malformed(name, fmt::format("its type '{}' has no OpenCL counterpart; use int8 to int64, uint8 to uint64, float16, "
                                "float32, float64 or bool",
                                descr));
  };
  if (descr.size() != 3 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos) refuse();
  const char native = std::endian::native == std::endian::little ? '<' : '>';
  const bool swapped = (descr[0] == '<' || descr[0] == '>') && descr[0] != native;
  const std::string_view rest = std::string_view(descr).substr(1);
  if (rest == "b1") return {scalar_type::u8, false};
  for (int i = 0; i <= static_cast<int>(scalar_type::f64); ++i) {
    const auto type = static_cast<scalar_type>(i);
    if (numpy_name(type).substr(1) == rest) return {type, swapped};
  }
  refuse();
  return {};
}

} // namespace

array parse_npy(std::span<const std::byte> content, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  if (!text.starts_with(magic)) malformed(name, "it does not begin with NumPy's signature");
  if (text.size() < 10) malformed(name, "it is cut off inside its header");
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(content[i]); };
  const auto version = byte(6);
  if (version < 1 || version > 3) malformed(name, fmt::format("its format version {} is unknown", version));
  const std::size_t prefix = version == 1 ? 10 : 12;
  if (text.size() < prefix) malformed(name, "it is cut off inside its header");
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (text.size() - prefix < length) malformed(name, "it is cut off inside its header");

  file_header header = header_parser(text.substr(prefix, length), name).parse();
  const auto type = parse_descr(header.descr, name);
  if (header.fortran_order && header.shape.size() > 1)
    malformed(name, "it is stored in Fortran order; save numpy.ascontiguousarray(x)");

  array data;
  data.type = type.type;
  data.shape = std::move(header.shape);
  const std::size_t scalar = size_of(type.type);
  std::uint64_t bytes = scalar;
  for (const auto dimension : data.shape)
    if (__builtin_mul_overflow(bytes, dimension, &bytes)) malformed(name, "its shape is larger than any memory");
  if (text.size() - prefix - length != bytes)
    malformed(name, fmt::format("its shape ({}) needs {} bytes of data, it has {}", fmt::join(data.shape, ", "), bytes,
                                text.size() - prefix - length));
  const auto body = content.subspan(prefix + length);
  data.bytes.assign(body.begin(), body.end());
  if (type.swapped)
    for (std::size_t i = 0; i < data.bytes.size(); i += scalar)
      std::reverse(data.bytes.begin() + static_cast<std::ptrdiff_t>(i),
                   data.bytes.begin() + static_cast<std::ptrdiff_t>(i + scalar));
  return data;
}

std::vector<std::byte> format_npy(const array& data) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", numpy_name(data.type),
                  fmt::join(data.shape, ", "), data.shape.size() == 1 ? "," : "");
  // The data begins at a multiple of 64 so that a mapped file is aligned; the header ends with a newline.
  const std::size_t length = (10 + header.size() + 1 + 63) / 64 * 64 - 10;
  header.resize(length - 1, ' ');
  header += '\n';
  std::string text(magic);
  text += std::string{'\1', '\0', static_cast<char>(length & 255), static_cast<char>(length >> 8)};
  text += header;
  std::vector<std::byte> content(text.size() + data.bytes.size());
  std::memcpy(content.data(), text.data(), text.size());
  if (!data.bytes.empty()) std::memcpy(content.data() + text.size(), data.bytes.data(), data.bytes.size());
  return content;
}

array read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path), path.string());
}

void write_npy(const std::filesystem::path& path, const array& data) {
  write_file(path, format_npy(data));
}

} // namespace dotcompute::tool
