// SPDX-License-Identifier: MIT
// Atomics on global and local memory, 32 and 64 bits; results that do not depend on the order.
#include "harness/suite.hpp"

#include <algorithm>
#include <numeric>

namespace kernel_suite {
namespace {

constexpr std::size_t n = 1000;

TEST(atomics, counters_and_masks) {
  const auto a = sample<std::int32_t>(n, 1);
  std::vector<std::int32_t> c{0, 0, 0, 0, INT32_MAX, INT32_MIN, -1, 0, 0, 1000};
  std::vector<std::uint32_t> u{UINT32_MAX, 0};
  run(R"(
    kernel void k(global const int* a, global int* c, global uint* u) {
      int i = get_global_id(0);
      atomic_add(c, a[i]);
      atomic_sub(c + 1, a[i]);
      atomic_inc(c + 2);
      atomic_dec(&c[3]);
      atomic_min(c + 4, a[i]);
      atomic_max(c + 5, a[i]);
      atomic_and(c + 6, a[i] | 0xff);
      atomic_or(c + 7, a[i] & 0xff0);
      atomic_xor(c + 8, a[i]);
      if (i % 3 == 0) atomic_add(c + 9, i);
      atomic_min(u, (uint)a[i]);
      atomic_max(u + 1, (uint)a[i]);
    })",
      over(n), {in(a), out(c), out(u)});
  std::uint32_t sum = 0, sum_of_thirds = 1000;
  std::int32_t lowest = INT32_MAX, highest = INT32_MIN, all = -1, any = 0, odd = 0;
  std::uint32_t ulowest = UINT32_MAX, uhighest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += static_cast<std::uint32_t>(a[i]);
    if (i % 3 == 0) sum_of_thirds += static_cast<std::uint32_t>(i);
    lowest = std::min(lowest, a[i]);
    highest = std::max(highest, a[i]);
    all &= a[i] | 0xff;
    any |= a[i] & 0xff0;
    odd ^= a[i];
    ulowest = std::min(ulowest, static_cast<std::uint32_t>(a[i]));
    uhighest = std::max(uhighest, static_cast<std::uint32_t>(a[i]));
  }
  expect_equal(c,
               {static_cast<std::int32_t>(sum), static_cast<std::int32_t>(0u - sum), n, -static_cast<std::int32_t>(n),
                lowest, highest, all, any, odd, static_cast<std::int32_t>(sum_of_thirds)});
  expect_equal(u, {ulowest, uhighest});
}

TEST(atomics, old_values_are_each_given_once) {
  std::vector<std::uint32_t> counter(4), result(n), pulled(n);
  run(R"(
    kernel void k(global uint* counter, global uint* r, global uint* pulled) {
      size_t i = get_global_id(0);
      r[i] = atomic_inc(counter);
      uint slot = atomic_add(counter + 1, 3u);
      pulled[slot / 3] = i;
      if (i & 1) { uint before = atomic_sub(counter + 2, 1u); if (before == 0) atomic_xchg(counter + 3, 77u); }
    })",
      over(n), {out(counter), out(result), out(pulled)});
  std::sort(result.begin(), result.end());
  std::sort(pulled.begin(), pulled.end());
  expect_each(result, [](auto i) { return i; });
  expect_each(pulled, [](auto i) { return i; });
  EXPECT_EQ(counter[1], 3 * n);
  EXPECT_EQ(counter[3], 77u);
}

TEST(atomics, histogram) {
  const auto a = sample<std::uint8_t>(5003, 2);
  std::vector<std::uint32_t> bins(256);
  run(R"(
    kernel void k(global const uchar* a, volatile global uint* bins) { atomic_inc(bins + a[get_global_id(0)]); })",
      over(a.size()), {in(a), out(bins)});
  expect_each(bins, [&](auto i) { return std::count(a.begin(), a.end(), static_cast<std::uint8_t>(i)); });
}

TEST(atomics, histogram_in_local_memory) {
  constexpr std::size_t count = 96 * 40;
  const auto a = sample<std::uint8_t>(count, 3);
  std::vector<std::uint32_t> bins(64);
  run(R"(
    kernel void k(global const uchar* a, global uint* bins) {
      local uint l[64];
      int lid = get_local_id(0), size = get_local_size(0);
      for (int i = lid; i < 64; i += size) l[i] = 0;
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int i = get_global_id(0); i < 96 * 40; i += get_global_size(0)) atomic_inc(&l[a[i] & 63]);
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int i = lid; i < 64; i += size) if (l[i]) atomic_add(bins + i, l[i]);
    })",
      over(480, 48), {in(a), out(bins)});
  expect_each(
      bins, [&](auto i) { return std::count_if(a.begin(), a.end(), [&](std::uint8_t x) { return (x & 63u) == i; }); });
}

TEST(atomics, compare_exchange_loop_adds_floats) {
  if (has_findings()) GTEST_SKIP() << "the loop looks at the sum by an ordinary load, which OpenCL C has no other for";
  const auto a = sample<float>(500, 4); // multiples of 1/8: the sum is exact in any order
  std::vector<float> total{0};
  run(R"(
    void add(volatile global float* to, float x) {
      union { uint u; float f; } before, after;
      do { before.f = *to; after.f = before.f + x; }
      while (atomic_cmpxchg((volatile global uint*)to, before.u, after.u) != before.u);
    }
    kernel void k(global const float* a, volatile global float* total) { add(total, a[get_global_id(0)]); })",
      over(500), {in(a), out(total)});
  EXPECT_EQ(total[0], std::accumulate(a.begin(), a.end(), 0.0f));
}

TEST(atomics, compare_exchange_takes_one_winner) {
  std::vector<std::int32_t> owner(50, -1), wins(n);
  run(R"(
    kernel void k(global int* owner, global int* wins) {
      int i = get_global_id(0);
      wins[i] = atomic_cmpxchg(owner + i % 50, -1, i) == -1;
    })",
      over(n), {out(owner), out(wins)});
  EXPECT_EQ(std::accumulate(wins.begin(), wins.end(), 0), 50);
  for (std::size_t i = 0; i < owner.size(); ++i) {
    ASSERT_GE(owner[i], 0);
    EXPECT_EQ(static_cast<std::size_t>(owner[i]) % 50, i);
    EXPECT_EQ(wins[owner[i]], 1);
  }
}

TEST(atomics, exchange) {
  std::vector<std::int32_t> cell{-5}, seen(n);
  std::vector<float> real{0.5f};
  run(R"(
    kernel void k(global int* cell, global int* seen, global float* real) {
      int i = get_global_id(0);
      seen[i] = atomic_xchg(cell, i);
      atomic_xchg(real, 2.5f);
    })",
      over(n), {out(cell), out(seen), out(real)});
  seen.push_back(cell[0]);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen[0], -5);
  for (std::size_t i = 1; i < seen.size(); ++i)
    ASSERT_EQ(seen[i], static_cast<int>(i) - 1);
  EXPECT_EQ(real[0], 2.5f);
}

TEST(atomics, atom_names_and_64_bits) {
  const auto a = sample<std::int64_t>(n, 5);
  std::vector<std::int64_t> c{0, 0, INT64_MAX, INT64_MIN, -1, 0, 0, 0};
  std::vector<std::uint64_t> u{UINT64_MAX, 0};
  run(R"(
    #pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
    #pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable
    kernel void k(global const long* a, global long* c, global ulong* u) {
      int i = get_global_id(0);
      atom_add(c, a[i] >> 12);
      atom_sub(c + 1, a[i] >> 12);
      atom_min(c + 2, a[i]);
      atom_max(c + 3, a[i]);
      atom_and(c + 4, a[i] | 0xffff);
      atom_or(c + 5, a[i] & 0xf0);
      atom_xor(c + 6, a[i]);
      atom_inc(c + 7);
      atom_min(u, (ulong)a[i]);
      atom_max(u + 1, (ulong)a[i]);
    })",
      over(n), {in(a), out(c), out(u)});
  std::vector<std::int64_t> expected{0, 0, INT64_MAX, INT64_MIN, -1, 0, 0, n};
  std::vector<std::uint64_t> uexpected{UINT64_MAX, 0};
  for (const std::int64_t x : a) {
    expected[0] += x >> 12;
    expected[1] -= x >> 12;
    expected[2] = std::min(expected[2], x);
    expected[3] = std::max(expected[3], x);
    expected[4] &= x | 0xffff;
    expected[5] |= x & 0xf0;
    expected[6] ^= x;
    uexpected[0] = std::min(uexpected[0], static_cast<std::uint64_t>(x));
    uexpected[1] = std::max(uexpected[1], static_cast<std::uint64_t>(x));
  }
  expect_equal(c, expected);
  expect_equal(u, uexpected);
}

TEST(atomics, exchange_64_bits) {
  std::vector<std::uint64_t> cell{1ull << 40}, won(n);
  run(R"(
    #pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
    kernel void k(global ulong* cell, global ulong* won) {
      ulong i = get_global_id(0);
      won[i] = atom_cmpxchg(cell, 1UL << 40, (1UL << 50) + i) == (1UL << 40);
      if (i == 9999) atom_xchg(cell, 3UL);
    })",
      over(n), {out(cell), out(won)});
  EXPECT_EQ(std::accumulate(won.begin(), won.end(), std::uint64_t{0}), 1u);
  EXPECT_EQ(cell[0] >> 50, 1u);
  EXPECT_EQ(won[cell[0] & 0xffff], 1u);
}

TEST(atomics, in_divergent_loops) {
  std::vector<std::int32_t> c(2);
  run(R"(
    kernel void k(global int* c) {
      int i = get_global_id(0);
      for (int j = 0; j < i % 7; ++j) { if ((i + j) % 3 == 0) continue; atomic_add(c, j); if (j == 5) break; atomic_inc(c + 1); }
    })",
      over(333), {out(c)});
  int sum = 0, count = 0;
  for (int i = 0; i < 333; ++i) {
    for (int j = 0; j < i % 7; ++j) {
      if ((i + j) % 3 == 0) continue;
      sum += j;
      if (j == 5) break;
      ++count;
    }
  }
  expect_equal(c, {sum, count});
}

TEST(atomics, local_memory_every_operation) {
  std::vector<std::int32_t> result(9 * 5);
  run(R"(
    kernel void k(global int* r) {
      local int l[9];
      int lid = get_local_id(0);
      if (lid < 9) l[lid] = lid == 4 ? 1000 : lid == 6 ? -1 : 0;
      barrier(CLK_LOCAL_MEM_FENCE);
      atomic_add(l, lid); atomic_sub(l + 1, lid); atomic_inc(l + 2); atomic_dec(l + 3); atomic_min(l + 4, lid + 10);
      atomic_max(l + 5, lid); atomic_and(l + 6, ~(1 << (lid & 7))); atomic_or(l + 7, 1 << (lid & 15)); atomic_xor(l + 8, lid);
      barrier(CLK_LOCAL_MEM_FENCE);
      if (lid < 9) r[get_group_id(0) * 9 + lid] = l[lid];
    })",
      over(5 * 37, 37), {out(result)});
  int exclusive = 0;
  for (int i = 0; i < 37; ++i)
    exclusive ^= i;
  const std::vector<int> expected{666, -666, 37, -37, 10, 36, ~0xff, 0xffff, exclusive};
  expect_each(result, [&](auto i) { return expected[i % 9]; });
}

} // namespace
} // namespace kernel_suite
