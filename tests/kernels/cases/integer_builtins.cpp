// SPDX-License-Identifier: MIT
// Integer builtins for every integer type, as scalars and as vectors.
#include "harness/suite.hpp"

#include <algorithm>

namespace kernel_suite {
namespace {

constexpr std::size_t n = 208; // of scalars, and of vectors of 2 and 16 components together

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

template <class T>
T clamped(wide x) {
  return static_cast<T>(std::clamp<wide>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

/// Scalars and one width of vectors: every width is met, each by some of the builtins.
std::vector<std::string> widths(const std::string& expression) {
  const char* const all[] = {"2", "3", "4", "16"};
  return {"", pocl_compiles() ? "3" : all[expression.size() % 4]};
}

/// One kernel a type and width, r = expression of a, b, c; compares every component with `expected(a, b, c)`.
template <class Expected>
void for_each_integer(const std::string& expression, Expected expected) {
  std::string text;
  for_each_integer_type([&](auto zero) {
    for (const std::string& width : widths(expression)) {
      const std::string t = type_name<decltype(zero)>(), v = t + width;
      text += substitute("kernel void k_V(global const S* as, global const S* bs, global const S* cs, global S* rs) {"
                         "  size_t i = get_global_id(0);",
                         {{"k_V", "k_" + v}, {"S", t}});
      for (const std::string x : {"a", "b", "c"}) {
        text +=
            width.empty() ? t + " " + x + " = " + x + "s[i];" : v + " " + x + " = vload" + width + "(i, " + x + "s);";
      }
      const std::string result = substitute(expression, {{"T", v}, {"as_T", "as_" + v}});
      text += width.empty() ? "rs[i] = " + result + ";}\n" : "vstore" + width + "(" + result + ", i, rs);}\n";
    }
  });
  program_under_test program(text);
  for_each_integer_type([&](auto zero) {
    using T = decltype(zero);
    for (const std::string& suffix : widths(expression)) {
      const std::size_t width = suffix.empty() ? 1 : std::stoul(suffix);
      const std::string v = type_name<T>() + suffix;
      SCOPED_TRACE(expression + " of " + v);
      const std::size_t count = n / width * width;
      const auto a = sample<T>(count, 31), b = sample<T>(count, 32), c = sample<T>(count, 33);
      std::vector<T> result(count);
      program.run(over("k_" + v, n / width), {in(a), in(b), in(c), out(result)});
      expect_each(result, [&](auto i) { return static_cast<T>(expected(a[i], b[i], c[i])); });
    }
  });
}

template <class T>
constexpr int bits = sizeof(T) * 8;
template <class T>
using unsigned_of = std::make_unsigned_t<T>;

TEST(integer_builtins, abs) {
  for_each_integer("as_T(abs(a))", [](auto a, auto, auto) {
    using U = unsigned_of<decltype(a)>;
    return a < 0 ? static_cast<U>(U(0) - static_cast<U>(a)) : static_cast<U>(a);
  });
}

// Each nest of three is one instruction on some processors.
TEST(integer_builtins, abs_within_min_and_max) {
  for_each_type<int, long>([](auto zero) {
    using T = decltype(zero);
    auto a = sample<T>(n, 71), b = sample<T>(n, 72);
    for (std::size_t i = 0; i < 16; ++i) {
      a[i] = std::numeric_limits<T>::min() + static_cast<T>(i % 4);
      b[i] = i < 8 ? static_cast<T>(i) - 4 : a[i] & std::numeric_limits<T>::max();
    }
    std::vector<T> result(6 * n);
    run(substitute(R"(
      kernel void k(global const T* as, global const T* bs, global T* r) {
        size_t i = get_global_id(0); T a = as[i], b = bs[i], m = (T)(0 - (UT)a);
        r[6 * i] = max(b, as_T(abs(a))); r[6 * i + 1] = max(b, a > m ? a : m); r[6 * i + 2] = min(b, min(a, m));
        r[6 * i + 3] = max(max(b, a), m); r[6 * i + 4] = min(max(a, m), b); r[6 * i + 5] = max(a & MOST, max(a, m));
      })",
                   {{"UT", sizeof(T) == 4 ? "uint" : "ulong"},
                    {"as_T", std::string("as_") + type_name<T>()},
                    {"MOST", sizeof(T) == 4 ? "INT_MAX" : "LONG_MAX"},
                    {"T", type_name<T>()}}),
        over(n), {in(a), in(b), out(result)});
    expect_each(result, [&](auto i) {
      const T x = a[i / 6], y = b[i / 6], m = static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(x));
      switch (i % 6) {
      case 0:
      case 1:
      case 3: return std::max({y, x, m});
      case 2: return std::min({y, x, m});
      case 4: return std::min(y, std::max(x, m));
      default: return std::max({static_cast<T>(x & std::numeric_limits<T>::max()), x, m});
      }
    });
  });
}

TEST(integer_builtins, abs_diff) {
  for_each_integer("as_T(abs_diff(a, b))", [](auto a, auto b, auto) {
    const wide d = static_cast<wide>(a) - static_cast<wide>(b);
    return static_cast<unsigned_of<decltype(a)>>(d < 0 ? -d : d);
  });
}

TEST(integer_builtins, add_sat) {
  if (has_findings()) GTEST_SKIP() << "Oclgrind 21.10 makes 0 of the least long and less";
  for_each_integer("add_sat(a, b)", [](auto a, auto b, auto) {
    return clamped<decltype(a)>(static_cast<wide>(a) + static_cast<wide>(b));
  });
}

TEST(integer_builtins, sub_sat) {
  for_each_integer("sub_sat(a, b)", [](auto a, auto b, auto) {
    return clamped<decltype(a)>(static_cast<wide>(a) - static_cast<wide>(b));
  });
}

TEST(integer_builtins, hadd) {
  for_each_integer("hadd(a, b)",
                   [](auto a, auto b, auto) { return (static_cast<wide>(a) + static_cast<wide>(b)) >> 1; });
}

TEST(integer_builtins, rhadd) {
  for_each_integer("rhadd(a, b)",
                   [](auto a, auto b, auto) { return (static_cast<wide>(a) + static_cast<wide>(b) + 1) >> 1; });
}

TEST(integer_builtins, clz) {
  for_each_integer("clz(a)",
                   [](auto a, auto, auto) { return std::countl_zero(static_cast<unsigned_of<decltype(a)>>(a)); });
}

TEST(integer_builtins, popcount) {
  for_each_integer("popcount(a)",
                   [](auto a, auto, auto) { return std::popcount(static_cast<unsigned_of<decltype(a)>>(a)); });
}

TEST(integer_builtins, ctz) {
  // OpenCL C 2.0's; PoCL 3.1 does not declare it.
  if (pocl_compiles()) GTEST_SKIP() << "PoCL 3.1 has no ctz";
  std::vector<std::uint32_t> a = sample<std::uint32_t>(n, 3), result(n);
  run(
      source_text{
          "kernel void k(global const uint* a, global uint* r) { size_t i = get_global_id(0); r[i] = ctz(a[i]); }",
          "-cl-std=CL2.0"},
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) { return std::countr_zero(a[i]); });
}

TEST(integer_builtins, min_max_clamp) {
  for_each_integer("max(min(a, b), clamp(c, min(a, b), max(a, b)))", [](auto a, auto b, auto c) {
    return std::max(std::min(a, b), std::clamp(c, std::min(a, b), std::max(a, b)));
  });
}

TEST(integer_builtins, min_max_clamp_with_a_scalar) {
  const auto a = sample<std::int16_t>(4 * n, 5);
  std::vector<std::int16_t> result(4 * n);
  run(R"(kernel void k(global const short4* a, global short4* r) {
      size_t i = get_global_id(0);
      r[i] = max(a[i], (short)-20000) + min(a[i], (short)-20000) / (short)2 + clamp(a[i], (short)-7, (short)9);
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    const int x = a[i];
    return static_cast<std::int16_t>(std::max(x, -20000) + std::min(x, -20000) / 2 + std::clamp(x, -7, 9));
  });
}

TEST(integer_builtins, mul_hi) {
  for_each_integer("mul_hi(a, b)", [](auto a, auto b, auto) {
    if constexpr (std::is_same_v<decltype(a), std::uint64_t>) {
      return static_cast<std::uint64_t>(static_cast<unsigned_wide>(a) * b >> 64);
    } else {
      return static_cast<wide>(a) * static_cast<wide>(b) >> bits<decltype(a)>;
    }
  });
}

TEST(integer_builtins, mad_hi) {
  for_each_integer("mad_hi(a, b, c)", [](auto a, auto b, auto c) {
    using U = unsigned_of<decltype(a)>;
    if constexpr (std::is_same_v<decltype(a), std::uint64_t>) {
      return static_cast<U>(static_cast<U>(static_cast<unsigned_wide>(a) * b >> 64) + c);
    } else {
      return static_cast<U>(static_cast<U>(static_cast<wide>(a) * static_cast<wide>(b) >> bits<decltype(a)>) +
                            static_cast<U>(c));
    }
  });
}

TEST(integer_builtins, mad_sat) {
  for_each_integer("mad_sat(a, b, c)", [](auto a, auto b, auto c) {
    using T = decltype(a);
    if constexpr (std::is_same_v<T, std::uint64_t>) {
      const auto product = static_cast<unsigned_wide>(a) * b;
      const auto limit = static_cast<unsigned_wide>(std::numeric_limits<T>::max());
      return static_cast<T>(product > limit - c ? limit : product + c);
    } else {
      return clamped<T>(static_cast<wide>(a) * static_cast<wide>(b) + static_cast<wide>(c));
    }
  });
}

TEST(integer_builtins, rotate) {
  for_each_integer("rotate(a, b)", [](auto a, auto b, auto) {
    using U = unsigned_of<decltype(a)>;
    return std::rotl(static_cast<U>(a), static_cast<int>(static_cast<U>(b) & (bits<U> - 1)));
  });
}

TEST(integer_builtins, mul24_and_mad24) {
  std::vector<std::int32_t> a = sample<std::int32_t>(n, 6), b = sample<std::int32_t>(n, 7),
                            c = sample<std::int32_t>(n, 8);
  for (auto& x : a)
    x >>= 8;
  for (auto& x : b)
    x >>= 20;
  std::vector<std::int32_t> result(2 * n);
  std::vector<std::uint32_t> unsigned_result(2 * n);
  run(R"(kernel void k(global const int* a, global const int* b, global const int* c, global int* r, global uint* u) {
      size_t i = get_global_id(0);
      r[2 * i] = mul24(a[i], b[i]);
      r[2 * i + 1] = mad24((int2)(a[i], b[i]), (int2)(b[i]), (int2)(0, c[i] >> 8)).y;
      u[2 * i] = mul24((uint)a[i] & 0xffffff, (uint)b[i] & 0xff);
      u[2 * i + 1] = mad24((uint)a[i] & 0xffff, 77u, (uint)c[i]);
    })",
      over(n), {in(a), in(b), in(c), out(result), out(unsigned_result)});
  expect_each(result, [&](auto i) {
    const std::int32_t x = a[i / 2], y = b[i / 2], z = c[i / 2];
    return static_cast<std::int32_t>(i % 2 == 0 ? static_cast<std::int64_t>(x) * y
                                                : static_cast<std::int64_t>(y) * y + (z >> 8));
  });
  expect_each(unsigned_result, [&](auto i) {
    const auto x = static_cast<std::uint32_t>(a[i / 2]), y = static_cast<std::uint32_t>(b[i / 2]);
    return i % 2 == 0 ? (x & 0xffffff) * (y & 0xff) : (x & 0xffff) * 77u + static_cast<std::uint32_t>(c[i / 2]);
  });
}

TEST(integer_builtins, upsample) {
  const auto bytes = sample<std::uint8_t>(2 * n, 9);
  const auto shorts = sample<std::int16_t>(n, 10);
  const auto words = sample<std::uint32_t>(2 * n, 11);
  std::vector<std::int16_t> r16(n);
  std::vector<std::uint16_t> u16(4 * n);
  std::vector<std::int32_t> r32(n);
  std::vector<std::uint64_t> r64(n);
  run(R"(kernel void k(global const uchar* b, global const short* s, global const uint* w, global short* r16,
                       global ushort4* u16, global int* r32, global ulong* r64) {
      size_t i = get_global_id(0);
      r16[i] = upsample(as_char(b[2 * i]), b[2 * i + 1]);
      u16[i] = upsample((uchar4)(b[2 * i], 1, 2, b[2 * i + 1]), (uchar4)(9, b[2 * i], 7, 6));
      r32[i] = upsample(s[i], (ushort)w[i]);
      r64[i] = upsample(w[2 * i], w[2 * i + 1]);
    })",
      over(n), {in(bytes), in(shorts), in(words), out(r16), out(u16), out(r32), out(r64)});
  expect_each(r16, [&](auto i) { return static_cast<std::int16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]); });
  expect_each(u16, [&](auto i) {
    const int x = bytes[i / 4 * 2], y = bytes[i / 4 * 2 + 1];
    const int expected[] = {x << 8 | 9, 1 << 8 | x, 2 << 8 | 7, y << 8 | 6};
    return expected[i % 4];
  });
  expect_each(r32, [&](auto i) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(shorts[i]) << 16 | (words[i] & 0xffff));
  });
  expect_each(r64, [&](auto i) { return static_cast<std::uint64_t>(words[2 * i]) << 32 | words[2 * i + 1]; });
}

} // namespace
} // namespace kernel_suite
