// SPDX-License-Identifier: MIT
// convert_ for every pair of types with saturation and every rounding, and as_.
#include "harness/suite.hpp"

#include <cfenv>

namespace kernel_suite {
namespace {

enum class rounding { none, to_even, to_zero, up, down };

const char* suffix(rounding r) {
  const char* const names[] = {"", "_rte", "_rtz", "_rtp", "_rtn"};
  return names[static_cast<int>(r)];
}

/// An x87 value holds every integer and float of the suite exactly.
using exact = long double;

exact rounded_to_integer(exact x, rounding r) {
  switch (r) {
  case rounding::to_even: return std::nearbyint(x); // the test never changes the default direction
  case rounding::up: return std::ceil(x);
  case rounding::down: return std::floor(x);
  default: return std::trunc(x);
  }
}

/// x as a number of T in the given direction; nearest even when none is given.
template <class T>
T rounded_to_float(exact x, rounding r) {
  const T nearest = static_cast<T>(x);
  const T infinity = std::numeric_limits<T>::infinity();
  const T below = static_cast<exact>(nearest) <= x ? nearest : std::nextafter(nearest, -infinity);
  const T above = static_cast<exact>(nearest) >= x ? nearest : std::nextafter(nearest, infinity);
  switch (r) {
  case rounding::up: return above;
  case rounding::down: return below;
  case rounding::to_zero: return x < 0 ? above : below;
  default: return nearest;
  }
}

template <class From>
std::vector<From> values_to_convert() {
  auto values = sample<From>(120, 21);
  if constexpr (std::is_floating_point_v<From>) {
    for (std::size_t i = 0; i < values.size(); i += 2)
      values[i] = values[i] / 64;
    const From corners[] = {0.0,
                            -0.0,
                            0.5,
                            -0.5,
                            1.5,
                            2.5,
                            -1.5,
                            -2.5,
                            0.49999997,
                            127.5,
                            -128.5,
                            255.5,
                            254.5,
                            32767.5,
                            -32768.5,
                            65535.5,
                            From(2147483647.0),
                            From(-2147483648.0),
                            From(4294967295.0),
                            1e10,
                            -1e10,
                            9.3e18,
                            -9.3e18,
                            1.9e19,
                            1e30,
                            -1e30,
                            8388607.5,
                            16777217.0,
                            1e-40};
    values.insert(values.end(), std::begin(corners), std::end(corners));
  }
  while (values.size() % 16 != 0)
    values.push_back(From(1));
  return values;
}

/// The result where OpenCL defines it; `defined` is false where the value does not fit and is not saturated.
template <class To, class From>
To converted(From x, rounding r, bool saturate, bool& defined) {
  defined = true;
  if constexpr (std::is_floating_point_v<To>) {
    if (std::is_same_v<To, float> && std::is_same_v<From, double> && std::fabs(static_cast<exact>(x)) > 3.4e38L) {
      defined = r == rounding::none || r == rounding::to_even;
    }
    return rounded_to_float<To>(static_cast<exact>(x), r);
  } else {
    const exact value =
        std::is_floating_point_v<From> ? rounded_to_integer(static_cast<exact>(x), r) : static_cast<exact>(x);
    const exact low = static_cast<exact>(std::numeric_limits<To>::min());
    const exact high = static_cast<exact>(std::numeric_limits<To>::max());
    if (value < low || value > high) {
      if (saturate) return value < low ? std::numeric_limits<To>::min() : std::numeric_limits<To>::max();
      if (std::is_integral_v<From>) return static_cast<To>(x); // wraps
      defined = false;
      return To(0);
    }
    return static_cast<To>(value);
  }
}

template <class To>
void into(const std::string& width) {
  std::string text;
  std::vector<rounding> modes{rounding::none, rounding::to_even, rounding::to_zero, rounding::up, rounding::down};
  if (!width.empty()) modes = {rounding::none, rounding::down}; // the others are the same component by component
  const auto name = [&](const char* from, rounding r, bool saturate) {
    return std::string("from_") + from + (saturate ? "_sat" : "") + suffix(r);
  };
  const bool may_saturate = std::is_integral_v<To>;
  for_each_number_type([&](auto zero) {
    const std::string from = type_name<decltype(zero)>(), to = type_name<To>();
    for (const rounding r : modes) {
      for (const bool saturate : {false, true}) {
        if (saturate && !may_saturate) continue;
        text += "kernel void " + name(from.c_str(), r, saturate) + "(global const " + from + width + "* a, global " +
                to + width + "* r) { size_t i = get_global_id(0); r[i] = convert_" + to + width +
                (saturate ? "_sat" : "") + suffix(r) + "(a[i]); }\n";
      }
    }
  });
  program_under_test program(text);
  const std::size_t lanes = width.empty() ? 1 : std::stoul(width);
  for_each_number_type([&](auto zero) {
    using From = decltype(zero);
    auto values = values_to_convert<From>();
    for (const rounding r : modes) {
      for (const bool saturate : {false, true}) {
        if (saturate && !may_saturate) continue;
        // PoCL 3.1 rounds these through the current mode of the floating point unit, which its code then ignores.
        const bool rounds_to_float = std::is_floating_point_v<To> && r != rounding::none && r != rounding::to_even;
        if (pocl_compiles() && (rounds_to_float || (saturate && std::is_floating_point_v<From>))) continue;
        SCOPED_TRACE(name(type_name<From>(), r, saturate) + " to " + type_name<To>() + width);
        std::vector<To> result(values.size());
        program.run(over(name(type_name<From>(), r, saturate), values.size() / lanes), {in(values), out(result)});
        expect_each(result, [&](auto i) {
          bool defined = true;
          const To wanted = converted<To>(values[i], r, saturate, defined);
          return defined ? wanted : result[i];
        });
      }
    }
  });
}

TEST(conversions, to_char) {
  into<std::int8_t>("");
}
TEST(conversions, to_uchar) {
  into<std::uint8_t>("");
}
TEST(conversions, to_short) {
  into<std::int16_t>("");
}
TEST(conversions, to_ushort) {
  into<std::uint16_t>("");
}
TEST(conversions, to_int) {
  into<std::int32_t>("");
}
TEST(conversions, to_uint) {
  into<std::uint32_t>("");
}
TEST(conversions, to_long) {
  into<std::int64_t>("");
}
TEST(conversions, to_ulong) {
  into<std::uint64_t>("");
}
TEST(conversions, to_float) {
  into<float>("");
}
TEST(conversions, to_double) {
  into<double>("");
}
TEST(conversions, to_uchar4) {
  into<std::uint8_t>("4");
}
TEST(conversions, to_int16) {
  into<std::int32_t>("16");
}
TEST(conversions, to_long2) {
  into<std::int64_t>("2");
}
TEST(conversions, to_float8) {
  into<float>("8");
}

TEST(conversions, nan_saturates_to_zero) {
  const std::vector<float> a{NAN, -NAN, INFINITY, -INFINITY};
  std::vector<std::int32_t> result(4);
  std::vector<std::uint8_t> bytes(4);
  run(R"(kernel void k(global const float* a, global int* r, global uchar* b) {
      size_t i = get_global_id(0); r[i] = convert_int_sat(a[i]); b[i] = convert_uchar_sat_rte(a[i]); })",
      over(4), {in(a), out(result), out(bytes)});
  expect_equal(result, {0, 0, INT32_MAX, INT32_MIN});
  expect_equal(bytes, {0, 0, 255, 0});
}

TEST(conversions, as_types_keep_the_bits) {
  const auto a = sample<std::uint8_t>(16 * 50, 22);
  std::vector<std::uint8_t> result(a.size());
  run(R"(
    kernel void k(global const uchar16* a, global uchar16* r) {
      size_t i = get_global_id(0);
      uchar16 x = a[i];
      int4 ints = as_int4(x);
      float4 floats = as_float4(ints);
      double2 doubles = as_double2(floats);
      long2 longs = as_long2(doubles);
      ushort8 shorts = as_ushort8(longs);
      uint first = as_uint(as_float(as_int(shorts.s01)));
      shorts.s01 = as_ushort2(first);
      r[i] = as_uchar16(shorts);
    })",
      over(50), {in(a), out(result)});
  // Signalling NaNs may become quiet where a value passes through floating point registers, not through as_.
  expect_equal(result, a);
}

TEST(conversions, as_three_components) {
  const auto a = sample<std::int32_t>(4 * 30, 23);
  std::vector<std::int32_t> result(4 * 30);
  run(R"(
    kernel void k(global const int4* a, global int4* r) {
      size_t i = get_global_id(0);
      float3 f = as_float3(a[i]);
      int3 t = as_int3(f);
      r[i] = (int4)(t, as_int(as_char4(a[i].w)));
    })",
      over(30), {in(a), out(result)});
  expect_equal(result, a);
}

TEST(conversions, between_vector_widths_component_by_component) {
  const auto a = sample<float>(16 * 20, 24);
  std::vector<std::int16_t> result(16 * 20);
  run(R"(
    kernel void k(global const float16* a, global short16* r) {
      size_t i = get_global_id(0);
      r[i] = convert_short16_sat(convert_int16_rtn(convert_double16(a[i]) * 50.0));
    })",
      over(20), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    return static_cast<std::int16_t>(
        std::min(32767.0, std::max(-32768.0, std::floor(static_cast<double>(a[i]) * 50.0))));
  });
}

} // namespace
} // namespace kernel_suite
