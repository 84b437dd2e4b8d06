// SPDX-License-Identifier: MIT
// Scalar types, operators and the conversions between them that C does on its own.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

constexpr std::size_t n = 203; // a multiple of no lane width

template <class T>
using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;

/// What the operators give in the unsigned type, where wrapping is defined.
template <class T, class Operation>
T wrapping(T a, T b, Operation operation) {
  using U = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<U>(operation(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b))));
}

TEST(operators, integer_arithmetic_wraps) {
  for_each_integer_type([](auto zero) {
    using T = decltype(zero);
    SCOPED_TRACE(type_name<T>());
    const auto a = sample<T>(n, 1), b = sample<T>(n, 2);
    std::vector<T> sum(n), difference(n), product(n), negated(n);
    // Signed wrapping is made of unsigned operations: the language leaves signed overflow undefined.
    run(source_text{R"(
      kernel void k(global const T* a, global const T* b, global T* sum, global T* difference, global T* product,
                    global T* negated) {
        size_t i = get_global_id(0);
        sum[i] = (T)((U)a[i] + (U)b[i]);
        difference[i] = (T)((U)a[i] - (U)b[i]);
        product[i] = (T)((ulong)a[i] * (ulong)b[i]);
        negated[i] = (T)(-(U)a[i]);
      })",
                    std::string("-D T=") + type_name<T>() + " -D U=" + type_name<std::make_unsigned_t<T>>()},
        over(n), {in(a), in(b), out(sum), out(difference), out(product), out(negated)});
    expect_each(sum, [&](auto i) { return wrapping(a[i], b[i], [](auto x, auto y) { return x + y; }); });
    expect_each(difference, [&](auto i) { return wrapping(a[i], b[i], [](auto x, auto y) { return x - y; }); });
    expect_each(product, [&](auto i) { return wrapping(a[i], b[i], [](auto x, auto y) { return x * y; }); });
    expect_each(negated, [&](auto i) { return wrapping(a[i], a[i], [](auto x, auto) { return 0 - x; }); });
  });
}

TEST(operators, division_and_remainder) {
  for_each_integer_type([](auto zero) {
    using T = decltype(zero);
    SCOPED_TRACE(type_name<T>());
    const auto a = sample<T>(n, 3);
    auto b = sample<T>(n, 4);
    for (std::size_t i = 0; i < n; ++i) {
      const bool overflows = std::is_signed_v<T> && a[i] == std::numeric_limits<T>::min() && b[i] == static_cast<T>(-1);
      if (b[i] == 0 || overflows) b[i] = 3;
      if (i % 3 == 0) b[i] = static_cast<T>(b[i] % 7 + 8);
    }
    std::vector<T> quotient(n), remainder(n);
    run(source_text{R"(
      kernel void k(global const T* a, global const T* b, global T* quotient, global T* remainder) {
        size_t i = get_global_id(0);
        quotient[i] = a[i] / b[i];
        remainder[i] = a[i] % b[i];
      })",
                    std::string("-D T=") + type_name<T>()},
        over(n), {in(a), in(b), out(quotient), out(remainder)});
    expect_each(quotient, [&](auto i) { return static_cast<T>(a[i] / b[i]); });
    expect_each(remainder, [&](auto i) { return static_cast<T>(a[i] % b[i]); });
  });
}

TEST(operators, division_by_constants) {
  const auto a = sample<std::int32_t>(n, 5);
  std::vector<std::int32_t> result(n * 4);
  std::vector<std::uint32_t> unsigned_result(n * 2);
  run(R"(
    kernel void k(global const int* a, global int* r, global uint* u) {
      size_t i = get_global_id(0);
      r[4 * i] = a[i] / 7; r[4 * i + 1] = a[i] % 16; r[4 * i + 2] = a[i] / -3; r[4 * i + 3] = a[i] / 8;
      u[2 * i] = (uint)a[i] / 10u; u[2 * i + 1] = (uint)a[i] % 641u;
    })",
      over(n), {in(a), out(result), out(unsigned_result)});
  expect_each(result, [&](auto i) {
    const std::int32_t x = a[i / 4];
    return i % 4 == 0 ? x / 7 : i % 4 == 1 ? x % 16 : i % 4 == 2 ? x / -3 : x / 8;
  });
  expect_each(unsigned_result, [&](auto i) {
    const auto x = static_cast<std::uint32_t>(a[i / 2]);
    return i % 2 == 0 ? x / 10u : x % 641u;
  });
}

TEST(operators, bitwise) {
  for_each_integer_type([](auto zero) {
    using T = decltype(zero);
    SCOPED_TRACE(type_name<T>());
    const auto a = sample<T>(n, 6), b = sample<T>(n, 7);
    std::vector<T> result(n * 4);
    run(source_text{R"(
      kernel void k(global const T* a, global const T* b, global T* r) {
        size_t i = get_global_id(0);
        r[4 * i] = a[i] & b[i]; r[4 * i + 1] = a[i] | b[i]; r[4 * i + 2] = a[i] ^ b[i]; r[4 * i + 3] = ~a[i];
      })",
                    std::string("-D T=") + type_name<T>()},
        over(n), {in(a), in(b), out(result)});
    expect_each(result, [&](auto i) {
      const T x = a[i / 4], y = b[i / 4];
      return static_cast<T>(i % 4 == 0 ? x & y : i % 4 == 1 ? x | y : i % 4 == 2 ? x ^ y : ~x);
    });
  });
}

TEST(operators, shift_amount_is_taken_modulo_the_width) {
  // Scalars narrower than int are promoted first, so that their amount is modulo 32.
  for_each_integer_type([](auto zero) {
    using T = decltype(zero);
    SCOPED_TRACE(type_name<T>());
    using U = std::make_unsigned_t<T>;
    const auto a = sample<T>(n, 8);
    std::vector<T> b(n);
    for (std::size_t i = 0; i < n; ++i)
      b[i] = static_cast<T>(i * 5 % 100);
    std::vector<T> left(n), right(n);
    run(source_text{R"(
      kernel void k(global const T* a, global const T* b, global T* left, global T* right) {
        size_t i = get_global_id(0);
        left[i] = a[i] << b[i];
        right[i] = a[i] >> b[i];
      })",
                    std::string("-D T=") + type_name<T>()},
        over(n), {in(a), in(b), out(left), out(right)});
    constexpr unsigned mask = sizeof(T) == 8 ? 63 : 31;
    expect_each(left, [&](auto i) {
      const unsigned amount = static_cast<unsigned>(b[i]) & mask;
      return static_cast<T>(static_cast<U>(static_cast<std::uint64_t>(a[i]) << amount));
    });
    expect_each(right, [&](auto i) { return static_cast<T>(a[i] >> (static_cast<unsigned>(b[i]) & mask)); });
  });
}

TEST(operators, vector_shift_amount_is_modulo_the_element_width) {
  const auto a = sample<std::uint8_t>(4 * n, 9);
  std::vector<std::uint8_t> b(4 * n), left(4 * n), right(4 * n);
  for (std::size_t i = 0; i < b.size(); ++i)
    b[i] = static_cast<std::uint8_t>(i * 3 % 29);
  run(R"(
    kernel void k(global const uchar4* a, global const uchar4* b, global uchar4* left, global uchar4* right) {
      size_t i = get_global_id(0);
      left[i] = a[i] << b[i];
      right[i] = a[i] >> b[i];
    })",
      over(n), {in(a), in(b), out(left), out(right)});
  expect_each(left, [&](auto i) { return static_cast<std::uint8_t>(a[i] << (b[i] & 7)); });
  expect_each(right, [&](auto i) { return static_cast<std::uint8_t>(a[i] >> (b[i] & 7)); });
}

TEST(operators, comparisons_and_logic) {
  for_each_number_type([](auto zero) {
    using T = decltype(zero);
    SCOPED_TRACE(type_name<T>());
    auto a = sample<T>(n, 10), b = sample<T>(n, 11);
    for (std::size_t i = 0; i < n; i += 4)
      b[i] = a[i];
    std::vector<std::int32_t> result(n);
    run(source_text{R"(
      kernel void k(global const T* a, global const T* b, global int* r) {
        size_t i = get_global_id(0);
        T x = a[i], y = b[i];
        r[i] = (x < y) | (x <= y) << 1 | (x > y) << 2 | (x >= y) << 3 | (x == y) << 4 | (x != y) << 5 |
               (x && y) << 6 | (x || y) << 7 | (!x) << 8;
      })",
                    std::string("-D T=") + type_name<T>()},
        over(n), {in(a), in(b), out(result)});
    expect_each(result, [&](auto i) {
      const T x = a[i], y = b[i];
      return (x < y) | (x <= y) << 1 | (x > y) << 2 | (x >= y) << 3 | (x == y) << 4 | (x != y) << 5 | (x && y) << 6 |
             (x || y) << 7 | (!x) << 8;
    });
  });
}

TEST(operators, float_arithmetic_is_exactly_rounded) {
  for_each_type<float, double>([](auto zero) {
    using T = decltype(zero);
    SCOPED_TRACE(type_name<T>());
    const auto a = sample<T>(n, 12);
    auto b = sample<T>(n, 13);
    for (auto& x : b)
      x = x / 3 + T(0.1);
    std::vector<T> result(n * 5);
    run(source_text{R"(
      kernel void k(global const T* a, global const T* b, global T* r) {
        size_t i = get_global_id(0);
        r[5 * i] = a[i] + b[i]; r[5 * i + 1] = a[i] - b[i]; r[5 * i + 2] = a[i] * b[i];
        r[5 * i + 3] = -a[i]; r[5 * i + 4] = +b[i];
      })",
                    std::string("-D T=") + type_name<T>()},
        over(n), {in(a), in(b), out(result)});
    expect_each(result, [&](auto i) {
      const T x = a[i / 5], y = b[i / 5];
      switch (i % 5) {
      case 0: return x + y;
      case 1: return x - y;
      case 2: return x * y;
      case 3: return -x;
      default: return y;
      }
    });
  });
}

TEST(operators, float_division_within_two_and_a_half_ulps) {
  const auto a = sample<float>(n, 14);
  auto b = sample<float>(n, 15);
  for (auto& x : b)
    x = x / 3 + 0.1f;
  std::vector<float> result(n);
  run("kernel void k(global const float* a, global const float* b, global float* r) {"
      "  size_t i = get_global_id(0); r[i] = a[i] / b[i]; }",
      over(n), {in(a), in(b), out(result)});
  expect_within_ulps(result, 2.5, [&](auto i) { return static_cast<double>(a[i]) / static_cast<double>(b[i]); });
}

TEST(operators, float_division_gives_infinities_and_nans) {
  const std::vector<float> a{1, -1, 0, INFINITY, -INFINITY, 1, NAN}, b{0, 0, 0, INFINITY, 2, INFINITY, 1};
  std::vector<float> result(a.size());
  run("kernel void k(global const float* a, global const float* b, global float* r) {"
      "  size_t i = get_global_id(0); r[i] = a[i] / b[i]; }",
      over(a.size()), {in(a), in(b), out(result)});
  expect_each(result, [&](auto i) { return a[i] / b[i]; });
}

TEST(operators, assignments_and_increments) {
  const auto a = sample<std::int32_t>(n, 16);
  std::vector<std::int32_t> result(n);
  run(R"(
    kernel void k(global const int* a, global int* r) {
      size_t i = get_global_id(0);
      uint x = a[i] & 0xffff;
      uint y = x++;
      y += x; y -= 3; y *= 5; y /= 2; y %= 100000; y <<= 2; y >>= 1; y &= 0x3ffff; y |= 0x100000; y ^= x;
      --x; uint z = ++x + y--; uint w = (z = y, z + 1);
      r[i] = x + 3 * y + 7 * z + 11 * w;
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    std::uint32_t x = static_cast<std::uint32_t>(a[i]) & 0xffff;
    std::uint32_t y = x++;
    y += x;
    y -= 3;
    y *= 5;
    y /= 2;
    y %= 100000;
    y <<= 2;
    y >>= 1;
    y &= 0x3ffff;
    y |= 0x100000;
    y ^= x;
    y--;
    const std::uint32_t z = y, w = z + 1;
    return static_cast<std::int32_t>(x + 3 * y + 7 * z + 11 * w);
  });
}

TEST(operators, usual_arithmetic_conversions) {
  const auto a = sample<std::int8_t>(n, 17);
  const auto b = sample<std::uint8_t>(n, 18);
  std::vector<std::int64_t> result(n * 4);
  run(R"(
    kernel void k(global const char* a, global const uchar* b, global long* r) {
      size_t i = get_global_id(0);
      r[4 * i] = a[i] * b[i];
      r[4 * i + 1] = a[i] + 1u;
      r[4 * i + 2] = a[i] < b[i] ? a[i] : 5000000000L;
      r[4 * i + 3] = (ushort)a[i] * (long)b[i];
    })",
      over(n), {in(a), in(b), out(result)});
  expect_each(result, [&](auto i) -> std::int64_t {
    const std::int8_t x = a[i / 4];
    const std::uint8_t y = b[i / 4];
    switch (i % 4) {
    case 0: return x * y;
    case 1: return static_cast<std::uint32_t>(x) + 1u;
    case 2: return x < y ? x : 5000000000ll;
    default: return static_cast<std::uint16_t>(x) * static_cast<std::int64_t>(y);
    }
  });
}

TEST(operators, implicit_conversions_between_integers_and_floats) {
  std::vector<float> a(n);
  for (std::size_t i = 0; i < n; ++i)
    a[i] = static_cast<float>(i) * 1.75f - 150.0f;
  std::vector<std::int32_t> to_int(n);
  std::vector<std::uint8_t> to_uchar(n);
  std::vector<float> from_long(n), from_ulong(n);
  std::vector<double> widened(n);
  std::vector<float> narrowed(n);
  run(R"(
    kernel void k(global const float* a, global int* ti, global uchar* tu, global float* fl, global float* fu,
                  global double* wide, global float* narrow) {
      size_t i = get_global_id(0);
      ti[i] = a[i];
      tu[i] = fabs(a[i]) * 0.5f;
      long big = (long)i * 123456789012345L - 9000000000000000L;
      fl[i] = big;
      fu[i] = (ulong)big;
      wide[i] = a[i];
      narrow[i] = (double)a[i] * 0.1;
    })",
      over(n), {in(a), out(to_int), out(to_uchar), out(from_long), out(from_ulong), out(widened), out(narrowed)});
  const auto big = [](std::size_t i) { return static_cast<std::int64_t>(i) * 123456789012345ll - 9000000000000000ll; };
  expect_each(to_int, [&](auto i) { return static_cast<std::int32_t>(a[i]); });
  expect_each(to_uchar, [&](auto i) { return static_cast<std::uint8_t>(std::fabs(a[i]) * 0.5f); });
  expect_each(from_long, [&](auto i) { return static_cast<float>(big(i)); });
  expect_each(from_ulong, [&](auto i) { return static_cast<float>(static_cast<std::uint64_t>(big(i))); });
  expect_each(widened, [&](auto i) { return static_cast<double>(a[i]); });
  expect_each(narrowed, [&](auto i) { return static_cast<float>(static_cast<double>(a[i]) * 0.1); });
}

TEST(operators, bool_values) {
  const auto a = sample<float>(n, 19);
  std::vector<std::int32_t> result(n);
  run(R"(
    bool positive(float x) { return x > 0; }
    kernel void k(global const float* a, global int* r) {
      size_t i = get_global_id(0);
      bool p = positive(a[i]);
      bool q = a[i];
      bool t = true, f = false;
      int count = p + q + t + f;
      p = !p;
      r[i] = count * 10 + p + (p == q) * 100 + (int)(bool)(i & 6) * 1000;
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    const bool p = a[i] > 0, q = a[i] != 0;
    return (p + q + 1) * 10 + !p + (!p == q) * 100 + ((i & 6) != 0) * 1000;
  });
}

TEST(operators, choices_between_a_value_and_a_function_of_it) {
  const auto a = sample<std::int32_t>(n, 3), b = sample<std::int32_t>(n, 4);
  std::vector<std::int32_t> flags(n);
  for (std::size_t i = 0; i < n; ++i)
    flags[i] = static_cast<std::int32_t>(i % 3);
  struct choice {
    const char* text;
    std::int32_t (*expected)(std::int32_t x, std::int32_t y, bool chosen);
  };
  const choice choices[] = {
      {"chosen ? bitselect(y, x, 2) : x", [](auto x, auto y, bool chosen) { return chosen ? (y & ~2) | (x & 2) : x; }},
      {"chosen ? x : bitselect(x, y, 2)", [](auto x, auto y, bool chosen) { return chosen ? x : (x & ~2) | (y & 2); }},
      {"chosen ? bitselect(y, x, 2) : y", [](auto x, auto y, bool chosen) { return chosen ? (y & ~2) | (x & 2) : y; }},
      {"chosen ? (x & y) ^ 77 : y", [](auto x, auto y, bool chosen) { return chosen ? (x & y) ^ 77 : y; }},
      {"chosen ? (x | 0x7f) & ~y : x", [](auto x, auto y, bool chosen) { return chosen ? (x | 0x7f) & ~y : x; }},
      {"chosen ? (x | 0x7f) & ~y : y", [](auto x, auto y, bool chosen) { return chosen ? (x | 0x7f) & ~y : y; }},
      {"as_int(chosen ? as_float((x & 0x7ffff) | (y & 0x3f000000)) : as_float(y))",
       [](auto x, auto y, bool chosen) { return chosen ? (x & 0x7ffff) | (y & 0x3f000000) : y; }},
      {"(int)((chosen ? ((long)x & 5) | ((long)y & ~5L) : (long)x) >> 1)",
       [](auto x, auto y, bool chosen) { return (chosen ? (x & 5) | (y & ~5) : x) >> 1; }},
  };
  for (const choice& c : choices) {
    SCOPED_TRACE(c.text);
    std::vector<std::int32_t> result(n);
    run(std::string(R"(
      kernel void k(global const int* a, global const int* b, global const int* flags, global int* r) {
        size_t i = get_global_id(0);
        int x = a[i], y = b[i], chosen = flags[i] == 0;
        r[i] = )") +
            c.text + ";}",
        over(n), {in(a), in(b), in(flags), out(result)});
    expect_each(result, [&](auto i) { return c.expected(a[i], b[i], flags[i] == 0); });
  }
}

TEST(operators, literals_and_sizeof) {
  std::vector<std::int64_t> result(20);
  run(R"(
    typedef struct { char a; int b; short c; } s;
    enum colour { red = 3, green, blue = -7 };
    kernel void k(global long* r) {
      r[0] = 0x7fL; r[1] = 017; r[2] = 'A'; r[3] = 4294967295u; r[4] = -1; r[5] = 0xffffffffffffffffUL >> 1;
      r[6] = sizeof(char) + 10 * sizeof(short) + 100 * sizeof(int) + 1000 * sizeof(long);
      r[7] = sizeof(float3); r[8] = sizeof(s); r[9] = sizeof(size_t); r[10] = sizeof(char16); r[11] = green;
      r[12] = blue; r[13] = 1.5f * 2; r[14] = 1e3; r[15] = CHAR_BIT + INT_MAX; r[16] = sizeof(half);
      r[17] = ULONG_MAX >> 60; r[18] = MAXFLOAT > 1e38f; r[19] = vec_step(int3);
    })",
      over(1), {out(result)});
  expect_equal(result, {0x7f, 15,
                        65,   4294967295ll,
                        -1,   0x7fffffffffffffffll,
                        8421, 16,
                        12,   8,
                        16,   4,
                        -7,   3,
                        1000, 8ll + 2147483647 - 4294967296ll,
                        2,    15,
                        1,    4});
}

TEST(operators, ternary_is_lazy_and_typed) {
  const auto a = sample<std::int32_t>(n, 20);
  std::vector<std::int32_t> result(n);
  run(R"(
    int bump(int* c) { *c += 1; return 10; }
    kernel void k(global const int* a, global int* r) {
      size_t i = get_global_id(0);
      int calls = 0;
      int x = a[i] > 0 ? bump(&calls) : (a[i] < -1000 ? bump(&calls) + bump(&calls) : 3);
      r[i] = x * 100 + calls + (a[i] & 1 ? 'x' : 1000000);
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    const int calls = a[i] > 0 ? 1 : a[i] < -1000 ? 2 : 0;
    return (calls == 0 ? 3 : calls * 10) * 100 + calls + (a[i] & 1 ? 'x' : 1000000);
  });
}

TEST(operators, short_circuit_skips_side_effects) {
  std::vector<std::int32_t> result(n);
  run(R"(
    int touch(int* c, int bit, int value) { *c |= bit; return value; }
    kernel void k(global int* r) {
      int i = get_global_id(0);
      int seen = 0;
      int b = (touch(&seen, 1, i & 1) && touch(&seen, 2, i & 2)) || (touch(&seen, 4, i & 4) && touch(&seen, 8, 1));
      if (touch(&seen, 16, i & 8) || touch(&seen, 32, i & 16)) seen |= 64;
      r[i] = seen * 2 + b;
    })",
      over(n), {out(result)});
  expect_each(result, [&](auto index) {
    const int i = static_cast<int>(index);
    int seen = 0;
    const auto touch = [&](int bit, int v) {
      seen |= bit;
      return v;
    };
    const int b = (touch(1, i & 1) && touch(2, i & 2)) || (touch(4, i & 4) && touch(8, 1));
    if (touch(16, i & 8) || touch(32, i & 16)) seen |= 64;
    return seen * 2 + b;
  });
}

} // namespace
} // namespace kernel_suite
