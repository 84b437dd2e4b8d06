// SPDX-License-Identifier: MIT
// vload and vstore of every width and address space, shuffle, and asynchronous copies.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

constexpr std::size_t n = 41;

TEST(vector_data, vload_and_vstore_of_every_type_and_width) {
  for (const std::string width : {"2", "3", "4", "8", "16"}) {
    std::string text;
    for_each_number_type([&](auto zero) {
      text += substitute("kernel void k_T(global const T* a, global T* r) {"
                         " size_t i = get_global_id(0); VSTORE(VLOAD(i, a + 1), i, r + 2); }\n",
                         {{"k_T", std::string("k_") + type_name<decltype(zero)>()},
                          {"T", type_name<decltype(zero)>()},
                          {"VSTORE", "vstore" + width},
                          {"VLOAD", "vload" + width}});
    });
    program_under_test program(text);
    const std::size_t components = std::stoul(width);
    for_each_number_type([&](auto zero) {
      using T = decltype(zero);
      SCOPED_TRACE(type_name<T>() + width);
      // Offsets of one element: the vectors are aligned to their element only.
      const auto a = sample<T>(components * n + 1, 1);
      std::vector<T> result(components * n + 2, T(3));
      program.run(over(std::string("k_") + type_name<T>(), n), {guarded_in(a), guarded_out(result)});
      expect_each(result, [&](auto i) { return i < 2 ? T(3) : a[i - 1]; });
    });
  }
}

TEST(vector_data, vload_in_every_address_space) {
  std::vector<std::int32_t> result(4 * n);
  const auto table = sample<std::int32_t>(32, 2);
  run(R"(
    constant int fixed[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    kernel void k(constant int* table, global int* r) {
      local int l[12];
      int i = get_global_id(0), lid = get_local_id(0), mine[10];
      for (int j = 0; j < 10; ++j) mine[j] = i * j;
      if (lid == 0) for (int j = 0; j < 3; ++j) vstore4((int4)(j, 2, 3, j), j, l);
      barrier(CLK_LOCAL_MEM_FENCE);
      vstore3((int3)(7, 8, 9), 1, mine);
      int4 v = vload4(i % 8, table) ^ vload4(1, fixed + 1);
      v += vload4(i % 2, mine + i % 3) + vload4(i % 3, l);
      vstore4(v, i, r);
    })",
      over(n, n), {in(table), out(result)});
  expect_each(result, [&](auto index) {
    const int i = static_cast<int>(index / 4), c = static_cast<int>(index % 4);
    const int at = i % 2 * 4 + i % 3 + c;
    const int mine = at >= 3 && at < 6 ? at + 4 : i * at;
    const int l[] = {i % 3, 2, 3, i % 3};
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(table[i % 8 * 4 + c] ^ (6 + c)) +
                                     static_cast<std::uint32_t>(mine + l[c]));
  });
}

TEST(vector_data, shuffle_of_one) {
  const auto a = sample<float>(8 * n, 3);
  const auto m = sample<std::uint32_t>(4 * n, 4);
  std::vector<float> result(4 * n), narrow(2 * n);
  std::vector<std::uint8_t> bytes(16 * n);
  run(R"(
    kernel void k(global const float8* a, global const uint4* m, global float4* r, global float2* narrow, global uchar16* bytes) {
      size_t i = get_global_id(0);
      r[i] = shuffle(a[i], m[i]);
      narrow[i] = shuffle(a[i].s0246, m[i].xy);
      bytes[i] = shuffle((uchar4)(1, 2, 3, i), (uchar16)(0, 1, 2, 3, 4, 5, 6, 7, 250, 251, 252, 253, 3, 3, 3, i));
    })",
      over(n), {in(a), in(m), out(result), out(narrow), out(bytes)});
  expect_each(result, [&](auto i) { return a[i / 4 * 8 + (m[i] & 7)]; });
  expect_each(narrow, [&](auto i) { return a[i / 2 * 8 + (m[i / 2 * 4 + i % 2] & 3) * 2]; });
  expect_each(bytes, [&](auto index) {
    const std::size_t i = index / 16;
    const std::size_t from[] = {0, 1, 2, 3, 4, 5, 6, 7, 250, 251, 252, 253, 3, 3, 3, i};
    const std::size_t v[] = {1, 2, 3, i};
    return v[from[index % 16] & 3];
  });
}

TEST(vector_data, shuffle_of_two) {
  const auto a = sample<std::int16_t>(4 * n, 5), b = sample<std::int16_t>(4 * n, 6);
  const auto m = sample<std::uint16_t>(8 * n, 7);
  std::vector<std::int16_t> result(8 * n);
  std::vector<std::int64_t> wide(2 * n);
  run(R"(
    kernel void k(global const short4* a, global const short4* b, global const ushort8* m, global short8* r, global long2* wide) {
      size_t i = get_global_id(0);
      r[i] = shuffle2(a[i], b[i], m[i]);
      wide[i] = shuffle2(convert_long2(a[i].xy), convert_long2(b[i].xy), (ulong2)(3, i));
    })",
      over(n), {in(a), in(b), in(m), out(result), out(wide)});
  expect_each(result, [&](auto i) {
    const std::size_t at = m[i] & 7;
    return at < 4 ? a[i / 8 * 4 + at] : b[i / 8 * 4 + at - 4];
  });
  expect_each(wide, [&](auto index) {
    const std::size_t i = index / 2, at = index % 2 == 0 ? 3 : i & 3;
    return at < 2 ? a[4 * i + at] : b[4 * i + at - 2];
  });
}

TEST(vector_data, async_copy_to_local_and_back) {
  program_under_test program(R"(
    kernel void k(global const float* a, global float* r, local float* l, int count) {
      size_t group = get_group_id(0);
      event_t loaded = async_work_group_copy(l, a + group * count, count, 0);
      wait_group_events(1, &loaded);
      for (int i = get_local_id(0); i < count; i += get_local_size(0)) l[i] = l[i] * 2 + group;
      barrier(CLK_LOCAL_MEM_FENCE);
      event_t stored = async_work_group_copy(r + group * count, l, count, 0);
      wait_group_events(1, &stored);
    })");
  for (const auto& [count, size] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {5, 16}, {100, 7}, {64, 32}, {33, 20}}) {
    SCOPED_TRACE(std::to_string(count) + " elements, groups of " + std::to_string(size));
    const auto a = sample<float>(3 * count, 8);
    std::vector<float> result(3 * count);
    program.run(over(3 * size, size),
                {guarded_in(a), guarded_out(result), local_memory(4 * count), value(static_cast<std::int32_t>(count))});
    expect_each(result, [&, c = count](auto i) { return a[i] * 2 + static_cast<float>(i / c); });
  }
}

TEST(vector_data, async_copy_of_vectors_with_several_events) {
  const auto a = sample<std::int32_t>(4 * 24, 9), b = sample<std::int32_t>(4 * 24, 10);
  std::vector<std::int32_t> result(4 * 24);
  run(R"(
    kernel void k(global const int4* a, global const int4* b, global int4* r) {
      local int4 la[24], lb[24];
      event_t e[2];
      e[0] = async_work_group_copy(la, a, 24, 0);
      e[1] = async_work_group_copy(lb, b, 24, e[0]);
      wait_group_events(2, e);
      size_t i = get_local_id(0);
      r[i] = la[23 - i] ^ lb[i];
    })",
      over(24, 24), {in(a), in(b), out(result)});
  expect_each(result, [&](auto i) { return a[(23 - i / 4) * 4 + i % 4] ^ b[i]; });
}

TEST(vector_data, async_strided_copy) {
  const auto a = sample<std::int16_t>(5 * 30, 11);
  std::vector<std::int16_t> result(3 * 30, -1);
  run(R"(
    kernel void k(global const short* a, global short* r) {
      local short l[30];
      event_t e = async_work_group_strided_copy(l, a, 30, 5, 0);
      wait_group_events(1, &e);
      l[get_local_id(0)] += 1;
      barrier(CLK_LOCAL_MEM_FENCE);
      e = async_work_group_strided_copy(r, l, 30, 3, 0);
      wait_group_events(1, &e);
    })",
      over(30, 30), {in(a), out(result)});
  expect_each(result, [&](auto i) { return i % 3 == 0 ? static_cast<std::int16_t>(a[i / 3 * 5] + 1) : -1; });
}

TEST(vector_data, async_copy_in_a_loop) {
  const auto a = sample<float>(16 * 8, 12);
  std::vector<float> result(16);
  run(R"(
    kernel void k(global const float* a, global float* r, local float* l) {
      size_t i = get_local_id(0);
      float sum = 0;
      for (int step = 0; step < 8; ++step) {
        event_t e = async_work_group_copy(l, a + 16 * step, 16, 0);
        wait_group_events(1, &e);
        sum += l[15 - i];
        barrier(CLK_LOCAL_MEM_FENCE);
      }
      r[i] = sum;
      prefetch(a, 16);
    })",
      over(16, 16), {in(a), out(result), local_memory(64)});
  expect_each(result, [&](auto i) {
    float sum = 0;
    for (std::size_t step = 0; step < 8; ++step)
      sum += a[16 * step + 15 - i];
    return sum;
  });
}

} // namespace
} // namespace kernel_suite
