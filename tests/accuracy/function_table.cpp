// SPDX-License-Identifier: MIT
#include "function_table.hpp"

namespace accuracy {

namespace {

constexpr function table[] = {
#define FUNCTION(name, form, limit_f32, limit_f64) {#name, shape::form, limit_f32, limit_f64, true},
#define OPERATION(name, form, limit_f32, limit_f64) {#name, shape::form, limit_f32, limit_f64, false},
#include "functions.inc"
#undef OPERATION
#undef FUNCTION
};

} // namespace

std::span<const function> functions() {
  return table;
}

} // namespace accuracy
