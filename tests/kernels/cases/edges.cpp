// SPDX-License-Identifier: MIT
// Conditions that hold at the edges of a range, where only one pack in many finds its lanes of two minds, and loads and
// stores that walk along a range far larger than the caches.
#include "harness/suite.hpp"

#include <unistd.h>

namespace kernel_suite {
namespace {

struct edge_case {
  const char* condition;
  bool (*holds)(std::int32_t x, std::int32_t k, std::uint32_t u);
};

#define EDGE(...)                                                                                                      \
  edge_case {                                                                                                          \
#__VA_ARGS__, [](std::int32_t x, std::int32_t k, std::uint32_t u) -> bool {                                        \
      static_cast<void>(x), static_cast<void>(k), static_cast<void>(u);                                                                      \
      return __VA_ARGS__;                                                                                              \
    }   \
  }

const edge_case edge_cases[] = {
    EDGE(x == k),
    EDGE(x != k),
    EDGE(k == x),
    EDGE(x < k),
    EDGE(x <= k),
    EDGE(k < x),
    EDGE(k <= x),
    EDGE(!(x < k)),
    EDGE(x == 0 || x == k),
    EDGE(x > 2 && x < k),
    EDGE(x > 2 && x != k),
    EDGE(!(x == 0 || x == k - 1)),
    EDGE((x == k) != (x == k + 3)),
    EDGE(k > 20 || x == 3),
    EDGE(k > 20 && x == 3),
    EDGE(u + 7 < 20u),
    EDGE(u - 9 < 5u),
    EDGE(u - 40 >= 30u),
    EDGE(u * 2 == 34u),
    EDGE(u * 3 < 60u),
    EDGE(60u <= u * 3),
    EDGE(k - x > 4),
    EDGE(-x < -k),
    EDGE(2 * x == k),
    EDGE(x + 2147483600u < 2147483640u),
};

/// Both sides write, so that they are worth a branch.
std::string edge_kernel(const std::string& condition, const std::string& rest) {
  return R"(
    kernel void k(int k, global const int* a, global int* r) {
      const int x = get_global_id(0);
      const uint u = x;
      if ()" +
         condition + ") " + rest + "}";
}

TEST(edges, both_sides_store) {
  constexpr std::size_t count = 101;
  const auto a = sample<std::int32_t>(count, 31);
  for (const edge_case& c : edge_cases) {
    program_under_test program(edge_kernel(c.condition, "r[x] = a[x] + 1; else r[x] = a[x] * 3;"));
    for (const int k : {-1, 0, 1, 15, 16, 17, 31, 50, 99, 100, 101, 1000}) {
      SCOPED_TRACE(std::string(c.condition) + " with k = " + std::to_string(k));
      std::vector<std::int32_t> result(count, -7);
      program.run(over(count), {value(k), guarded_in(a), guarded_out(result)});
      expect_each(result, [&](auto i) {
        const auto item = static_cast<std::int32_t>(i);
        return c.holds(item, k, static_cast<std::uint32_t>(item)) ? a[i] + 1 : a[i] * 3;
      });
    }
  }
}

TEST(edges, some_return) {
  constexpr std::size_t count = 101;
  const auto a = sample<std::int32_t>(count, 32);
  for (const edge_case& c : edge_cases) {
    program_under_test program(edge_kernel(c.condition, "return; r[x] = a[x];"));
    for (const int k : {-1, 0, 1, 16, 31, 50, 100, 1000}) {
      SCOPED_TRACE(std::string(c.condition) + " with k = " + std::to_string(k));
      std::vector<std::int32_t> result(count, -7);
      program.run(over(count), {value(k), guarded_in(a), guarded_out(result)});
      expect_each(result, [&](auto i) {
        const auto item = static_cast<std::int32_t>(i);
        return c.holds(item, k, static_cast<std::uint32_t>(item)) ? -7 : a[i];
      });
    }
  }
}

TEST(edges, some_return_after_others_have_stored) {
  // Nothing may happen twice: what is stored at the first address says where the second store goes.
  constexpr std::size_t count = 53;
  const auto a = sample<std::int32_t>(count, 35);
  std::vector<std::int32_t> result(2 * count, 1);
  run(R"(
    kernel void k(global const int* a, global int* r, int k) {
      global int* mine = r + 2 * get_global_id(0);
      if (k == 5) {
        if (a[get_global_id(0)] < 0) return;
        mine[mine[1]] = 0;
      }
      mine[0] += 4;
    })",
      over(count), {guarded_in(a), guarded_out(result), value(std::int32_t{5})});
  expect_each(result, [&](auto i) { return a[i / 2] < 0 ? 1 : i % 2 == 0 ? 5 : 0; });
}

TEST(edges, border_of_a_plane) {
  constexpr int width = 53, height = 7;
  const auto a = sample<std::int32_t>(width * height, 33);
  std::vector<std::int32_t> result(width * height, -1);
  run(R"(
    kernel void k(int width, int height, global const int* a, global int* r) {
      const int x = get_global_id(0), y = get_global_id(1), i = y * width + x;
      if (x == 0 || y == 0 || x == width - 1 || y == height - 1) r[i] = a[i];
      else r[i] = a[i - 1] + a[i + 1] - a[i - width] + 3 * a[i + width];
    })",
      {.global = {width, height}}, {value(width), value(height), guarded_in(a), guarded_out(result)});
  expect_each(result, [&](auto index) {
    const int i = static_cast<int>(index), x = i % width, y = i / width;
    if (x == 0 || y == 0 || x == width - 1 || y == height - 1) return a[index];
    return static_cast<std::int32_t>(
        static_cast<std::uint32_t>(a[index - 1]) + static_cast<std::uint32_t>(a[index + 1]) -
        static_cast<std::uint32_t>(a[index - width]) + 3u * static_cast<std::uint32_t>(a[index + width]));
  });
}

TEST(edges, indices_that_are_sums) {
  // Each summand alone, extended to 64 bits, would lead elsewhere if a sum of unsigned numbers did not wrap.
  constexpr std::size_t count = 200;
  const auto a = sample<std::int32_t>(count, 34);
  std::vector<std::int32_t> result(count, -1);
  run(R"(
    kernel void k(global const int* a, global int* r, uint far, int back, ulong wide) {
      const uint u = get_global_id(0);
      const int i = get_global_id(0);
      const long l = get_global_id(0);
      int sum = a[u + far - (far - 3)] - a[(i + 20) - back] * 3 + a[l + wide];
      if (i > 4) sum ^= a[u - 5u] + a[i - 5];
      r[i] = sum;
    })",
      over(150),
      {guarded_in(a), guarded_out(result), value(std::uint32_t{0xfffffff0u}), value(std::int32_t{20}),
       value(~std::uint64_t{0} - 6 + 10)});
  expect_each(result, [&](auto i) {
    if (i >= 150) return -1;
    auto sum = static_cast<std::uint32_t>(a[i + 3]) - 3u * static_cast<std::uint32_t>(a[i]) +
               static_cast<std::uint32_t>(a[i + 3]);
    if (i > 4) sum ^= 2u * static_cast<std::uint32_t>(a[i - 5]);
    return static_cast<std::int32_t>(sum);
  });
}

/// More elements than the caches hold, and not a round number.
std::size_t beyond_the_caches() {
  const long cache = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  const std::size_t bytes =
      std::clamp<std::size_t>(cache > 0 ? static_cast<std::size_t>(cache) * 3 / 2 : 0, 48u << 20, 384u << 20);
  return bytes / sizeof(std::int32_t) + 37;
}

TEST(edges, results_larger_than_the_caches) {
  if (has_findings()) GTEST_SKIP() << "Oclgrind would keep 20 GiB of notes on so many elements";
  const std::size_t count = beyond_the_caches();
  for (const std::int32_t offset : {16, 3}) {
    SCOPED_TRACE("stored from element " + std::to_string(offset) + " on");
    std::vector<std::int32_t> result(count, -1);
    run(R"(
      kernel void k(global int* r, int offset, int last) {
        const int i = get_global_id(0);
        r[i + offset] = i * 7 ^ offset;
        if (i == last) r[0] = 5;
      })",
        over(count - 16), {out(result), value(offset), value(static_cast<std::int32_t>(count - 17))});
    const auto expected = [&](std::size_t at) {
      if (at == 0) return 5;
      const std::int64_t i = static_cast<std::int64_t>(at) - offset;
      return i >= 0 && i < static_cast<std::int64_t>(count) - 16
                 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(i) * 7u) ^ offset
                 : -1;
    };
    for (std::size_t at = 0; at < count; ++at)
      if (result[at] != expected(at)) {
        ADD_FAILURE() << "element " << at << " is " << result[at] << ", expected " << expected(at);
        break;
      }
  }
}

} // namespace
} // namespace kernel_suite
