// SPDX-License-Identifier: MIT
// Vector types: literals, components, swizzles, operators, layouts in memory.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

constexpr std::size_t n = 77;

TEST(vectors, every_type_and_width_loads_computes_and_stores) {
  for (const unsigned width : {2u, 4u, 8u, 16u}) {
    std::string text;
    for_each_number_type([&](auto zero) {
      const std::string t = type_name<decltype(zero)>(), v = t + std::to_string(width);
      text += substitute("kernel void k_T(global const V* a, global const V* b, global V* r) {"
                         " size_t i = get_global_id(0); r[i] = a[i] + b[i] * (V)3; }\n",
                         {{"T", t}, {"V", v}, {"k_T", "k_" + t}});
    });
    program_under_test program(text);
    for_each_number_type([&](auto zero) {
      using T = decltype(zero);
      SCOPED_TRACE(std::string(type_name<T>()) + std::to_string(width));
      // Small values: signed overflow is left out.
      std::vector<T> a(n * width), b(n * width), result(n * width);
      for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = static_cast<T>(i % 50);
        b[i] = static_cast<T>(i % 23);
      }
      program.run(over(std::string("k_") + type_name<T>(), n), {in(a), in(b), out(result)});
      expect_each(result, [&](auto i) { return static_cast<T>(a[i] + b[i] * 3); });
    });
  }
}

TEST(vectors, three_components_take_the_room_of_four) {
  const auto a = sample<float>(4 * n, 1);
  std::vector<float> result(4 * n, -5.0f), packed(3 * n, 0.0f);
  run(R"(
    kernel void k(global const float3* a, global float3* r, global float* packed) {
      size_t i = get_global_id(0);
      r[i].xy = a[i].yx;
      r[i].z = a[i].z * 2;
      vstore3(a[i] + (float3)(1, 2, 3), i, packed);
    })",
      over(n), {in(a), out(result), out(packed)});
  expect_each(result, [&](auto i) {
    switch (i % 4) {
    case 0: return a[i + 1];
    case 1: return a[i - 1];
    case 2: return a[i] * 2;
    default: return -5.0f;
    }
  });
  expect_each(packed, [&](auto i) { return a[i / 3 * 4 + i % 3] + static_cast<float>(i % 3 + 1); });
}

TEST(vectors, literals) {
  std::vector<float> result(16 * n);
  run(R"(
    kernel void k(global float16* r) {
      size_t i = get_global_id(0);
      float x = i;
      float2 a = (float2)(x, x + 1);
      float3 b = (float3)(a, x + 2);
      float4 c = (float4)(x + 3);
      float8 d = (float8)(a, b, (float3)(x + 5, a));
      r[i] = (float16)(d, c, a.y, b);
    })",
      over(n), {out(result)});
  expect_each(result, [&](auto index) {
    const float x = static_cast<float>(index / 16);
    const std::vector<float> v{x,     x + 1, x,     x + 1, x + 2, x + 5, x,     x + 1,
                               x + 3, x + 3, x + 3, x + 3, x + 1, x,     x + 1, x + 2};
    return v[index % 16];
  });
}

TEST(vectors, swizzles_read) {
  const auto a = sample<std::int32_t>(16 * n, 2);
  std::vector<std::int32_t> result(16 * n);
  run(R"(
    kernel void k(global const int16* a, global int16* r) {
      size_t i = get_global_id(0);
      int16 v = a[i];
      int4 f = v.s37bF;
      int8 lo = v.lo, odd = v.odd;
      int2 e = f.even;
      r[i] = (int16)(f.wzyx, lo.hi, odd.s0123, e.yx, f.xx);
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto index) {
    const std::int32_t* const v = &a[index / 16 * 16];
    const int from[16] = {15, 11, 7, 3, 4, 5, 6, 7, 1, 3, 5, 7, 11, 3, 3, 3};
    return v[from[index % 16]];
  });
}

TEST(vectors, swizzles_write) {
  const auto a = sample<std::int16_t>(8 * n, 3);
  std::vector<std::int16_t> result(8 * n);
  run(R"(
    kernel void k(global const short8* a, global short8* r) {
      size_t i = get_global_id(0);
      short8 v = 0;
      v.s20 = a[i].s01;
      v.hi.yw = a[i].s67;
      v.odd.lo = (short2)(11, 12);
      v.s4 ^= 99;
      v.even.s3 = v.s2;
      short4 t;
      t.wzyx = a[i].lo;
      v.s46 += t.xy;
      r[i] = v;
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto index) {
    const std::int16_t* const x = &a[index / 8 * 8];
    std::array<std::int16_t, 8> v{};
    v[2] = x[0];
    v[0] = x[1];
    v[5] = x[6];
    v[7] = x[7];
    v[1] = 11;
    v[3] = 12;
    v[4] ^= 99;
    v[6] = v[2];
    v[4] = static_cast<std::int16_t>(v[4] + x[3]);
    v[6] = static_cast<std::int16_t>(v[6] + x[2]);
    return v[index % 8];
  });
}

TEST(vectors, components_through_memory) {
  std::vector<float> data(4 * n, 1.0f), other(8 * n, 2.0f);
  run(R"(
    kernel void k(global float4* a, global float8* b) {
      size_t i = get_global_id(0);
      a[i].y = i;
      a[i].zw += (float2)(i, -1.0f);
      b[i].s7 = a[i].y;
      b[i].lo.odd *= 3;
      ((global float*)(a + i))[0] = 7;
    })",
      over(n), {out(data), out(other)});
  expect_each(data, [](auto i) {
    const float x = static_cast<float>(i / 4);
    const float v[4] = {7, x, 1 + x, 0};
    return v[i % 4];
  });
  expect_each(other, [](auto i) {
    const float v[8] = {2, 6, 2, 6, 2, 2, 2, static_cast<float>(i / 8)};
    return v[i % 8];
  });
}

TEST(vectors, comparisons_give_all_bits) {
  const auto a = sample<float>(4 * n, 4);
  auto b = sample<float>(4 * n, 5);
  for (std::size_t i = 0; i < b.size(); i += 3)
    b[i] = a[i];
  std::vector<std::int32_t> result(4 * n);
  std::vector<std::int64_t> wide_result(2 * n);
  std::vector<std::int8_t> narrow_result(2 * n);
  run(R"(
    kernel void k(global const float4* a, global const float4* b, global int4* r, global long2* w, global char2* c) {
      size_t i = get_global_id(0);
      r[i] = (a[i] < b[i]) | ((a[i] == b[i]) & 2) | (!(a[i] >= b[i]) & 4);
      w[i] = convert_double2(a[i].xy) > convert_double2(b[i].xy) || (long2)(0, i & 1);
      c[i] = (convert_char2_sat(a[i].zw) != (char2)(5)) && (char2)(i & 1, 1);
    })",
      over(n), {in(a), in(b), out(result), out(wide_result), out(narrow_result)});
  expect_each(result,
              [&](auto i) { return (a[i] < b[i] ? -1 : 0) | (a[i] == b[i] ? 2 : 0) | (!(a[i] >= b[i]) ? 4 : 0); });
  expect_each(wide_result, [&](auto i) {
    const std::size_t item = i / 2, from = item * 4 + i % 2;
    return a[from] > b[from] || (i % 2 == 1 && item % 2 == 1) ? -1 : 0;
  });
  expect_each(narrow_result, [&](auto i) {
    const std::size_t item = i / 2, from = item * 4 + 2 + i % 2;
    const float saturated = std::trunc(std::min(127.0f, std::max(-128.0f, a[from])));
    return saturated != 5 && (i % 2 == 1 || item % 2 == 1) ? -1 : 0;
  });
}

TEST(vectors, ternary_chooses_by_the_top_bit) {
  const auto a = sample<std::int32_t>(4 * n, 6), b = sample<std::int32_t>(4 * n, 7), c = sample<std::int32_t>(4 * n, 8);
  std::vector<std::int32_t> result(4 * n);
  run(R"(
    kernel void k(global const int4* a, global const int4* b, global const int4* c, global int4* r) {
      size_t i = get_global_id(0);
      r[i] = c[i] ? a[i] : b[i];
    })",
      over(n), {in(a), in(b), in(c), out(result)});
  expect_each(result, [&](auto i) { return c[i] < 0 ? a[i] : b[i]; });
}

TEST(vectors, scalar_operand_widens) {
  const auto a = sample<float>(4 * n, 9);
  std::vector<float> result(4 * n);
  std::vector<std::uint8_t> bytes(16 * n);
  run(R"(
    kernel void k(global const float4* a, global float4* r, global uchar16* bytes) {
      size_t i = get_global_id(0);
      float4 v = a[i];
      v += 0.5f;
      v = 2 * v - a[i].x;
      v.xw *= 4;
      r[i] = -v;
      uchar16 b = (uchar)i;
      b += (uchar16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      b++;
      bytes[i] = b & (uchar)0x3f;
    })",
      over(n), {in(a), out(result), out(bytes)});
  expect_each(result, [&](auto i) {
    const float v = 2 * (a[i] + 0.5f) - a[i / 4 * 4];
    return -(i % 4 == 0 || i % 4 == 3 ? v * 4 : v);
  });
  expect_each(bytes, [](auto i) { return static_cast<std::uint8_t>((i / 16 + i % 16 + 1) & 0x3f); });
}

TEST(vectors, passed_to_and_from_functions) {
  const auto a = sample<float>(4 * n, 10);
  std::vector<float> result(4 * n);
  run(R"(
    float4 rotate_once(float4 v) { return v.yzwx; }
    void accumulate(float4* sum, float2 v) { sum->xy += v; (*sum).zw -= v; }
    kernel void k(global const float4* a, global float4* r) {
      size_t i = get_global_id(0);
      float4 v = rotate_once(rotate_once(a[i]));
      accumulate(&v, a[i].xz);
      r[i] = v;
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    const float* const v = &a[i / 4 * 4];
    const float expected[4] = {v[2] + v[0], v[3] + v[2], v[0] - v[0], v[1] - v[2]};
    return expected[i % 4];
  });
}

TEST(vectors, given_by_value) {
  std::vector<float> result(8);
  const std::array<float, 4> four{1, 2, 3, 4};
  const std::array<float, 4> three{5, 6, 7, 0};
  const std::array<std::uint8_t, 2> two{200, 100};
  run(R"(
    kernel void k(float4 a, float3 b, uchar2 c, global float* r, double d, char e) {
      r[0] = a.x + a.w; r[1] = a.y - a.z; r[2] = b.x; r[3] = b.y; r[4] = b.z; r[5] = c.x + c.y; r[6] = d; r[7] = e;
    })",
      over(1), {value(four), value(three), value(two), out(result), value(2.5), value(std::int8_t{-9})});
  expect_equal(result, {5, -1, 5, 6, 7, 300, 2.5, -9});
}

TEST(vectors, arrays_of_vectors_indexed_by_work_items) {
  std::vector<std::int32_t> result(n);
  run(R"(
    kernel void k(global int* r) {
      int i = get_global_id(0);
      int4 table[5];
      for (int j = 0; j < 5; ++j) table[j] = (int4)(j, j * 10, j * 100, i);
      int4 t = table[i % 5];
      table[(i + 1) % 5].z = -1;
      r[i] = t.x + t.y + t.z + t.w + table[(i + 1) % 5].z;
    })",
      over(n), {out(result)});
  expect_each(result, [](auto i) { return static_cast<int>(i % 5 * 111 + i) - 1; });
}

TEST(vectors, dynamic_component_through_pointer) {
  std::vector<std::int32_t> result(n);
  run(R"(
    kernel void k(global int* r) {
      int i = get_global_id(0);
      int8 v = (int8)(1, 2, 4, 8, 16, 32, 64, 128);
      int* p = (int*)&v;
      p[i % 8] += 1000;
      r[i] = p[(i + 3) % 8] + v.s2 + v[i % 8];
    })",
      over(n), {out(result)});
  expect_each(result, [](auto i) {
    int v[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    v[i % 8] += 1000;
    return v[(i + 3) % 8] + v[2] + v[i % 8];
  });
}

} // namespace
} // namespace kernel_suite
