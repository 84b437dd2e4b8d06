// SPDX-License-Identifier: MIT
// Local memory: declared in every way, given as arguments, its limit.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

TEST(local_memory, several_blocks_given_and_declared) {
  std::vector<std::int32_t> result(5 * 32);
  run(R"(
    kernel void k(local char* a, global int* r, local float4* b, local short* c) {
      local int d[32];
      local double e;
      local struct { int x; char y[3]; } f[2];
      int i = get_local_id(0);
      a[i] = i; b[i] = (float4)(i, 2, 3, 4); c[i] = -i; d[i] = i * 1000;
      if (i == 5) { e = 0.5; f[1].x = 9; f[1].y[2] = 7; f[0].x = 1; }
      barrier(CLK_LOCAL_MEM_FENCE);
      int j = 31 - i;
      r[get_global_id(0)] = a[j] + (int)b[j].x * 10 + (int)b[j].w + c[j] + d[j] + (int)(e * 2) + f[1].x + f[1].y[2] + f[0].x;
    })",
      over(160, 32), {local_memory(32), out(result), local_memory(32 * 16), local_memory(64)});
  expect_each(result, [](auto i) {
    const int j = 31 - static_cast<int>(i % 32);
    return j + j * 10 + 4 - j + j * 1000 + 1 + 9 + 7 + 1;
  });
}

TEST(local_memory, blocks_are_aligned_and_do_not_overlap) {
  std::vector<std::uint64_t> result(8);
  run(R"(
    kernel void k(local char* a, local double16* b, global ulong* r, local uchar* c) {
      local char small;
      local long8 big;
      if (get_local_id(0) == 0) {
        small = 1;
        big = (long8)(5);
        b[0] = (double16)(2);
        a[0] = 3; a[1] = 4; a[2] = 5;
        c[0] = 6;
        r[0] = (ulong)b % 128; r[1] = (ulong)&big % 64; r[2] = small; r[3] = big.s7; r[4] = b[0].sf; r[5] = a[2]; r[6] = c[0]; r[7] = a[0];
      }
    })",
      over(4, 4), {local_memory(3), local_memory(128), out(result), local_memory(1)});
  expect_equal(result, {0, 0, 1, 5, 2, 5, 6, 3});
}

TEST(local_memory, all_that_the_device_has) {
  const std::uint64_t bytes = std::min<std::uint64_t>(current_runner().local_memory_bytes(), 1 << 20);
  const auto words = static_cast<std::int32_t>(bytes / 4);
  std::vector<std::int32_t> result(64);
  run(R"(
    kernel void k(local int* l, int words, global int* r) {
      int i = get_local_id(0), size = get_local_size(0);
      for (int j = i; j < words; j += size) l[j] = j ^ 5;
      barrier(CLK_LOCAL_MEM_FENCE);
      int bad = 0;
      for (int j = size - 1 - i; j < words; j += size) bad += l[j] != (j ^ 5);
      r[get_global_id(0)] = bad;
    })",
      over(64, 32), {local_memory(static_cast<std::size_t>(words) * 4), value(words), out(result)});
  expect_each(result, [](auto) { return 0; });
}

TEST(local_memory, more_than_the_device_has_is_refused) {
  std::vector<std::int32_t> result(4);
  const std::size_t bytes = current_runner().local_memory_bytes() + 4096;
  program_under_test program(
      "kernel void k(local int* l, global int* r) { int i = get_local_id(0); l[i] = 1; r[get_global_id(0)] = l[i]; }");
  if (!on_pocl()) {
    EXPECT_THROW(program.run(over(4, 4), {local_memory(bytes), out(result)}), launch_failure);
  }
  program.run(over(4, 4), {local_memory(64), out(result)});
  expect_each(result, [](auto) { return 1; });
}

TEST(local_memory, two_kernels_with_their_own) {
  program_under_test program(R"(
    kernel void a(global int* r) { local int x[4]; x[get_local_id(0)] = get_local_id(0); barrier(CLK_LOCAL_MEM_FENCE); r[get_global_id(0)] = x[3 - get_local_id(0)]; }
    kernel void b(global int* r) { local int x[8]; local int y; if (get_local_id(0) == 1) y = 50; x[get_local_id(0)] = 1; barrier(CLK_LOCAL_MEM_FENCE); r[get_global_id(0)] = x[get_local_id(0) ^ 1] + y; })");
  std::vector<std::int32_t> result(16);
  program.run(over("a", 16, 4), {out(result)});
  expect_each(result, [](auto i) { return 3 - i % 4; });
  program.run(over("b", 16, 8), {out(result)});
  expect_each(result, [](auto) { return 51; });
}

TEST(local_memory, pointers_into_it_through_helpers) {
  std::vector<std::int32_t> result(60);
  run(R"(
    void push(local int* stack, local int* top, int x) { int at = atomic_inc(top); stack[at] = x; }
    kernel void k(global int* r, local int* stack) {
      local int top;
      int i = get_local_id(0);
      if (i == 0) top = 0;
      barrier(CLK_LOCAL_MEM_FENCE);
      if (i % 3 == 0) push(stack, &top, i);
      barrier(CLK_LOCAL_MEM_FENCE);
      int sum = 0;
      for (local int* p = stack; p != stack + top; ++p) sum += *p;
      r[get_global_id(0)] = sum * 100 + top;
    })",
      over(60, 20), {out(result), local_memory(80)});
  expect_each(result, [](auto) { return (0 + 3 + 6 + 9 + 12 + 15 + 18) * 100 + 7; });
}

TEST(local_memory, written_by_one_read_by_all_repeatedly) {
  std::vector<std::int32_t> result(3 * 45);
  run(R"(
    kernel void k(global int* r) {
      local int broadcast;
      int i = get_local_id(0), sum = 0;
      for (int turn = 0; turn < 45; turn += 7) {
        if (i == turn) broadcast = turn * 2 + get_group_id(0);
        barrier(CLK_LOCAL_MEM_FENCE);
        sum += broadcast;
        barrier(CLK_LOCAL_MEM_FENCE);
      }
      r[get_global_id(0)] = sum;
    })",
      over(135, 45), {out(result)});
  expect_each(result, [](auto i) { return (0 + 7 + 14 + 21 + 28 + 35 + 42) * 2 + 7 * static_cast<int>(i / 45); });
}

} // namespace
} // namespace kernel_suite
