// SPDX-License-Identifier: MIT
// What a case is written with: arguments from vectors, one call that builds and launches, and comparisons that name the
// first work-item that is wrong.
#pragma once

#include "harness/runner.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <sstream>
#include <type_traits>

namespace kernel_suite {

/// The runner that this process was started for.
runner& current_runner();
/// PoCL alone, without dotcompute before it.
inline bool on_pocl() {
  return current_runner().name() == "pocl";
}
/// PoCL makes the code, with what it does differently or wrong.
inline bool pocl_compiles() {
  return current_runner().pocl_compiles();
}

/// Oclgrind runs it, which fails a case by what its kernels do.
inline bool has_findings() {
  return current_runner().has_findings();
}

template <class T>
argument in(const std::vector<T>& data) {
  argument a;
  a.kind = argument::category::memory;
  a.memory = {reinterpret_cast<std::byte*>(const_cast<T*>(data.data())), data.size() * sizeof(T)};
  return a;
}

/// Uploaded as it is, so that a case can see what was not written; read back.
template <class T>
argument out(std::vector<T>& data) {
  argument a = in(data);
  a.written = true;
  return a;
}

/// As in() and out(), in host memory with inaccessible pages directly around it.
template <class T>
argument guarded_in(const std::vector<T>& data) {
  argument a = in(data);
  a.guarded = true;
  return a;
}
template <class T>
argument guarded_out(std::vector<T>& data) {
  argument a = out(data);
  a.guarded = true;
  return a;
}

/// The memory of the argument at `position` once more.
inline argument alias_of(std::size_t position) {
  argument a;
  a.kind = argument::category::memory;
  a.same_as = position;
  return a;
}

template <class T>
argument value(const T& v) {
  static_assert(std::is_trivially_copyable_v<T>);
  argument a;
  a.bytes.resize(sizeof v);
  std::memcpy(a.bytes.data(), &v, sizeof v);
  return a;
}

inline argument local_memory(std::size_t bytes) {
  argument a;
  a.kind = argument::category::local_memory;
  a.local_bytes = bytes;
  return a;
}

/// Builds `source` and launches its kernel `l.kernel`.
void run(const source_text& source, const launch& l, std::vector<argument> arguments);
void run(const std::string& text, const launch& l, std::vector<argument> arguments);

/// One build, several launches.
class program_under_test {
 public:
  explicit program_under_test(const source_text& source) : program_(current_runner().build(source)) {}
  explicit program_under_test(const std::string& text) : program_under_test(source_text{text}) {}
  /// A launch that does not end ends the suite, which could only wait for it.
  void run(const launch& l, std::vector<argument> arguments);
  std::string log() const { return program_->log(); }

 private:
  std::unique_ptr<built_program> program_;
};

/// The log of a build that must fail; a test failure and "" if it does not.
std::string log_of_refused_build(const source_text& source);

/// What is printed to the standard output while `action` runs.
std::string standard_output_of(const std::function<void()>& action);

/// Sizes for one dimension.
inline launch over(std::size_t global) {
  return {.global = {global}};
}
inline launch over(std::size_t global, std::size_t local) {
  return {.global = {global}, .local = {local}};
}
inline launch over(std::string kernel, std::size_t global) {
  return {.kernel = std::move(kernel), .global = {global}};
}
inline launch over(std::string kernel, std::size_t global, std::size_t local) {
  return {.kernel = std::move(kernel), .global = {global}, .local = {local}};
}

/// Every occurrence of each first word replaced by its second; words are whole identifiers.
std::string substitute(std::string text, const std::vector<std::pair<std::string, std::string>>& words);

template <class T>
std::string shown(const T& v) {
  std::ostringstream text;
  if constexpr (std::is_floating_point_v<T>) {
    text.precision(std::numeric_limits<T>::max_digits10);
    text << v << " (" << std::hexfloat << v << ")";
  } else if constexpr (sizeof(T) == 1) {
    text << static_cast<int>(v);
  } else {
    text << v;
  }
  return text.str();
}

/// Equal bit for bit, except that any NaN equals any NaN.
template <class T>
bool same(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  }
  return std::memcmp(&a, &b, sizeof a) == 0;
}

/// Compares element by element with `expected(i)`; reports the first three differences and how many there are.
template <class T, class Expected>
void expect_each(const std::vector<T>& actual, Expected expected) {
  std::size_t wrong = 0;
  std::ostringstream text;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const T wanted = static_cast<T>(expected(i));
    if (same(actual[i], wanted)) continue;
    if (++wrong <= 3) text << "  [" << i << "] is " << shown(actual[i]) << ", expected " << shown(wanted) << "\n";
  }
  if (wrong != 0) ADD_FAILURE() << wrong << " of " << actual.size() << " elements differ:\n" << text.str();
}

template <class T>
void expect_equal(const std::vector<T>& actual, const std::vector<T>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  expect_each(actual, [&](std::size_t i) { return expected[i]; });
}

/// As expect_each within `ulps` units in the last place of the expected value, given in double.
template <class T, class Expected>
void expect_within_ulps(const std::vector<T>& actual, double ulps, Expected expected) {
  std::size_t wrong = 0;
  std::ostringstream text;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double wanted = expected(i);
    const T rounded = static_cast<T>(wanted);
    if (same(actual[i], rounded)) continue;
    double error = std::numeric_limits<double>::infinity();
    if (std::isfinite(wanted) && std::isfinite(actual[i])) {
      int exponent = 0;
      std::frexp(static_cast<double>(rounded), &exponent);
      exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
      error = std::fabs(static_cast<double>(actual[i]) - wanted) /
              std::ldexp(1.0, exponent - std::numeric_limits<T>::digits);
    }
    if (error <= ulps) continue;
    if (++wrong <= 3) {
      text << "  [" << i << "] is " << shown(actual[i]) << ", expected " << shown(rounded) << " within " << ulps
           << " ulp, error " << error << "\n";
    }
  }
  if (wrong != 0) ADD_FAILURE() << wrong << " of " << actual.size() << " elements differ:\n" << text.str();
}

/// Deterministic test data: for integers all bit patterns with the extremes at the front; for floating point numbers
/// in [-1000, 1000] on a grid of 1/8, so that sums and products of a few are exact.
template <class T>
std::vector<T> sample(std::size_t count, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed * 0x9e3779b97f4a7c15ull + sizeof(T));
  std::vector<T> data(count);
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (std::is_floating_point_v<T>) {
      data[i] = static_cast<T>(static_cast<std::int64_t>(random() % 16001) - 8000) / 8;
    } else {
      const std::array<T, 6> extremes{
          std::numeric_limits<T>::min(),          std::numeric_limits<T>::max(), T(0), T(1), static_cast<T>(-1),
          static_cast<T>(T(1) << (sizeof(T) * 4))};
      const std::uint64_t bits = random();
      data[i] = bits % 11 == 0 || i < 12 ? extremes[(bits >> 8) % 6] : static_cast<T>(bits >> 16);
    }
  }
  return data;
}

template <class T>
std::vector<T> zeros(std::size_t count) {
  return std::vector<T>(count);
}
template <class T>
std::vector<T> filled(std::size_t count, T v) {
  return std::vector<T>(count, v);
}
template <class T>
std::vector<T> iota(std::size_t count, T first = T(0)) {
  std::vector<T> data(count);
  for (std::size_t i = 0; i < count; ++i)
    data[i] = static_cast<T>(first + static_cast<T>(i));
  return data;
}

/// OpenCL C's name of a C++ arithmetic type.
template <class T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, float>)
    return "float";
  else if constexpr (std::is_same_v<T, double>)
    return "double";
  else if constexpr (sizeof(T) == 1)
    return std::is_signed_v<T> ? "char" : "uchar";
  else if constexpr (sizeof(T) == 2)
    return std::is_signed_v<T> ? "short" : "ushort";
  else if constexpr (sizeof(T) == 4)
    return std::is_signed_v<T> ? "int" : "uint";
  else
    return std::is_signed_v<T> ? "long" : "ulong";
}

template <class... T, class Action>
void for_each_type(Action action) {
  (action(T{}), ...);
}
template <class Action>
void for_each_integer_type(Action action) {
  for_each_type<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t,
                std::uint64_t>(action);
}
template <class Action>
void for_each_number_type(Action action) {
  for_each_integer_type(action);
  for_each_type<float, double>(action);
}

} // namespace kernel_suite
