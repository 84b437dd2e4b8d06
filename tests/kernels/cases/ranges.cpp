// SPDX-License-Identifier: MIT
// ND-ranges of every size and dimension, offsets, and what work-items may ask about themselves.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

using triple = std::array<std::size_t, 3>;

constexpr const char* identity_source = R"(
  kernel void k(global uint* r, uint w, uint h) {
    size_t x = get_global_id(0) - get_global_offset(0), y = get_global_id(1) - get_global_offset(1),
           z = get_global_id(2) - get_global_offset(2);
    size_t at = (z * h + y) * w + x;
    uint hash = 0;
    for (uint d = 0; d < 3; ++d) {
      hash = hash * 31 + get_global_id(d); hash = hash * 31 + get_local_id(d); hash = hash * 31 + get_group_id(d);
      hash = hash * 31 + get_global_size(d); hash = hash * 31 + get_local_size(d); hash = hash * 31 + get_num_groups(d);
      hash = hash * 31 + get_global_offset(d);
    }
    r[at] += hash * 31 + get_work_dim();
  }
)";

void check_identity(program_under_test& program, std::vector<std::size_t> global, std::vector<std::size_t> local,
                    std::vector<std::size_t> offset) {
  const auto padded = [](const std::vector<std::size_t>& v, std::size_t rest) {
    triple t{rest, rest, rest};
    std::copy(v.begin(), v.end(), t.begin());
    return t;
  };
  const triple g = padded(global, 1), l = padded(local, 1), o = padded(offset, 0);
  std::vector<std::uint32_t> result(g[0] * g[1] * g[2]);
  program.run({.global = global, .local = local, .offset = offset},
              {guarded_out(result), value(static_cast<std::uint32_t>(g[0])), value(static_cast<std::uint32_t>(g[1]))});
  expect_each(result, [&](auto i) {
    const triple id{i % g[0], i / g[0] % g[1], i / g[0] / g[1]};
    std::uint32_t hash = 0;
    for (int d = 0; d < 3; ++d) {
      for (const std::size_t part : {id[d] + o[d], id[d] % l[d], id[d] / l[d], g[d], l[d], g[d] / l[d], o[d]}) {
        hash = hash * 31 + static_cast<std::uint32_t>(part);
      }
    }
    return hash * 31 + static_cast<std::uint32_t>(global.size());
  });
}

TEST(ranges, every_query_in_one_to_three_dimensions) {
  program_under_test program(identity_source);
  struct shape {
    std::vector<std::size_t> global, local, offset;
  };
  const std::vector<shape> shapes{{{1}, {1}, {}},
                                  {{1, 1, 1}, {1, 1, 1}, {}},
                                  {{17}, {17}, {}},
                                  {{100}, {10}, {7}},
                                  {{512}, {256}, {}},
                                  {{21, 6}, {7, 3}, {}},
                                  {{21, 6}, {7, 3}, {100, 3}},
                                  {{8, 6, 10}, {2, 3, 5}, {}},
                                  {{8, 6, 10}, {4, 1, 2}, {1, 2, 3}},
                                  {{3, 5, 7}, {1, 1, 1}, {0, 0, 9}},
                                  {{1, 300}, {1, 100}, {}},
                                  {{1, 1, 64}, {1, 1, 16}, {}},
                                  {{1000}, {1}, {}},
                                  {{33, 2}, {33, 1}, {5, 5}}};
  for (const shape& s : shapes) {
    std::ostringstream text;
    for (const std::size_t x : s.global)
      text << x << " ";
    text << "by ";
    for (const std::size_t x : s.local)
      text << x << " ";
    SCOPED_TRACE(text.str());
    check_identity(program, s.global, s.local, s.offset);
  }
}

TEST(ranges, local_size_left_open) {
  program_under_test program(R"(
    kernel void k(global uint* r, global uint* bad) {
      size_t i = (get_global_id(2) * get_global_size(1) + get_global_id(1)) * get_global_size(0) + get_global_id(0);
      r[i] += i + 1;
      for (uint d = 0; d < 3; ++d) {
        if (get_global_id(d) != get_group_id(d) * get_local_size(d) + get_local_id(d)) atomic_inc(bad);
        if (get_num_groups(d) * get_local_size(d) != get_global_size(d)) atomic_inc(bad);
      }
    })");
  for (const auto& global : std::vector<std::vector<std::size_t>>{
           {1}, {2}, {13}, {97}, {1000}, {4099}, {7, 11}, {64, 64}, {127, 3}, {1, 1, 1}, {5, 7, 9}, {16, 1, 31}}) {
    std::size_t items = 1;
    std::ostringstream text;
    for (const std::size_t x : global) {
      items *= x;
      text << x << " ";
    }
    SCOPED_TRACE(text.str());
    std::vector<std::uint32_t> result(items), bad(1);
    program.run({.global = global}, {guarded_out(result), out(bad)});
    expect_each(result, [](auto i) { return i + 1; });
    EXPECT_EQ(bad[0], 0u);
  }
}

TEST(ranges, kernel_without_group_queries_over_odd_sizes) {
  program_under_test program(R"(
    kernel void k(global uint* r, uint w, uint h) {
      uint x = get_global_id(0), y = get_global_id(1), z = get_global_id(2);
      r[(z * h + y) * w + x] += x + 1000 * y + 1000000 * z;
    })");
  for (const triple g :
       std::vector<triple>{{1, 1, 1}, {15, 1, 1}, {16, 3, 2}, {17, 5, 3}, {1, 40, 1}, {3, 1, 50}, {1031, 2, 1}}) {
    SCOPED_TRACE(std::to_string(g[0]) + "x" + std::to_string(g[1]) + "x" + std::to_string(g[2]));
    std::vector<std::uint32_t> result(g[0] * g[1] * g[2]);
    program.run({.global = {g[0], g[1], g[2]}}, {guarded_out(result), value(static_cast<std::uint32_t>(g[0])),
                                                 value(static_cast<std::uint32_t>(g[1]))});
    expect_each(result, [&](auto i) { return i % g[0] + 1000 * (i / g[0] % g[1]) + 1000000 * (i / g[0] / g[1]); });
  }
}

TEST(ranges, offsets) {
  program_under_test program(R"(
    kernel void k(global uint* r) { size_t i = get_global_id(0); r[i] = get_global_offset(0) + get_global_size(0) * 1000; }
    kernel void flat(global uint* r, uint w) { r[get_global_id(1) * w + get_global_id(0)] = 1 + get_global_id(0); })");
  std::vector<std::uint32_t> result(200, 5);
  program.run({.kernel = "k", .global = {77}, .offset = {100}}, {guarded_out(result)});
  expect_each(result, [](auto i) { return i >= 100 && i < 177 ? 77100 : 5; });
  std::vector<std::uint32_t> plane(20 * 10, 0);
  program.run({.kernel = "flat", .global = {11, 4}, .offset = {3, 6}}, {guarded_out(plane), value(20u)});
  expect_each(plane, [](auto i) {
    const std::size_t x = i % 20, y = i / 20;
    return x >= 3 && x < 14 && y >= 6 ? 1 + x : 0;
  });
}

TEST(ranges, offsets_beyond_32_bits) {
  constexpr std::size_t far = (std::size_t{1} << 33) + 5;
  std::vector<std::uint64_t> result(40);
  run(R"(kernel void k(global ulong* r, ulong far) { size_t i = get_global_id(0); r[i - far] = i; })",
      {.global = {40}, .offset = {far}}, {guarded_out(result), value(static_cast<std::uint64_t>(far))});
  expect_each(result, [](auto i) { return far + i; });
}

TEST(ranges, queries_of_dimensions_that_are_not_there) {
  if (pocl_compiles()) GTEST_SKIP() << "PoCL 3.1 answers 0 for sizes of dimensions beyond the third";
  std::vector<std::uint32_t> result(7);
  run(R"(
    kernel void k(global uint* r, uint d) {
      r[0] = get_global_id(d); r[1] = get_local_id(d); r[2] = get_group_id(d); r[3] = get_global_size(d);
      r[4] = get_local_size(d); r[5] = get_num_groups(d); r[6] = get_global_offset(d);
    })",
      over(1, 1), {out(result), value(5u)});
  expect_equal(result, {0, 0, 0, 1, 1, 1, 0});
}

TEST(ranges, dimension_index_that_varies) {
  if (pocl_compiles()) GTEST_SKIP() << "PoCL 3.1 answers 0 for sizes of dimensions beyond the third";
  std::vector<std::uint32_t> result(4 * 3 * 5);
  run(R"(
    kernel void k(global uint* r) {
      uint i = (get_global_id(2) * 3 + get_global_id(1)) * 4 + get_global_id(0);
      r[i] = get_global_id(i % 3) * 10 + get_global_size(i % 4);
    })",
      {.global = {4, 3, 5}}, {out(result)});
  expect_each(result, [](auto i) {
    const std::size_t id[] = {i % 4, i / 4 % 3, i / 12}, size[] = {4, 3, 5, 1};
    return id[i % 3] * 10 + size[i % 4];
  });
}

TEST(ranges, required_local_size) {
  std::vector<std::uint32_t> result(24 * 6);
  program_under_test program(R"(
    kernel __attribute__((reqd_work_group_size(8, 3, 1))) void k(global uint* r) {
      r[get_global_id(1) * 24 + get_global_id(0)] = get_local_id(0) + 10 * get_local_id(1) + 100 * get_group_id(0);
    })");
  program.run({.global = {24, 6}, .local = {8, 3}}, {out(result)});
  expect_each(result, [](auto i) { return i % 24 % 8 + 10 * (i / 24 % 3) + 100 * (i % 24 / 8); });
  EXPECT_THROW(program.run({.global = {24, 6}, .local = {4, 3}}, {out(result)}), launch_failure);
}

TEST(ranges, refused_launches) {
  program_under_test program("kernel void k(global uint* r) { r[get_global_id(0)] = get_local_id(0); }");
  std::vector<std::uint32_t> result(100);
  EXPECT_THROW(program.run(over(100, 7), {out(result)}), launch_failure) << "7 does not divide 100";
  if (!on_pocl() && !has_findings()) { // as OpenCL 2.1 has it
    EXPECT_THROW(program.run(over(0), {out(result)}), launch_failure) << "an empty range";
  }
  const std::size_t beyond = current_runner().max_group_size() * 2;
  std::vector<std::uint32_t> large(beyond);
  EXPECT_THROW(program.run(over(beyond, beyond), {out(large)}), launch_failure) << "beyond the largest group";
}

TEST(ranges, largest_group) {
  const std::size_t size = current_runner().max_group_size();
  std::vector<std::uint32_t> result(2 * size);
  run(R"(
    kernel void k(global uint* r) {
      local uint total;
      if (get_local_id(0) == 0) total = 0;
      barrier(CLK_LOCAL_MEM_FENCE);
      atomic_add(&total, (uint)get_local_id(0));
      barrier(CLK_LOCAL_MEM_FENCE);
      r[get_global_id(0)] = total;
    })",
      over(2 * size, size), {out(result)});
  expect_each(result, [&](auto) { return size * (size - 1) / 2; });
}

TEST(ranges, many_small_groups) {
  constexpr std::size_t groups = 20000;
  std::vector<std::uint32_t> result(groups * 3);
  run(R"(
    kernel void k(global uint* r) {
      local uint l[3];
      uint lid = get_local_id(0);
      l[lid] = get_group_id(0) + lid;
      barrier(CLK_LOCAL_MEM_FENCE);
      r[get_global_id(0)] = l[0] + l[1] + l[2 - lid];
    })",
      over(groups * 3, 3), {out(result)});
  expect_each(result, [](auto i) { return i / 3 * 3 + 1 + 2 - i % 3; });
}

} // namespace
} // namespace kernel_suite
