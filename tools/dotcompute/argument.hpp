// SPDX-License-Identifier: MIT
// The grammar of `dotcompute run --arg` and `--out`: what the user wrote, before any kernel is known.
//
//   argument  := [ (name | index) '=' ] value
//   value     := number { ',' number }              scalars and vectors: 3.5   0x10   1,2,3,4
//              | path ending in .npy or .png         a buffer with the file's content
//              | type '[' extent ']' [ ':' fill ]    a buffer made here: float[1048576]:random
//              | 'local:' type '[' extent ']'        local memory: local:float[256]
//   extent    := count { 'x' count }                 rows x columns, the last varying fastest, as in NumPy
//   fill      := 'zeros' | 'ones' | 'ramp' | 'random' | number
#pragma once

#include "array.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dotcompute::tool {

struct number_list {
  std::vector<std::string> numbers;
};

enum class file_format : std::uint8_t { npy, png };

struct file_value {
  std::string path;
  file_format format = file_format::npy;
};

enum class fill_kind : std::uint8_t { zeros, ones, ramp, random, constant };

struct generated_value {
  element_type type;
  std::vector<std::uint64_t> shape;
  fill_kind fill = fill_kind::zeros;
  std::string constant; ///< the number of fill_kind::constant
};

struct local_value {
  element_type type;
  std::uint64_t count = 0;
};

using argument_value = std::variant<number_list, file_value, generated_value, local_value>;

struct argument_text {
  std::string text;                 ///< as given, for messages
  std::string name;                 ///< empty: the next argument in order
  std::optional<std::size_t> index; ///< when the name is a number
  argument_value value;
};

struct output_text {
  std::string name;
  std::optional<std::size_t> index;
  file_value file;
};

/// Both throw failure(argument) saying what was given and what is accepted.
argument_text parse_argument(const std::string& text);
output_text parse_output(const std::string& text);

/// By the ending of the name, whatever its case.
std::optional<file_format> format_of(std::string_view path);

/// "1024x1024": one to three counts, each at least 1; `option` is for the message. Throws failure(argument).
std::vector<std::uint64_t> parse_extent(std::string_view text, const std::string& option, std::size_t most);

/// The number in the bytes of `type`. Throws failure(argument) when it is no number or out of the type's range.
std::vector<std::byte> encode_number(const std::string& number, scalar_type type, const std::string& argument);

/// Packed content of a generated buffer. `random` is uniform: [0, 1) for floating types, all values for integers, and
/// the same for the same seed.
std::vector<std::byte> generate(const generated_value& value, std::uint64_t seed, const std::string& argument);

} // namespace dotcompute::tool
