// SPDX-License-Identifier: MIT
// Common, geometric and relational builtins exactly or nearly so; mathematics by its plain properties. (Accuracy over
// whole ranges has tests of its own.)
#include "harness/suite.hpp"

#include <algorithm>
#include <complex>

namespace kernel_suite {
namespace {

constexpr std::size_t n = 192;

/// One kernel each for scalar, 2, 3, 4 and 16 components of float and double: r = expression of a, b, c.
template <class Expected>
void for_each_float(const std::string& expression, double ulps, Expected expected, double scale = 0.01) {
  const char* const all[] = {"2", "3", "4", "8"};
  const std::vector<std::string> widths{"", pocl_compiles() ? "4" : all[expression.size() % 4]};
  std::string text;
  for (const std::string t : {"float", "double"}) {
    for (const std::string& width : widths) {
      const std::string v = t + width, itype = (t == "float" ? "int" : "long") + width;
      text += "kernel void k_" + v + "(global const " + t + "* as, global const " + t + "* bs, global const " + t +
              "* cs, global " + t + "* rs) { size_t i = get_global_id(0);";
      for (const std::string x : {"a", "b", "c"}) {
        text += v + " " + x + " = " + (width.empty() ? x + "s[i];" : "vload" + width + "(i, " + x + "s);");
      }
      const std::string result = substitute(
          expression, {{"T", v}, {"S", t}, {"I", itype}, {"convert_T", "convert_" + v}, {"as_I", "as_" + itype}});
      text += width.empty() ? "rs[i] = " + result + ";}\n" : "vstore" + width + "(" + result + ", i, rs);}\n";
    }
  }
  program_under_test program(text);
  for_each_type<float, double>([&](auto zero) {
    using T = decltype(zero);
    for (const std::string& width : widths) {
      const std::string v = type_name<T>() + width;
      SCOPED_TRACE(expression + " of " + v);
      const std::size_t components = width.empty() ? 1 : std::stoul(width);
      auto a = sample<T>(n, 41), b = sample<T>(n, 42), c = sample<T>(n, 43);
      for (std::size_t i = 0; i < n; ++i) {
        a[i] *= static_cast<T>(scale);
        b[i] *= static_cast<T>(scale);
        c[i] *= static_cast<T>(scale);
        if (i % 16 == 3) b[i] = a[i];
      }
      std::vector<T> result(n);
      program.run(over("k_" + v, n / components), {in(a), in(b), in(c), out(result)});
      if (ulps == 0) {
        expect_each(result, [&](auto i) { return expected(a[i], b[i], c[i]); });
      } else {
        expect_within_ulps(result, ulps, [&](auto i) { return static_cast<double>(expected(a[i], b[i], c[i])); });
      }
    }
  });
}

TEST(float_builtins, fabs_sign_copysign) {
  for_each_float(
      "fabs(a) + sign(b) * (S)2 + copysign(c, a)", 0,
      [](auto a, auto b, auto c) {
        using T = decltype(a);
        const T s = b > 0 ? T(1) : b < 0 ? T(-1) : b;
        return std::fabs(a) + s * T(2) + std::copysign(c, a);
      },
      0.125);
}

TEST(float_builtins, rounding) {
  for_each_float(
      "floor(a) + ceil(b) * (S)4 + trunc(c) * (S)16 + rint(a) * (S)64 + round(b) * (S)256", 0,
      [](auto a, auto b, auto c) {
        using T = decltype(a);
        return std::floor(a) + std::ceil(b) * T(4) + std::trunc(c) * T(16) + std::rint(a) * T(64) +
               std::round(b) * T(256);
      },
      0.125);
}

TEST(float_builtins, rounding_corner_cases) {
  const std::vector<float> a{0.5f,       -0.5f, 1.5f,  2.5f,     -2.5f,     0.49999997f, -0.49999997f, 8388607.5f,
                             8388609.0f, 1e30f, -0.0f, INFINITY, -INFINITY, NAN,         1e-40f,       -1e-40f};
  std::vector<float> result(5 * a.size());
  run(R"(
    kernel void k(global const float* a, global float* r) {
      size_t i = get_global_id(0), n = get_global_size(0);
      r[i] = floor(a[i]); r[n + i] = ceil(a[i]); r[2 * n + i] = trunc(a[i]); r[3 * n + i] = rint(a[i]); r[4 * n + i] = round(a[i]);
    })",
      over(a.size()), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    const float x = a[i % a.size()];
    switch (i / a.size()) {
    case 0: return std::floor(x);
    case 1: return std::ceil(x);
    case 2: return std::trunc(x);
    case 3: return std::rint(x);
    default: return std::round(x);
    }
  });
}

TEST(float_builtins, min_max_clamp) {
  for_each_float(
      "fmin(a, b) + fmax(b, c) * (S)2 + min(a, c) * (S)4 + max(a, b) * (S)8 + clamp(a, (T)-1, (T)1)", 0,
      [](auto a, auto b, auto c) {
        using T = decltype(a);
        return std::min(a, b) + std::max(b, c) * T(2) + std::min(a, c) * T(4) + std::max(a, b) * T(8) +
               std::clamp(a, T(-1), T(1));
      },
      0.125);
}

TEST(float_builtins, fmin_and_fmax_prefer_the_number) {
  const std::vector<float> a{NAN, 1, NAN, INFINITY, -INFINITY, 3}, b{2, NAN, NAN, 1, NAN, 3};
  std::vector<float> low(6), high(6);
  run(R"(kernel void k(global const float* a, global const float* b, global float* l, global float* h) {
      size_t i = get_global_id(0); l[i] = fmin(a[i], b[i]); h[i] = fmax(a[i], b[i]); })",
      over(6), {in(a), in(b), out(low), out(high)});
  expect_equal(low, {2, 1, NAN, 1, -INFINITY, 3});
  expect_equal(high, {2, 1, NAN, INFINITY, -INFINITY, 3});
}

TEST(float_builtins, scalar_second_operands) {
  const auto a = sample<float>(4 * n, 44);
  std::vector<float> result(4 * n);
  run(R"(
    kernel void k(global const float4* a, global float4* r) {
      size_t i = get_global_id(0);
      r[i] = min(a[i], 5.0f) + max(a[i], -5.0f) + clamp(a[i], -1.0f, 1.0f) + step(2.0f, a[i]) + mix(a[i], a[i] + 8, 0.25f) +
             fmin(a[i], 100.0f) + fmax(a[i], a[i].x);
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    const float x = a[i];
    return std::min(x, 5.0f) + std::max(x, -5.0f) + std::clamp(x, -1.0f, 1.0f) + (x < 2 ? 0.0f : 1.0f) + (x + 2) +
           std::min(x, 100.0f) + std::max(x, a[i / 4 * 4]);
  });
}

TEST(float_builtins, step_and_smoothstep) {
  for_each_float("step(a, b)", 0, [](auto a, auto b, auto) { return b < a ? 0.0 : 1.0; });
  for_each_float("smoothstep((T)-2, (T)3, a)", 8, [](auto a, auto, auto) {
    const double t = std::clamp((static_cast<double>(a) + 2) / 5, 0.0, 1.0);
    return t * t * (3 - 2 * t);
  });
}

TEST(float_builtins, degrees_and_radians) {
  for_each_float("degrees(a)", 2.5, [](auto a, auto, auto) { return static_cast<double>(a) * 57.295779513082320877; });
  for_each_float("radians(a)", 2.5,
                 [](auto a, auto, auto) { return static_cast<double>(a) * 0.017453292519943295769; });
}

TEST(float_builtins, fma_and_mad) {
  for_each_float("fma(a, b, c)", 0, [](auto a, auto b, auto c) { return std::fma(a, b, c); });
  for_each_float(
      "mad(a, b, c)", 0, [](auto a, auto b, auto c) { return a * b + c; }, 1.0);
}

TEST(float_builtins, sqrt_and_friends) {
  for_each_float("sqrt(fabs(a))", 3, [](auto a, auto, auto) { return std::sqrt(static_cast<double>(std::fabs(a))); });
  for_each_float("rsqrt(fabs(a) + (S)1)", 2,
                 [](auto a, auto, auto) { return 1 / std::sqrt(static_cast<double>(std::fabs(a) + decltype(a)(1))); });
  for_each_float("cbrt(a)", 2, [](auto a, auto, auto) { return std::cbrt(static_cast<double>(a)); });
  for_each_float("hypot(a, b)", 4,
                 [](auto a, auto b, auto) { return std::hypot(static_cast<double>(a), static_cast<double>(b)); });
}

TEST(float_builtins, exponentials_and_logarithms) {
  for_each_float("exp(a)", 3, [](auto a, auto, auto) { return std::exp(static_cast<double>(a)); });
  for_each_float("exp2(a) + (S)0", 4, [](auto a, auto, auto) { return std::exp2(static_cast<double>(a)); });
  for_each_float("expm1(a)", 3, [](auto a, auto, auto) { return std::expm1(static_cast<double>(a)); });
  for_each_float("log(fabs(a) + (S)0.125)", 3,
                 [](auto a, auto, auto) { return std::log(static_cast<double>(std::fabs(a) + decltype(a)(0.125))); });
  for_each_float("log2(fabs(a) + (S)0.125)", 3,
                 [](auto a, auto, auto) { return std::log2(static_cast<double>(std::fabs(a) + decltype(a)(0.125))); });
  for_each_float("log1p(fabs(a))", 2, [](auto a, auto, auto) { return std::log1p(static_cast<double>(std::fabs(a))); });
}

TEST(float_builtins, trigonometry) {
  for_each_float("sin(a)", 4, [](auto a, auto, auto) { return std::sin(static_cast<double>(a)); });
  for_each_float("cos(a)", 4, [](auto a, auto, auto) { return std::cos(static_cast<double>(a)); });
  for_each_float("tan(a)", 5, [](auto a, auto, auto) { return std::tan(static_cast<double>(a)); });
  for_each_float("atan(a)", 5, [](auto a, auto, auto) { return std::atan(static_cast<double>(a)); });
  for_each_float("atan2(a, b)", 6,
                 [](auto a, auto b, auto) { return std::atan2(static_cast<double>(a), static_cast<double>(b)); });
  for_each_float(
      "asin(a)", 4, [](auto a, auto, auto) { return std::asin(static_cast<double>(a)); }, 0.0009);
  for_each_float(
      "acos(a)", 4, [](auto a, auto, auto) { return std::acos(static_cast<double>(a)); }, 0.0009);
}

TEST(float_builtins, hyperbolics_and_power) {
  for_each_float("sinh(a)", 4, [](auto a, auto, auto) { return std::sinh(static_cast<double>(a)); });
  for_each_float("cosh(a)", 4, [](auto a, auto, auto) { return std::cosh(static_cast<double>(a)); });
  for_each_float("tanh(a)", 5, [](auto a, auto, auto) { return std::tanh(static_cast<double>(a)); });
  for_each_float("pow(fabs(a), b)", 16, [](auto a, auto b, auto) {
    return std::pow(static_cast<double>(std::fabs(a)), static_cast<double>(b));
  });
}

TEST(float_builtins, exact_mathematics) {
  for_each_float("fmod(a, b)", 0, [](auto a, auto b, auto) { return std::fmod(a, b); });
  for_each_float("remainder(a, b)", 0, [](auto a, auto b, auto) { return std::remainder(a, b); });
  for_each_float("fdim(a, b)", 0, [](auto a, auto b, auto) { return std::fdim(a, b); });
  for_each_float("nextafter(a, b)", 0, [](auto a, auto b, auto) { return std::nextafter(a, b); });
  for_each_float("logb(a)", 0, [](auto a, auto, auto) { return std::logb(a); });
  for_each_float(
      "maxmag(a, b) + minmag(b, c) * (S)2", 0,
      [](auto a, auto b, auto c) {
        using T = decltype(a);
        const auto maxmag = [](T x, T y) {
          return std::fabs(x) > std::fabs(y) ? x : std::fabs(y) > std::fabs(x) ? y : std::max(x, y);
        };
        const auto minmag = [](T x, T y) {
          return std::fabs(x) < std::fabs(y) ? x : std::fabs(y) < std::fabs(x) ? y : std::min(x, y);
        };
        return maxmag(a, b) + minmag(b, c) * T(2);
      },
      0.125);
}

TEST(float_builtins, mathematics_with_pointers_and_integers) {
  const auto a = sample<float>(n, 45);
  std::vector<float> fraction(n), whole(n), mantissa(n), scaled(n), powered(n), sine(n), cosine(n), rest(n);
  std::vector<std::int32_t> exponent(n), quotient(n), ilog(n);
  run(R"(
    kernel void k(global const float* a, global float* fraction, global float* whole, global float* mantissa, global int* exponent,
                  global float* scaled, global float* powered, global float* s, global float* c, global float* rest,
                  global int* quotient, global int* il) {
      size_t i = get_global_id(0);
      float w, cosine; int e, q;
      fraction[i] = fract(a[i], &w); whole[i] = w;
      mantissa[i] = frexp(a[i], &e); exponent[i] = e;
      scaled[i] = ldexp(a[i], (int)i - 90);
      powered[i] = pown(a[i] * 0.01f, 3);
      s[i] = sincos(a[i] * 0.01f, &cosine); c[i] = cosine;
      rest[i] = remquo(a[i], 3.0f, &q); quotient[i] = q & 7;
      il[i] = ilogb(a[i]);
    })",
      over(n),
      {in(a), out(fraction), out(whole), out(mantissa), out(exponent), out(scaled), out(powered), out(sine),
       out(cosine), out(rest), out(quotient), out(ilog)});
  expect_each(fraction, [&](auto i) { return a[i] - std::floor(a[i]); });
  expect_each(whole, [&](auto i) { return std::floor(a[i]); });
  expect_each(mantissa, [&](auto i) {
    int e = 0;
    return std::frexp(a[i], &e);
  });
  expect_each(exponent, [&](auto i) {
    int e = 0;
    std::frexp(a[i], &e);
    return e;
  });
  expect_each(scaled, [&](auto i) { return std::ldexp(a[i], static_cast<int>(i) - 90); });
  expect_within_ulps(powered, 16, [&](auto i) { return std::pow(static_cast<double>(a[i] * 0.01f), 3); });
  expect_within_ulps(sine, 4, [&](auto i) { return std::sin(static_cast<double>(a[i] * 0.01f)); });
  expect_within_ulps(cosine, 4, [&](auto i) { return std::cos(static_cast<double>(a[i] * 0.01f)); });
  expect_each(rest, [&](auto i) { return std::remainder(a[i], 3.0f); });
  expect_each(quotient, [&](auto i) {
    int q = 0;
    std::remquo(a[i], 3.0f, &q);
    return q & 7;
  });
  expect_each(ilog, [&](auto i) { return a[i] == 0 ? INT32_MIN : std::ilogb(a[i]); });
}

TEST(float_builtins, dot_and_cross) {
  auto a = sample<float>(4 * n, 46), b = sample<float>(4 * n, 47);
  for (auto& x : a)
    x = std::fmod(x, 32.0f); // exact products and sums
  for (auto& x : b)
    x = std::fmod(x, 32.0f);
  std::vector<float> dots(3 * n), crosses(4 * n);
  run(R"(
    kernel void k(global const float4* a, global const float4* b, global float* dots, global float4* crosses) {
      size_t i = get_global_id(0);
      dots[3 * i] = dot(a[i], b[i]);
      dots[3 * i + 1] = dot(a[i].xy, b[i].zw) + dot(a[i].x, b[i].x);
      dots[3 * i + 2] = dot(a[i].xyz, b[i].xyz);
      float3 c3 = cross(a[i].xyz, b[i].xyz);
      float4 c4 = cross(a[i], b[i]);
      crosses[i] = (float4)(c3.x, c4.y, c3.z, c4.w);
    })",
      over(n), {in(a), in(b), out(dots), out(crosses)});
  const auto x = [&](std::size_t item, int i) { return static_cast<double>(a[4 * item + i]); };
  const auto y = [&](std::size_t item, int i) { return static_cast<double>(b[4 * item + i]); };
  expect_each(dots, [&](auto i) {
    const std::size_t m = i / 3;
    switch (i % 3) {
    case 0: return x(m, 0) * y(m, 0) + x(m, 1) * y(m, 1) + x(m, 2) * y(m, 2) + x(m, 3) * y(m, 3);
    case 1: return x(m, 0) * y(m, 2) + x(m, 1) * y(m, 3) + x(m, 0) * y(m, 0);
    default: return x(m, 0) * y(m, 0) + x(m, 1) * y(m, 1) + x(m, 2) * y(m, 2);
    }
  });
  expect_each(crosses, [&](auto i) {
    const std::size_t m = i / 4;
    const int p = static_cast<int>(i % 4 + 1) % 3, q = static_cast<int>(i % 4 + 2) % 3;
    return i % 4 == 3 ? 0.0 : x(m, p) * y(m, q) - x(m, q) * y(m, p);
  });
}

TEST(float_builtins, lengths_and_directions) {
  auto a = sample<float>(4 * n, 48), b = sample<float>(4 * n, 49);
  for (int i = 0; i < 4; ++i)
    a[i] = 0;
  std::vector<float> lengths(6 * n), unit(4 * n);
  std::vector<double> wide(2 * n);
  run(R"(
    kernel void k(global const float4* a, global const float4* b, global float* l, global float4* unit, global double* wide) {
      size_t i = get_global_id(0);
      l[6 * i] = length(a[i]); l[6 * i + 1] = distance(a[i].xy, b[i].xy); l[6 * i + 2] = length(a[i].x);
      l[6 * i + 3] = fast_length(a[i]); l[6 * i + 4] = fast_distance(a[i].xyz, b[i].xyz); l[6 * i + 5] = length(a[i] * 1e30f);
      unit[i] = i & 1 ? fast_normalize(a[i]) : normalize(a[i]);
      wide[2 * i] = length(convert_double3(a[i].xyz)); wide[2 * i + 1] = normalize(convert_double2(b[i].xy)).y;
    })",
      over(n), {in(a), in(b), out(lengths), out(unit), out(wide)});
  const auto norm = [](auto... v) { return std::sqrt(((static_cast<double>(v) * static_cast<double>(v)) + ...)); };
  expect_within_ulps(lengths, 8192, [&](auto i) {
    const float* const v = &a[i / 6 * 4];
    const float* const w = &b[i / 6 * 4];
    switch (i % 6) {
    case 1: return norm(v[0] - w[0], v[1] - w[1]);
    case 2: return norm(v[0]);
    case 4: return norm(v[0] - w[0], v[1] - w[1], v[2] - w[2]);
    case 5: return norm(v[0] * 1e30f, v[1] * 1e30f, v[2] * 1e30f, v[3] * 1e30f);
    default: return norm(v[0], v[1], v[2], v[3]);
    }
  });
  expect_within_ulps(unit, 8192, [&](auto i) {
    const float* const v = &a[i / 4 * 4];
    const double l = norm(v[0], v[1], v[2], v[3]);
    return l == 0 ? 0.0 : static_cast<double>(a[i]) / l;
  });
  expect_within_ulps(wide, 8, [&](auto i) {
    const float* const v = (i % 2 == 0 ? &a[i / 2 * 4] : &b[i / 2 * 4]);
    return i % 2 == 0 ? norm(v[0], v[1], v[2]) : static_cast<double>(v[1]) / norm(v[0], v[1]);
  });
}

TEST(float_builtins, native_and_half_are_near) {
  const auto a = sample<float>(n, 50);
  std::vector<float> result(8 * n);
  run(R"(
    kernel void k(global const float* a, global float* r) {
      size_t i = get_global_id(0);
      float x = fabs(a[i]) * 0.01f + 0.5f;
      r[8 * i] = native_sqrt(x) * native_rsqrt(x); r[8 * i + 1] = native_exp(x) * native_recip(native_exp(x));
      r[8 * i + 2] = native_divide(x, x); r[8 * i + 3] = native_sin(x) * native_sin(x) + native_cos(x) * native_cos(x);
      r[8 * i + 4] = native_log2(native_exp2(x)) / x; r[8 * i + 5] = half_sqrt(x) * half_rsqrt(x);
      r[8 * i + 6] = half_powr(x, 2.0f) / (x * x); r[8 * i + 7] = half_recip(x) * x;
    })",
      over(n), {in(a), out(result)});
  for (std::size_t i = 0; i < result.size(); ++i)
    ASSERT_NEAR(result[i], 1.0f, 0.01f) << "expression " << i % 8 << " of " << a[i / 8];
}

TEST(float_builtins, native_reciprocal_roots_of_zero_and_infinity) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> x(n, 4.0f), result(2 * n);
  for (std::size_t i = 0; i < n; ++i)
    x[i] = i % 3 == 0 ? 0.0f : i % 3 == 1 ? infinity : 4.0f;
  for (const char* options : {"", "-cl-fast-relaxed-math"}) {
    run(source_text{R"(kernel void k(global const float* a, global float* r) {
          size_t i = get_global_id(0);
          r[2 * i] = native_rsqrt(a[i]); r[2 * i + 1] = half_rsqrt(a[i]); })",
                    options},
        over(n), {in(x), out(result)});
    for (std::size_t i = 0; i < result.size(); ++i)
      ASSERT_FLOAT_EQ(result[i], 1 / std::sqrt(x[i / 2])) << "of " << x[i / 2] << " with '" << options << "'";
  }
}

TEST(float_builtins, nan_makes_a_quiet_nan) {
  if (pocl_compiles()) GTEST_SKIP() << "PoCL 3.1 makes an infinity of nan(0)";
  std::vector<std::uint32_t> result(4);
  run(R"(kernel void k(global uint* r) {
      size_t i = get_global_id(0); float f = nan((uint)i * 5); r[i] = as_uint(f) & 0x7fc00000; if (!isnan(f)) r[i] = 1; })",
      over(4), {out(result)});
  expect_each(result, [](auto) { return 0x7fc00000u; });
}

TEST(float_builtins, constants) {
  std::vector<double> result(10);
  run(R"(
    kernel void k(global double* r) {
      r[0] = M_PI; r[1] = M_PI_F; r[2] = M_E_F; r[3] = FLT_MAX; r[4] = FLT_EPSILON; r[5] = isinf(INFINITY) ? 1 : 0;
      r[6] = isnan(NAN) ? 1 : 0; r[7] = DBL_MAX; r[8] = FLT_DIG + FLT_MANT_DIG * 100; r[9] = HUGE_VALF > FLT_MAX;
    })",
      over(1), {out(result)});
  expect_equal(result,
               {3.14159265358979323846, static_cast<double>(3.14159265358979323846f),
                static_cast<double>(2.7182818284590452354f), static_cast<double>(std::numeric_limits<float>::max()),
                static_cast<double>(std::numeric_limits<float>::epsilon()), 1, 1, std::numeric_limits<double>::max(),
                2406, 1});
}

TEST(float_builtins, denormals_and_signed_zeros_survive) {
  const std::vector<float> a{1e-40f, -1e-42f, 0.0f, -0.0f, 1.17549435e-38f};
  std::vector<float> result(2 * a.size());
  run(R"(kernel void k(global const float* a, global float* r) {
      size_t i = get_global_id(0); r[2 * i] = a[i] * 0.5f; r[2 * i + 1] = a[i] - 0.0f; })",
      over(a.size()), {in(a), out(result)});
  expect_each(result, [&](auto i) { return i % 2 == 0 ? a[i / 2] * 0.5f : a[i / 2] - 0.0f; });
}

TEST(float_builtins, fast_relaxed_math_still_computes) {
  const auto a = sample<float>(n, 51);
  std::vector<float> result(n);
  run(source_text{R"(kernel void k(global const float* a, global float* r) {
      size_t i = get_global_id(0);
      float x = fabs(a[i]) * 0.001f + 1.0f;
      r[i] = exp(log(x)) / x + sin(x) * sin(x) + cos(x) * cos(x) + sqrt(x) * rsqrt(x) + pow(x, 2.0f) / (x * x);
    })",
                  "-cl-fast-relaxed-math"},
      over(n), {in(a), out(result)});
  for (std::size_t i = 0; i < n; ++i)
    ASSERT_NEAR(result[i], 4.0f, 0.001f) << a[i];
}

/// OpenCL 3.0's table for unsafe math optimizations: what `call`, a function of float x, may be off by is `allowed(x)`,
/// a plain difference.
template <class Exact, class Allowed>
void expect_relaxed(const std::string& call, double low, double high, Exact exact, Allowed allowed) {
  constexpr std::size_t count = 4099;
  std::vector<float> x(count), result(count);
  for (std::size_t i = 0; i < count; ++i)
    x[i] = static_cast<float>(low + (high - low) * static_cast<double>(i) / (count - 1));
  run(source_text{"kernel void k(global const float* a, global float* r) { size_t i = get_global_id(0);\n"
                  "  float x = a[i]; r[i] = " +
                      call + "; }",
                  "-cl-fast-relaxed-math"},
      over(count), {in(x), out(result)});
  for (std::size_t i = 0; i < count; ++i) {
    const double at = static_cast<double>(x[i]);
    ASSERT_NEAR(static_cast<double>(result[i]), exact(at), allowed(at)) << call << ", x = " << x[i];
  }
}

/// The difference of neighbouring floats at `v`.
double ulp_at(double v) {
  return std::ldexp(1.0, std::max(std::ilogb(v), -126) - 23);
}

TEST(float_builtins, relaxed_functions_keep_to_the_relaxed_table) {
  const auto exponential = [](auto exact) {
    return [exact](double x) { return (3 + std::floor(std::fabs(2 * x))) * ulp_at(exact(x)); };
  };
  const auto logarithm = [](auto exact) {
    return [exact](double x) { return x >= 0.5 && x <= 2 ? 0x1p-21 : 3 * ulp_at(exact(x)); };
  };
  const auto exp = [](double x) { return std::exp(x); };
  const auto exp2 = [](double x) { return std::exp2(x); };
  const auto exp10 = [](double x) { return std::pow(10.0, x); };
  const auto log = [](double x) { return std::log(x); };
  const auto log2 = [](double x) { return std::log2(x); };
  const auto log10 = [](double x) { return std::log10(x); };
  expect_relaxed("exp(x)", -87, 88, exp, exponential(exp));
  expect_relaxed("exp2(x)", -125, 127, exp2, exponential(exp2));
  expect_relaxed("exp10(x)", -37, 38, exp10, [&](double x) { return 8192 * ulp_at(exp10(x)); });
  for (const double high : {2.0, 1000.0, 1e30}) {
    expect_relaxed("log(x)", 1e-3, high, log, logarithm(log));
    expect_relaxed("log2(x)", 1e-3, high, log2, logarithm(log2));
    expect_relaxed("log10(x)", 1e-3, high, log10, logarithm(log10));
  }
  const auto angle = [](double) { return 0x1p-11; };
  expect_relaxed(
      "sin(x)", -3.14159, 3.14159, [](double x) { return std::sin(x); }, angle);
  expect_relaxed(
      "cos(x)", -3.14159, 3.14159, [](double x) { return std::cos(x); }, angle);
  // sin(x) * (1 / cos(x)), where each is off by 2^-11.
  expect_relaxed(
      "tan(x)", -1.4, 1.4, [](double x) { return std::tan(x); },
      [](double x) { return 0x1p-10 * (1 + std::fabs(std::tan(x))) / std::cos(x); });
  // exp2(y * log2(x)): the logarithm's error times y is the result's relative one.
  const auto power = [](double y) {
    return [y](double x) {
      const double size = std::fabs(x);
      const double of_log = size >= 0.5 && size <= 2 ? 0x1p-21 : 3 * ulp_at(std::log2(size));
      const double exact = std::pow(size, std::fabs(y));
      return exact * std::fabs(y) * of_log + (4 + std::fabs(2 * y * std::log2(size))) * ulp_at(exact);
    };
  };
  expect_relaxed(
      "powr(x, 2.5f)", 0.01, 100, [](double x) { return std::pow(x, 2.5); }, power(2.5));
  expect_relaxed(
      "pow(x, 3.0f)", -100, -0.01, [](double x) { return x * x * x; }, power(3));
  expect_relaxed(
      "rsqrt(x)", 0.001, 1e6, [](double x) { return 1 / std::sqrt(x); },
      [](double x) { return 2 * ulp_at(1 / std::sqrt(x)); });
  expect_relaxed(
      "sqrt(x)", 0.001, 1e6, [](double x) { return std::sqrt(x); }, [](double x) { return 3 * ulp_at(std::sqrt(x)); });
  expect_relaxed(
      "1.0f / x", 0.001, 1e6, [](double x) { return 1 / x; }, [](double x) { return 2.5 * ulp_at(1 / x); });
}

} // namespace
} // namespace kernel_suite
