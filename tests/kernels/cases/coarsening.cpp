// SPDX-License-Identifier: MIT
// Kernels of which a GPU's thread may run several work-items at once, over ranges that do not divide evenly. On other
// devices, and where the range is too short for that, they are as good as any.
#include "fake_cuda/control.hpp"
#include "harness/suite.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <optional>

namespace kernel_suite {
namespace {

constexpr std::size_t lengths[] = {1, 63, 64, 1023, 1024, 1025, 4096 + 17};

TEST(coarsening, streams) {
  program_under_test program(R"(
    kernel void copy(global const float* restrict a, global float* restrict c) {
      size_t i = get_global_id(0); c[i] = a[i]; }
    kernel void add(global const float* a, global const float* b, global float* c) {
      int i = get_global_id(0); c[i] = a[i] + b[i]; }
    kernel void in_place(float s, global const float* a, global float* c) {
      uint i = get_global_id(0); c[i] = s * a[i] + c[i]; }
    kernel void bytes(global const uchar* a, global uchar* c) {
      uint i = get_global_id(0); c[i] = a[i] ^ 0x5a; }
    kernel void numbers(global ulong* c) {
      c[get_global_id(0)] = get_global_id(0) * 3 + get_global_size(0) + get_global_offset(0); })");
  for (const std::size_t n : lengths) {
    const auto a = sample<float>(n), b = sample<float>(n, 2);
    auto c = zeros<float>(n);
    program.run(over("copy", n), {guarded_in(a), guarded_out(c)});
    expect_equal(c, a);
    program.run(over("add", n), {guarded_in(a), guarded_in(b), guarded_out(c)});
    expect_each(c, [&](auto i) { return a[i] + b[i]; });
    c = b;
    program.run(over("in_place", n), {value(0.5f), guarded_in(a), guarded_out(c)});
    expect_each(c, [&](auto i) { return 0.5f * a[i] + b[i]; });
    const auto bytes = sample<std::uint8_t>(n);
    auto flipped = zeros<std::uint8_t>(n);
    program.run(over("bytes", n), {guarded_in(bytes), guarded_out(flipped)});
    expect_each(flipped, [&](auto i) { return bytes[i] ^ 0x5a; });
    auto numbers = zeros<std::uint64_t>(n);
    program.run(over("numbers", n), {guarded_out(numbers)});
    expect_each(numbers, [&](auto i) { return i * 3 + n; });
  }
}

TEST(coarsening, offsets) {
  program_under_test program("kernel void k(global const int* a, global int* c) {\n"
                             "  size_t i = get_global_id(0); c[i] = a[i] + (int)get_global_offset(0); }");
  for (const std::size_t n : lengths) {
    const auto a = sample<std::int32_t>(n + 5);
    auto c = zeros<std::int32_t>(n + 5);
    program.run({.global = {n}, .offset = {5}}, {in(a), out(c)});
    expect_each(c,
                [&](auto i) { return i < 5 ? 0 : static_cast<std::int32_t>(static_cast<std::uint32_t>(a[i]) + 5u); });
  }
}

TEST(coarsening, starts_that_no_vector_may_have) {
  program_under_test program("kernel void k(global const uchar* from, global uchar* to, int f, int t) {\n"
                             "  global const float* a = (global const float*)(from + f);\n"
                             "  global float* c = (global float*)(to + t);\n"
                             "  c[get_global_id(0)] = a[get_global_id(0)]; }");
  constexpr std::size_t n = 1030;
  const auto a = sample<float>(n + 4);
  for (const std::int32_t from : {0, 1, 2, 3})
    for (const std::int32_t to : {0, 1, 3}) {
      auto c = zeros<float>(n + 4);
      program.run(over(n), {in(a), out(c), value(from * 4), value(to * 4)});
      expect_each(c, [&](auto i) {
        const auto at = static_cast<std::size_t>(to);
        return i < at || i >= at + n ? 0.0f : a[i - at + static_cast<std::size_t>(from)];
      });
    }
}

TEST(coarsening, ends_that_the_source_guards) {
  program_under_test program(R"(
    kernel void returns(global const float* a, global float* c, int n) {
      int i = get_global_id(0); if (i >= n) return; float x = a[i]; if (x < 0) x = -x; c[i] = x; }
    kernel void holds(global const float* a, global float* c, int n) {
      int i = get_global_id(0); if (i < n) { float x = a[i]; c[i] = x < 0 ? -x : x; } }
    kernel void window(global const float* a, global float* c, int n) {
      int i = get_global_id(0); if (i < 7) return; if (i >= n) return; c[i] = fabs(a[i]); })");
  constexpr std::size_t range = 2048;
  const auto a = sample<float>(range);
  for (const std::int32_t n : {0, 1, 1000, 1024, 1999, 2048})
    for (const char* const kernel : {"returns", "holds", "window"}) {
      auto c = filled<float>(range, -1);
      program.run(over(kernel, range), {in(a), out(c), value(n)});
      const std::size_t first = kernel == std::string("window") ? 7 : 0;
      expect_each(c, [&](auto i) { return i >= first && i < static_cast<std::size_t>(n) ? std::fabs(a[i]) : -1.0f; });
    }
}

TEST(coarsening, sides_of_conditions) {
  program_under_test program(R"(
    kernel void k(global const int* a, global int* c, int n) {
      int i = get_global_id(0), r = 5;
      if (n > 100) r += n;
      if (i % 3 == 0) { r += a[i]; if (i % 2 == 0) r *= 3; else c[i + n] = r; }
      else if (i % 3 == 1) { int t = a[i] ^ 77; c[i + n] = t; r -= t; }
      c[i] = r;
    })");
  for (const std::size_t n : lengths) {
    const auto a = sample<std::int32_t>(n);
    auto c = zeros<std::int32_t>(2 * n);
    program.run(over(n), {in(a), out(c), value(static_cast<std::int32_t>(n))});
    auto expected = zeros<std::int32_t>(2 * n);
    for (std::size_t i = 0; i < n; ++i) {
      std::int32_t r = 5 + (n > 100 ? static_cast<std::int32_t>(n) : 0);
      if (i % 3 == 0) {
        r += a[i];
        if (i % 2 == 0)
          r *= 3;
        else
          expected[i + n] = r;
      } else if (i % 3 == 1) {
        const std::int32_t t = a[i] ^ 77;
        expected[i + n] = t;
        r -= t;
      }
      expected[i] = r;
    }
    expect_equal(c, expected);
  }
}

TEST(coarsening, a_stencil_of_two_dimensions) {
  program_under_test program(R"(
    kernel void k(int w, int h, global const float* from, global float* to) {
      int x = get_global_id(0), y = get_global_id(1), i = y * w + x;
      if (x == 0 || y == 0 || x == w - 1 || y == h - 1) to[i] = from[i];
      else to[i] = from[i - 1] + from[i + 1] + from[i - w] + from[i + w];
    })");
  for (const auto& [w, h] : {std::pair{1, 1}, {129, 3}, {256, 16}, {515, 9}, {40, 70}}) {
    const auto from = sample<float>(static_cast<std::size_t>(w) * h);
    auto to = zeros<float>(from.size());
    program.run({.global = {std::size_t(w), std::size_t(h)}}, {value(w), value(h), guarded_in(from), guarded_out(to)});
    expect_each(to, [&, w = w, h = h](auto at) {
      const int i = static_cast<int>(at), x = i % w, y = i / w;
      return x == 0 || y == 0 || x == w - 1 || y == h - 1 ? from[at]
                                                          : from[i - 1] + from[i + 1] + from[i - w] + from[i + w];
    });
  }
}

TEST(coarsening, dimensions_that_the_kernel_does_not_ask_for) {
  program_under_test program("kernel void k(global const int* a, global int* c) {\n"
                             "  c[get_global_id(0)] = a[get_global_id(0)] + 1; }");
  const auto a = iota<std::int32_t>(777);
  for (const auto& global : {std::vector<std::size_t>{777, 3}, {777, 2, 5}, {777, 1, 70}}) {
    auto c = zeros<std::int32_t>(777);
    program.run({.global = global}, {guarded_in(a), guarded_out(c)});
    expect_each(c, [&](auto i) { return a[i] + 1; });
  }
}

TEST(coarsening, work_groups_are_what_was_asked_for) {
  program_under_test program(R"(
    kernel void k(global const uint* a, global uint* c) {
      size_t i = get_group_id(0) * get_local_size(0) + get_local_id(0);
      c[i] = a[i] + 1000 * get_group_id(0) + 10 * get_local_id(0) + get_num_groups(0);
    })");
  for (const std::size_t local : {1, 8, 32, 100})
    for (const std::size_t groups : {1, 2, 3, 4, 7, 33}) {
      const auto a = iota<std::uint32_t>(local * groups);
      auto c = zeros<std::uint32_t>(local * groups);
      program.run(over(local * groups, local), {guarded_in(a), guarded_out(c)});
      expect_each(c, [&](auto i) { return a[i] + 1000 * (i / local) + 10 * (i % local) + groups; });
    }
}

TEST(coarsening, vectors_and_structs) {
  program_under_test program(R"(
    typedef struct { short tag; uchar parts[3]; } record;
    kernel void k(global const float2* a, global float3* b, global record* r) {
      int i = get_global_id(0);
      b[i] = (float3)(a[i], i);
      record one = r[i];
      one.tag += i;
      one.parts[1] = 9;
      r[i] = one;
    })");
  constexpr std::size_t n = 1111;
  const auto a = sample<float>(2 * n);
  std::vector<float> b(4 * n);
  std::vector<std::array<std::int16_t, 3>> r(n, {1, 0x0201, 3});
  program.run(over(n), {in(a), out(b), out(r)});
  // What is in the fourth place of a vector of three is the implementation's business.
  expect_each(b, [&](auto i) {
    return i % 4 < 2 ? a[i / 4 * 2 + i % 4] : i % 4 == 2 ? static_cast<float>(i / 4) : b[i];
  });
  for (std::size_t i = 0; i < n; ++i) {
    ASSERT_EQ(r[i][0], static_cast<std::int16_t>(1 + i));
    ASSERT_EQ(r[i][1], 0x0901) << i;
  }
}

/// Blocks that the fake GPU ran so far; nothing on other devices.
std::optional<std::uint64_t> fake_blocks() {
  const char* const path = std::getenv("DOTCOMPUTE_LIBCUDA");
  void* const library = path && current_runner().name() == "cuda:0" ? dlopen(path, RTLD_LAZY | RTLD_NOLOAD) : nullptr;
  auto* const counts =
      library ? reinterpret_cast<decltype(&fakeCudaCounts)>(dlsym(library, "fakeCudaCounts")) : nullptr;
  if (!counts) return {};
  fakeCudaCount c{};
  counts(&c);
  dlclose(library);
  return c.blocks;
}

TEST(coarsening, blocks_take_several_groups) {
  const auto blocks_of = [](const std::string& body) -> std::optional<std::uint64_t> {
    program_under_test program("kernel void k(global const float* a, global float* c) {\n"
                               "  int i = get_global_id(0), g = get_group_id(0); " +
                               body + " }");
    const auto a = sample<float>(1 << 18);
    auto c = zeros<float>(a.size());
    const auto before = fake_blocks();
    program.run(over(a.size(), 64), {in(a), out(c)});
    expect_equal(c, a);
    const auto after = fake_blocks();
    if (!before || !after) return {};
    return *after - *before;
  };
  const auto plain = blocks_of("for (int n = 0; n < 1 + g - g; ++n) c[i] = a[i];");
  if (!plain) GTEST_SKIP() << "only the fake GPU says how many blocks it ran";
  EXPECT_EQ(*plain, 4096u);
  EXPECT_EQ(blocks_of("c[i] = a[i] + (g - g);"), 1024u);
  EXPECT_EQ(blocks_of("c[i] = a[i] + 0 * a[i + g - g] + 0 * c[i];"), 2048u) << "8 bytes a work-item";
}

} // namespace
} // namespace kernel_suite
