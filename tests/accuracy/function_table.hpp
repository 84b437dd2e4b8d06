// SPDX-License-Identifier: MIT
// The functions under test: their shapes and the errors that the specification allows.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace accuracy {

enum class shape {
  unary,           ///< T f(T)
  binary,          ///< T f(T, T)
  with_int,        ///< T f(T, int)
  to_int,          ///< int f(T)
  from_code,       ///< T f(uint or ulong)
  unary_and_value, ///< T f(T, T*)
  unary_and_int,   ///< T f(T, int*)
  binary_and_int,  ///< T f(T, T, int*)
};

enum class precision { f32, f64 };

struct function {
  std::string_view name; ///< without prefix and suffix: "sin", "native_sin"
  shape form;
  double limit_f32, limit_f64; ///< ulp; negative: the function does not exist in that precision
  bool in_library;             ///< else the front end makes it one operation, and only kernels have it

  double limit(precision p) const { return p == precision::f32 ? limit_f32 : limit_f64; }
};

constexpr bool has_second_input(shape s) {
  return s == shape::binary || s == shape::with_int || s == shape::binary_and_int;
}
constexpr bool second_input_is_int(shape s) {
  return s == shape::with_int;
}
constexpr bool has_second_output(shape s) {
  return s == shape::unary_and_value || s == shape::unary_and_int || s == shape::binary_and_int;
}
constexpr bool second_output_is_int(shape s) {
  return s == shape::unary_and_int || s == shape::binary_and_int;
}

std::span<const function> functions();

} // namespace accuracy
