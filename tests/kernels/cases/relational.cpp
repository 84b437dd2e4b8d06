// SPDX-License-Identifier: MIT
// isequal and its family, any, all, bitselect, select.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

template <class T>
std::vector<T> special_values() {
  using limits = std::numeric_limits<T>;
  return {T(0),
          T(-0.0),
          T(1),
          T(-1),
          limits::infinity(),
          -limits::infinity(),
          limits::quiet_NaN(),
          -limits::quiet_NaN(),
          limits::denorm_min(),
          -limits::denorm_min(),
          limits::min(),
          limits::max(),
          limits::lowest(),
          T(1.5),
          T(1e10),
          T(-7)};
}

template <class T>
void two_operands(const std::string& suffix) {
  using I = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  const std::vector<std::string> names{"isequal",     "isnotequal",    "isgreater", "isgreaterequal", "isless",
                                       "islessequal", "islessgreater", "isordered", "isunordered"};
  std::string scalar, vectors;
  for (const std::string& name : names) {
    scalar += "r[at++] = " + name + "(a[i], b[j]);";
    vectors += "v[at++] = " + name + "((" + suffix + "2)(a[i], b[j]), (" + suffix + "2)(b[j], b[j]));";
  }
  const auto values = special_values<T>();
  const std::size_t count = values.size(), tests = names.size();
  std::vector<std::int32_t> result(count * count * tests);
  std::vector<I> vector_result(count * count * tests * 2);
  run(
      source_text{
          "kernel void k(global const T* a, global const T* b, global int* r, global " + std::string(type_name<I>()) +
              "2* v) { size_t i = get_global_id(0), j = get_global_id(1), at = (i * get_global_size(1) + j) * " +
              std::to_string(tests) + "; " + scalar + " at -= " + std::to_string(tests) + "; " + vectors + "}",
          "-D T=" + suffix},
      {.global = {count, count}}, {in(values), in(values), out(result), out(vector_result)});
  const auto test = [&](std::size_t which, T x, T y) -> bool {
    switch (which) {
    case 0: return x == y;
    case 1: return x != y;
    case 2: return x > y;
    case 3: return x >= y;
    case 4: return x < y;
    case 5: return x <= y;
    case 6: return x < y || x > y;
    case 7: return !std::isnan(x) && !std::isnan(y);
    default: return std::isnan(x) || std::isnan(y);
    }
  };
  expect_each(result,
              [&](auto i) { return test(i % tests, values[i / tests / count], values[i / tests % count]) ? 1 : 0; });
  expect_each(vector_result, [&](auto i) {
    const std::size_t at = i / 2;
    const T x = values[at / tests / count], y = values[at / tests % count];
    return test(at % tests, i % 2 == 0 ? x : y, y) ? -1 : 0;
  });
}

TEST(relational, comparisons_of_floats) {
  two_operands<float>("float");
}
TEST(relational, comparisons_of_doubles) {
  two_operands<double>("double");
}

// The sign is turned round in the bits: what negation does to a NaN is the device's business.
TEST(relational, classification) {
  const auto a = special_values<float>();
  const auto d = special_values<double>();
  std::vector<std::int32_t> result(a.size()), wide(a.size()), vectors(4 * a.size());
  run(R"(
    kernel void k(global const float* a, global const double* d, global int* r, global int* w, global int4* v) {
      size_t i = get_global_id(0);
      r[i] = isfinite(a[i]) | isinf(a[i]) << 1 | isnan(a[i]) << 2 | isnormal(a[i]) << 3 | signbit(a[i]) << 4;
      w[i] = isfinite(d[i]) | isinf(d[i]) << 1 | isnan(d[i]) << 2 | isnormal(d[i]) << 3 | signbit(d[i]) << 4;
      v[i] = isfinite((float4)(a[i])) + isnan((float4)(a[i])) * 2 + signbit((float4)(a[i], as_float(as_uint(a[i]) ^ 0x80000000u), 1, -1)) * 4;
    })",
      over(a.size()), {in(a), in(d), out(result), out(wide), out(vectors)});
  const auto bits = [](auto x) {
    return static_cast<int>(std::isfinite(x)) | std::isinf(x) << 1 | std::isnan(x) << 2 | std::isnormal(x) << 3 |
           std::signbit(x) << 4;
  };
  expect_each(result, [&](auto i) { return bits(a[i]); });
  expect_each(wide, [&](auto i) { return bits(d[i]); });
  expect_each(vectors, [&](auto i) {
    const float x = a[i / 4], signs[] = {x, -x, 1, -1};
    return -(static_cast<int>(std::isfinite(x)) + 2 * std::isnan(x) + 4 * std::signbit(signs[i % 4]));
  });
}

TEST(relational, any_and_all) {
  const auto a = sample<std::int32_t>(4 * 64, 1);
  const auto b = sample<std::int8_t>(16 * 64, 2);
  std::vector<std::int32_t> result(64);
  run(R"(
    kernel void k(global const int4* a, global const char16* b, global int* r) {
      size_t i = get_global_id(0);
      r[i] = any(a[i]) | all(a[i]) << 1 | any(a[i].x) << 2 | all(a[i].yz) << 3 | any(b[i] & b[i].sfedcba9876543210) << 4 |
             all(b[i] | (char16)(-(i & 1))) << 5 | any(a[i].xyz < 5) << 6 | all(a[i].xyz != 0) << 7;
    })",
      over(64), {in(a), in(b), out(result)});
  expect_each(result, [&](auto item) {
    const std::int32_t* const v = &a[4 * item];
    const std::int8_t* const c = &b[16 * item];
    bool both = false, every = true;
    for (int i = 0; i < 16; ++i) {
      both |= (c[i] & c[15 - i]) < 0;
      every &= c[i] < 0 || (item & 1) != 0;
    }
    const auto negative = [&](int i) { return v[i] < 0; };
    return static_cast<int>(negative(0) || negative(1) || negative(2) || negative(3)) |
           (negative(0) && negative(1) && negative(2) && negative(3)) << 1 | negative(0) << 2 |
           (negative(1) && negative(2)) << 3 | both << 4 | every << 5 | (v[0] < 5 || v[1] < 5 || v[2] < 5) << 6 |
           (v[0] != 0 && v[1] != 0 && v[2] != 0) << 7;
  });
}

TEST(relational, bitselect) {
  const auto a = sample<std::uint64_t>(90, 3), b = sample<std::uint64_t>(90, 4), c = sample<std::uint64_t>(90, 5);
  std::vector<std::uint64_t> result(90);
  std::vector<std::uint8_t> bytes(90 * 8);
  std::vector<std::uint32_t> floats(180);
  run(R"(
    kernel void k(global const ulong* a, global const ulong* b, global const ulong* c, global ulong* r, global uchar8* bytes,
                  global uint* floats) {
      size_t i = get_global_id(0);
      r[i] = bitselect(a[i], b[i], c[i]);
      bytes[i] = bitselect(as_uchar8(a[i]), as_uchar8(b[i]), as_uchar8(c[i]));
      uint2 x = as_uint2(a[i]) & 0x3fffffff, y = as_uint2(b[i]) & 0x3fffffff, m = as_uint2(c[i]);
      float2 f = bitselect(as_float2(x), as_float2(y), as_float2(m & 0x3fffffff));
      floats[2 * i] = as_uint(f.x);
      floats[2 * i + 1] = as_uint(bitselect(as_float(x.y), as_float(y.y), as_float(m.y & 0x3fffffff)));
    })",
      over(90), {in(a), in(b), in(c), out(result), out(bytes), out(floats)});
  const auto chosen = [](std::uint64_t x, std::uint64_t y, std::uint64_t m) { return (x & ~m) | (y & m); };
  expect_each(result, [&](auto i) { return chosen(a[i], b[i], c[i]); });
  expect_each(bytes,
              [&](auto i) { return static_cast<std::uint8_t>(chosen(a[i / 8], b[i / 8], c[i / 8]) >> (i % 8 * 8)); });
  expect_each(floats, [&](auto i) {
    constexpr std::uint64_t low = 0x3fffffff3fffffffull;
    return static_cast<std::uint32_t>(chosen(a[i / 2] & low, b[i / 2] & low, c[i / 2] & low) >> (i % 2 * 32));
  });
}

TEST(relational, select_of_every_type) {
  for_each_number_type([](auto zero) {
    using T = decltype(zero);
    using I = std::conditional_t<sizeof(T) == 1, std::int8_t,
                                 std::conditional_t<sizeof(T) == 2, std::int16_t,
                                                    std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>>>;
    SCOPED_TRACE(type_name<T>());
    constexpr std::size_t n = 64;
    const auto a = sample<T>(4 * n, 6), b = sample<T>(4 * n, 7);
    const auto c = sample<I>(4 * n, 8);
    std::vector<T> scalar(4 * n), vectors(4 * n), unsigned_choice(4 * n);
    run(source_text{R"(
      kernel void k(global const T* a, global const T* b, global const I* c, global T* s, global T* v, global T* u) {
        size_t i = get_global_id(0);
        for (int j = 0; j < 4; ++j) s[4 * i + j] = select(a[4 * i + j], b[4 * i + j], c[4 * i + j]);
        vstore4(select(vload4(i, a), vload4(i, b), vload4(i, c)), i, v);
        vstore4(select(vload4(i, a), vload4(i, b), vload4(i, (global const UI*)c)), i, u);
      })",
                    std::string("-D T=") + type_name<T>() + " -D I=" + type_name<I>() +
                        " -D UI=" + type_name<std::make_unsigned_t<I>>()},
        over(n), {in(a), in(b), in(c), out(scalar), out(vectors), out(unsigned_choice)});
    expect_each(scalar, [&](auto i) { return c[i] != 0 ? b[i] : a[i]; });
    expect_each(vectors, [&](auto i) { return c[i] < 0 ? b[i] : a[i]; });
    expect_each(unsigned_choice, [&](auto i) { return c[i] < 0 ? b[i] : a[i]; });
  });
}

} // namespace
} // namespace kernel_suite
