// SPDX-License-Identifier: MIT
// Nothing may happen for a work-item that is switched off: no trap, no load, no store. Buffers end at a page that
// cannot be touched.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

const std::vector<std::size_t> sizes{1, 3, 15, 16, 17, 31, 100, 1024, 1027};

TEST(masked_lanes, integer_division_by_zero) {
  for_each_integer_type([](auto zero) {
    using T = decltype(zero);
    SCOPED_TRACE(type_name<T>());
    constexpr std::size_t n = 203;
    const auto a = sample<T>(n, 1);
    auto b = sample<T>(n, 2);
    for (std::size_t i = 0; i < n; i += 3)
      b[i] = 0;
    std::vector<T> result(n, T(7));
    run(source_text{R"(
      kernel void k(global const T* a, global const T* b, global T* r) {
        size_t i = get_global_id(0);
        T x = a[i], y = b[i];
        if (y != 0 && y != (T)-1) r[i] = x / y + x % y;
        else if (y == 0) r[i] = 1;
      })",
                    std::string("-D T=") + type_name<T>()},
        over(n), {in(a), in(b), out(result)});
    expect_each(result, [&](auto i) {
      if (b[i] == 0) return T(1);
      return b[i] == static_cast<T>(-1) ? T(7) : static_cast<T>(a[i] / b[i] + a[i] % b[i]);
    });
  });
}

TEST(masked_lanes, division_traps_are_harmless_even_in_active_items) {
  // The value is undefined; that the process lives is not.
  const std::vector<std::int32_t> a{5, INT32_MIN, 0, INT32_MIN}, b{0, -1, 0, 0};
  const std::vector<std::int64_t> wide_a{INT64_MIN, 1}, wide_b{-1, 0};
  std::vector<std::int32_t> result(4, 0), after(4, 0);
  if (pocl_compiles()) GTEST_SKIP() << "x86 traps there";
  run(R"(
    kernel void k(global const int* a, global const int* b, global const long* la, global const long* lb, global int* r,
                  global int* after) {
      size_t i = get_global_id(0);
      r[i] = a[i] / b[i] + a[i] % b[i] + (int)(la[i & 1] / lb[i & 1]) + (int)(la[i & 1] % lb[i & 1]);
      r[i] += (char)a[i] / (char)b[i] + ((int4)(a[i]) / (int4)(b[i])).x + (uint)a[i] / (uint)b[i];
      after[i] = 42;
    })",
      over(4), {in(a), in(b), in(wide_a), in(wide_b), out(result), out(after)});
  expect_each(after, [](auto) { return 42; });
}

TEST(masked_lanes, overflowing_division) {
  const std::vector<std::int32_t> a{INT32_MIN, 9, INT32_MIN, -7}, b{-1, -1, 2, 3};
  std::vector<std::int32_t> result(4, 5);
  run(R"(
    kernel void k(global const int* a, global const int* b, global int* r) {
      size_t i = get_global_id(0);
      if (!(a[i] == INT_MIN && b[i] == -1)) r[i] = (int)((uint)(a[i] / b[i]) * 8u) + a[i] % b[i];
    })",
      over(4), {in(a), in(b), out(result)});
  expect_equal(result, {5, -72, 0, -17});
}

TEST(masked_lanes, guard_at_the_end_of_the_buffer) {
  program_under_test program(R"(
    kernel void k(global const float* a, global float* r, uint n) {
      size_t i = get_global_id(0);
      if (i >= n) return;
      r[i] = a[i] * 2 + a[n - 1 - i];
    }
    kernel void nested(global const float* a, global float* r, uint n) {
      size_t i = get_global_id(0);
      if (i < n) r[i] = a[i] * 2 + a[n - 1 - i];
    })");
  for (const std::size_t n : sizes) {
    for (const char* const kernel : {"k", "nested"}) {
      SCOPED_TRACE(std::string(kernel) + " of " + std::to_string(n));
      const auto a = sample<float>(n, 3);
      std::vector<float> result(n);
      program.run(over(kernel, (n + 63) / 64 * 64),
                  {guarded_in(a), guarded_out(result), value(static_cast<std::uint32_t>(n))});
      expect_each(result, [&](auto i) { return a[i] * 2 + a[n - 1 - i]; });
    }
  }
}

TEST(masked_lanes, exact_buffers_without_a_guard) {
  for_each_number_type([](auto zero) {
    using T = decltype(zero);
    program_under_test program(
        source_text{"kernel void k(global const T* a, global T* r) { size_t i = get_global_id(0); r[i] = a[i]; }",
                    std::string("-D T=") + type_name<T>()});
    for (const std::size_t n : sizes) {
      SCOPED_TRACE(std::string(type_name<T>()) + " of " + std::to_string(n));
      const auto a = sample<T>(n, n);
      std::vector<T> result(n);
      program.run(over(n), {guarded_in(a), guarded_out(result)});
      expect_equal(result, a);
    }
  });
}

TEST(masked_lanes, vectors_at_the_end_of_the_buffer) {
  for (const std::size_t width : {2u, 3u, 4u, 8u, 16u}) {
    const std::string w = std::to_string(width);
    program_under_test program(source_text{R"(
      kernel void k(global const float* a, global float* r, int n) {
        int i = get_global_id(0);
        if (i < n) STORE(LOAD(i, a) + 1.0f, i, r);
      })",
                                           "-D LOAD=vload" + w + " -D STORE=vstore" + w});
    for (const std::size_t n : sizes) {
      SCOPED_TRACE(w + " components, " + std::to_string(n) + " items");
      const auto a = sample<float>(width * n, 4);
      std::vector<float> result(width * n);
      program.run(over((n + 15) / 16 * 16), {guarded_in(a), guarded_out(result), value(static_cast<std::int32_t>(n))});
      expect_each(result, [&](auto i) { return a[i] + 1.0f; });
    }
  }
}

TEST(masked_lanes, components_of_vectors_at_the_end) {
  program_under_test program(R"(
    kernel void k(global const float4* a, global const float3* b, global float* r) {
      int i = get_global_id(0);
      r[i] = a[i].x + a[i].w * 2 + b[i].z;
    })");
  for (const std::size_t n : sizes) {
    SCOPED_TRACE(n);
    const auto a = sample<float>(4 * n, 5), b = sample<float>(4 * n, 6);
    std::vector<float> result(n);
    program.run(over(n), {guarded_in(a), guarded_in(b), guarded_out(result)});
    expect_each(result, [&](auto i) { return a[4 * i] + a[4 * i + 3] * 2 + b[4 * i + 2]; });
  }
}

TEST(masked_lanes, strided_accesses_at_the_end) {
  program_under_test program(R"(
    kernel void k(global const int* a, global int* r) {
      int i = get_global_id(0), n = get_global_size(0);
      r[3 * i] = a[2 * i];
      r[3 * i + 2] = a[2 * (n - 1 - i)];
    })");
  for (const std::size_t n : sizes) {
    SCOPED_TRACE(n);
    const auto a = sample<std::int32_t>(2 * n - 1, 7);
    std::vector<std::int32_t> result(3 * n, 9);
    program.run(over(n), {guarded_in(a), guarded_out(result)});
    expect_each(result, [&](auto i) { return i % 3 == 0 ? a[i / 3 * 2] : i % 3 == 1 ? 9 : a[2 * (n - 1 - i / 3)]; });
  }
}

TEST(masked_lanes, stencil_guards_its_edges) {
  program_under_test program(R"(
    kernel void k(global const float* a, global float* r, int w, int h) {
      int x = get_global_id(0), y = get_global_id(1);
      if (x >= w || y >= h) return;
      float s = a[y * w + x];
      if (x > 0) s += a[y * w + x - 1];
      if (x < w - 1) s += a[y * w + x + 1];
      s += y > 0 ? a[(y - 1) * w + x] : 0;
      s += y + 1 < h ? a[(y + 1) * w + x] : 0;
      r[y * w + x] = s;
    })");
  for (const auto& [w, h] : std::vector<std::pair<int, int>>{{1, 1}, {7, 3}, {33, 17}, {64, 2}}) {
    SCOPED_TRACE(std::to_string(w) + "x" + std::to_string(h));
    const auto a = sample<float>(static_cast<std::size_t>(w * h), 8);
    std::vector<float> result(a.size());
    program.run({.global = {static_cast<std::size_t>((w + 7) / 8 * 8), static_cast<std::size_t>((h + 3) / 4 * 4)},
                 .local = {8, 4}},
                {guarded_in(a), guarded_out(result), value(w), value(h)});
    const auto at = [&, width = w, height = h](int x, int y) {
      return x < 0 || y < 0 || x >= width || y >= height ? 0.0f : a[static_cast<std::size_t>(y * width + x)];
    };
    expect_each(result, [&, width = w](auto i) {
      const int x = static_cast<int>(i) % width, y = static_cast<int>(i) / width;
      return at(x, y) + at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
    });
  }
}

TEST(masked_lanes, wild_indices_behind_conditions) {
  std::vector<std::int32_t> index(200);
  for (std::size_t i = 0; i < index.size(); ++i) {
    index[i] = i % 3 == 0 ? static_cast<std::int32_t>(i * 5 % 64) : i % 3 == 1 ? 2000000000 : -2000000000;
  }
  const auto a = sample<std::int32_t>(64, 9);
  std::vector<std::int32_t> result(200, 3), scattered(64, -1);
  run(R"(
    int guarded(global const int* a, int i) { return i >= 0 && i < 64 ? a[i] : -1; }
    kernel void k(global const int* a, global const int* index, global int* r, global int* scattered) {
      int i = get_global_id(0), j = index[i];
      if ((uint)j < 64u) { r[i] = a[j]; scattered[j] = j; }
      r[i] += guarded(a, j) & 15;
      int sum = 0;
      for (int m = j; m >= 0 && m < 64; m += 21) sum += a[m] & 7;
      r[i] += sum;
    })",
      over(200), {guarded_in(a), guarded_in(index), guarded_out(result), guarded_out(scattered)});
  expect_each(result, [&](auto i) {
    const std::int32_t j = index[i];
    const bool inside = j >= 0 && j < 64;
    std::uint32_t x = static_cast<std::uint32_t>(inside ? a[j] : 3);
    x += (inside ? a[j] : -1) & 15;
    if (inside) {
      for (int m = j; m < 64; m += 21)
        x += a[m] & 7;
    }
    return static_cast<std::int32_t>(x);
  });
}

TEST(masked_lanes, pointer_chasing_stops_at_null) {
  // next[i] is an index, -1 ends the list.
  constexpr int n = 97;
  std::vector<std::int32_t> next(n), result(n);
  for (int i = 0; i < n; ++i)
    next[i] = i % 11 == 0 ? -1 : (i * 3 + 1) % n;
  run(R"(
    kernel void k(global const int* next, global int* r) {
      int at = get_global_id(0), steps = 0;
      while (at >= 0 && steps < 200) { at = next[at]; ++steps; }
      r[get_global_id(0)] = steps;
    })",
      over(n), {guarded_in(next), guarded_out(result)});
  expect_each(result, [&](auto i) {
    int at = static_cast<int>(i), steps = 0;
    while (at >= 0 && steps < 200) {
      at = next[at];
      ++steps;
    }
    return steps;
  });
}

TEST(masked_lanes, short_circuit_guards_a_load) {
  constexpr int n = 50;
  const auto a = sample<std::int32_t>(n, 10);
  std::vector<std::int32_t> result(128);
  run(R"(
    kernel void k(global const int* a, global int* r, int n) {
      int i = get_global_id(0);
      int found = i < n && a[i] > 0;
      found += i >= n || a[i] % 2 == 0 ? 10 : 20;
      r[i] = found;
    })",
      over(128), {guarded_in(a), guarded_out(result), value(n)});
  expect_each(result, [&](auto index) {
    const int i = static_cast<int>(index);
    return static_cast<int>(i < n && a[index] > 0) + (i >= n || a[index] % 2 == 0 ? 10 : 20);
  });
}

TEST(masked_lanes, uniform_address_in_a_branch_that_no_item_takes) {
  const std::vector<std::int32_t> a{4};
  std::vector<std::int32_t> result(100);
  run(R"(
    kernel void k(global const int* a, global int* r, int far) {
      int i = get_global_id(0);
      int x = 1;
      if (i > 1000) x = a[far];
      if (far < 0) x = a[far * 1000];
      for (int j = 0; j < i - 100; ++j) x += a[far + j];
      r[i] = x;
    })",
      over(100), {guarded_in(a), guarded_out(result), value(std::int32_t{50000000})});
  expect_each(result, [](auto) { return 1; });
}

TEST(masked_lanes, atomics_of_switched_off_items) {
  std::vector<std::int32_t> c(4);
  run(R"(
    kernel void k(global int* c) {
      int i = get_global_id(0);
      int at = i % 5 == 0 ? i / 5 : 1000000000;
      if (at < 4) atomic_add(c + at, i + 1);
    })",
      over(64), {guarded_out(c)});
  expect_equal(c, {1, 6, 11, 16});
}

TEST(masked_lanes, narrow_types_at_the_end) {
  program_under_test program(R"(
    kernel void k(global const uchar* a, global const half* h, global const short* s, global uchar* ra, global half* rh,
                  global short* rs, int n) {
      int i = get_global_id(0);
      if (i < n) { ra[i] = a[i] ^ 1; vstore_half(vload_half(i, h) * 2, i, rh); rs[i] = -s[i]; }
    })");
  for (const std::size_t n : sizes) {
    SCOPED_TRACE(n);
    const auto a = sample<std::uint8_t>(n, 11);
    std::vector<std::uint16_t> h(n, 0x3c00), rh(n);
    std::vector<std::int16_t> s(n, 12), rs(n);
    std::vector<std::uint8_t> ra(n);
    program.run(over((n + 31) / 32 * 32), {guarded_in(a), guarded_in(h), guarded_in(s), guarded_out(ra),
                                           guarded_out(rh), guarded_out(rs), value(static_cast<std::int32_t>(n))});
    expect_each(ra, [&](auto i) { return a[i] ^ 1; });
    expect_each(rh, [](auto) { return 0x4000; });
    expect_each(rs, [](auto) { return -12; });
  }
}

} // namespace
} // namespace kernel_suite
