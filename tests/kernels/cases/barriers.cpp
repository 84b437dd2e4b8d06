// SPDX-License-Identifier: MIT
// Every shape in which a barrier may stand, in groups of every awkward size.
#include "harness/suite.hpp"

#include <numeric>

namespace kernel_suite {
namespace {

struct group_shape {
  std::size_t x, y, z;
  std::size_t items() const { return x * y * z; }
};

const std::vector<group_shape> shapes{{1, 1, 1},   {7, 3, 1}, {17, 1, 1}, {100, 1, 1},
                                      {16, 16, 1}, {5, 2, 3}, {64, 1, 1}};

/// Runs `kernel` over three groups in x and two in y of each shape; `expected(group, local, shape)` is the result of
/// the work-item with these linear ids.
template <class Expected>
void in_every_shape(const std::string& text, Expected expected) {
  program_under_test program(text);
  for (const group_shape& s : shapes) {
    SCOPED_TRACE("local size " + std::to_string(s.x) + "x" + std::to_string(s.y) + "x" + std::to_string(s.z));
    const std::size_t groups = 6, items = s.items();
    std::vector<std::int32_t> result(groups * items, -12345);
    program.run({.global = {3 * s.x, 2 * s.y, s.z}, .local = {s.x, s.y, s.z}}, {out(result), local_memory(items * 8)});
    expect_each(result, [&](auto i) { return expected(static_cast<int>(i / items), static_cast<int>(i % items), s); });
  }
}

/// Kernels get: r (one int each), l (two ints of local memory each), lid, size, gid (group), all linear.
std::string with_ids(const std::string& before, const std::string& body) {
  return before + R"(
    #define SYNC barrier(CLK_LOCAL_MEM_FENCE)
    kernel void k(global int* r, local int* l) {
      int lid = (get_local_id(2) * get_local_size(1) + get_local_id(1)) * get_local_size(0) + get_local_id(0);
      int size = get_local_size(0) * get_local_size(1) * get_local_size(2);
      int gid = get_group_id(1) * get_num_groups(0) + get_group_id(0);
      int at = gid * size + lid;
      )" +
         body + "}";
}

TEST(barriers, straight) {
  in_every_shape(
      with_ids("", R"(
      l[lid] = lid * 3 + gid;
      SYNC;
      r[at] = l[(lid + 1) % size];
    )"),
      [](int group, int lid, const group_shape& s) { return (lid + 1) % static_cast<int>(s.items()) * 3 + group; });
}

TEST(barriers, several_with_values_that_live_across) {
  in_every_shape(with_ids("", R"(
      int a = lid * lid + gid;
      float f = lid * 0.5f;
      long big = (long)lid << 33;
      char4 v = (char4)(lid, 1, gid, 3);
      l[lid] = a;
      SYNC;
      int b = l[size - 1 - lid];
      SYNC;
      l[lid] = b + 1;
      SYNC;
      int c = l[(lid + 2) % size];
      SYNC;
      r[at] = a + 10 * b + 100 * c + (int)(f * 2) + (int)(big >> 33) + v.x + v.z;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   const auto a = [&](int i) { return i * i + group; };
                   const auto b = [&](int i) { return a(size - 1 - i); };
                   const int c = b((lid + 2) % size) + 1;
                   return a(lid) + 10 * b(lid) + 100 * c + lid + lid + static_cast<std::int8_t>(lid) + group;
                 });
}

TEST(barriers, before_a_loop_whose_condition_counts) {
  in_every_shape(with_ids("", R"(
      l[lid] = lid;
      SYNC;
      int count = 0, sum = 0;
      while (count++ < 7 && lid) sum += count;
      r[at] = sum * 100 + count;)"),
                 [](int, int local, const group_shape&) { return local == 0 ? 1 : 28 * 100 + 8; });
}

TEST(barriers, none_observed_between_groups) {
  in_every_shape(with_ids("", R"(
      local int flag;
      if (lid == 0) flag = gid * 7;
      SYNC;
      r[at] = flag;
    )"),
                 [](int group, int, const group_shape&) { return group * 7; });
}

TEST(barriers, in_a_uniform_loop) {
  in_every_shape(with_ids("", R"(
      int sum = lid;
      for (int step = 0; step < 5; ++step) {
        l[lid] = sum;
        SYNC;
        sum += l[(lid + step) % size];
        SYNC;
      }
      r[at] = sum;
    )"),
                 [](int, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   std::vector<int> sum(s.items());
                   std::iota(sum.begin(), sum.end(), 0);
                   for (int step = 0; step < 5; ++step) {
                     const auto l = sum;
                     for (int i = 0; i < size; ++i)
                       sum[i] += l[(i + step) % size];
                   }
                   return sum[lid];
                 });
}

TEST(barriers, tree_reduction) {
  in_every_shape(with_ids("", R"(
      l[lid] = lid + 1;
      SYNC;
      for (int active = size; active > 1;) {
        int half_size = (active + 1) / 2;
        if (lid + half_size < active) l[lid] += l[lid + half_size];
        active = half_size;
        SYNC;
      }
      r[at] = l[0] + lid;
    )"),
                 [](int, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   return size * (size + 1) / 2 + lid;
                 });
}

TEST(barriers, in_nested_uniform_loops) {
  in_every_shape(with_ids("", R"(
      int x = lid & 15;
      for (int i = 0; i < 3; ++i) {
        int inner = 0;
        for (int j = i; j < 4; ++j) {
          l[lid] = x + j;
          SYNC;
          inner += l[(lid + i + j) % size];
          SYNC;
        }
        l[lid] = inner;
        SYNC;
        x = (x + l[(lid + 1) % size]) & 0xffff;
        SYNC;
      }
      r[at] = x;
    )"),
                 [](int, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   std::vector<int> x(s.items());
                   for (int i = 0; i < size; ++i)
                     x[i] = i & 15;
                   for (int i = 0; i < 3; ++i) {
                     std::vector<int> inner(s.items());
                     for (int j = i; j < 4; ++j) {
                       for (int w = 0; w < size; ++w)
                         inner[w] += x[(w + i + j) % size] + j;
                     }
                     for (int w = 0; w < size; ++w)
                       x[w] = (x[w] + inner[(w + 1) % size]) & 0xffff;
                   }
                   return x[lid];
                 });
}

TEST(barriers, in_a_while_loop_with_a_group_uniform_condition) {
  in_every_shape(with_ids("", R"(
      int rounds = gid + 1;
      int x = lid;
      while (rounds > 0) {
        l[lid] = x;
        SYNC;
        x = l[size - 1 - lid] + 1;
        SYNC;
        --rounds;
      }
      r[at] = x;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int rounds = group + 1;
                   return (rounds % 2 == 0 ? lid : static_cast<int>(s.items()) - 1 - lid) + rounds;
                 });
}

TEST(barriers, in_a_do_while_loop) {
  in_every_shape(with_ids("", R"(
      int i = 0, x = lid;
      do {
        l[lid] = x;
        SYNC;
        x = l[(lid + 1) % size];
        SYNC;
      } while (++i < 3 + (int)get_group_id(0));
      r[at] = x * 10 + i;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int times = 3 + group % 3;
                   return (lid + times) % static_cast<int>(s.items()) * 10 + times;
                 });
}

TEST(barriers, in_a_uniform_if) {
  in_every_shape(with_ids("", R"(
      int x = lid;
      if (gid & 1) {
        l[lid] = x * 2;
        SYNC;
        x = l[(lid + 1) % size];
      } else {
        x += 100;
        if (gid == 2) {
          l[lid] = x;
          SYNC;
          x = l[0];
        }
      }
      r[at] = x;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   if (group % 2 == 1) return (lid + 1) % static_cast<int>(s.items()) * 2;
                   return group == 2 ? 100 : lid + 100;
                 });
}

TEST(barriers, uniform_switch) {
  in_every_shape(with_ids("", R"(
      int x = lid;
      l[lid] = x + 5;
      switch (gid % 3) {
      case 0: SYNC; x += l[(lid + 1) % size]; break;
      case 1: x *= 2; break;
      default: SYNC; x -= l[size - 1 - lid];
      }
      r[at] = x;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   switch (group % 3) {
                   case 0: return lid + (lid + 1) % size + 5;
                   case 1: return lid * 2;
                   default: return lid - (size - 1 - lid + 5);
                   }
                 });
}

TEST(barriers, after_divergent_code) {
  in_every_shape(with_ids("", R"(
      int x = 0;
      if (lid & 1) x = lid * 3; else for (int j = 0; j < lid % 7; ++j) x += j;
      l[lid] = x;
      SYNC;
      int y = l[(lid + 1) % size];
      for (int j = 0; j < lid % 5; ++j) { if (j == 3) break; y += j; }
      SYNC;
      l[lid] = y;
      SYNC;
      r[at] = x + 1000 * l[size - 1 - lid];
    )"),
                 [](int, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   const auto x = [](int i) { return i % 2 == 1 ? i * 3 : (i % 7) * (i % 7 - 1) / 2; };
                   const auto y = [&](int i) {
                     const int trips = std::min(i % 5, 3);
                     return x((i + 1) % size) + trips * (trips - 1) / 2;
                   };
                   return x(lid) + 1000 * y(size - 1 - lid);
                 });
}

TEST(barriers, after_a_divergent_early_return) {
  // The work-items that returned count as arrived. OpenCL C leaves it undefined.
  if (pocl_compiles() || has_findings()) GTEST_SKIP() << "undefined in OpenCL C, which the driver is given";
  in_every_shape(with_ids("", R"(
      l[lid] = lid + 1;
      r[at] = -1;
      SYNC;
      if (lid % 3 == 1) return;
      int x = l[(lid + 1) % size];
      SYNC;
      l[lid] = x;
      SYNC;
      r[at] = l[lid] + l[0];
    )"),
                 [](int, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   return lid % 3 == 1 ? -1 : (lid + 1) % size + 1 + (1 % size + 1);
                 });
}

TEST(barriers, after_a_guard_at_the_edge_of_the_range) {
  if (pocl_compiles() || has_findings()) GTEST_SKIP() << "undefined in OpenCL C, which the driver is given";
  program_under_test program(R"(
    kernel void k(global const int* a, global int* r, int n) {
      local int l[64];
      int i = get_global_id(0), lid = get_local_id(0);
      if (i >= n) return;
      l[lid] = a[i];
      barrier(CLK_LOCAL_MEM_FENCE);
      int other = i - lid + (lid ^ 1);
      r[i] = other < n ? l[lid ^ 1] : -7;
    })");
  for (const std::size_t n : {1u, 50u, 64u, 65u, 127u, 130u}) {
    SCOPED_TRACE(n);
    const auto a = sample<std::int32_t>(n, n);
    std::vector<std::int32_t> result(n);
    program.run(over((n + 63) / 64 * 64, 64),
                {guarded_in(a), guarded_out(result), value(static_cast<std::int32_t>(n))});
    expect_each(result, [&](auto i) { return (i ^ 1) < n ? a[i ^ 1] : -7; });
  }
}

TEST(barriers, whole_groups_return_early) {
  in_every_shape(with_ids("", R"(
      r[at] = 9;
      if (gid % 2 == 0) return;
      l[lid] = lid;
      SYNC;
      r[at] = l[size - 1 - lid];
    )"),
                 [](int group, int lid, const group_shape& s) {
                   return group % 2 == 0 ? 9 : static_cast<int>(s.items()) - 1 - lid;
                 });
}

TEST(barriers, loop_with_uniform_break_and_continue) {
  in_every_shape(with_ids("", R"(
      int x = lid;
      for (int i = 0; i < 10; ++i) {
        if (i == gid) continue;
        l[lid] = x;
        SYNC;
        x = (x + l[(lid + i) % size]) & 0xfffff;
        SYNC;
        if (i == 5 - gid) break;
        x += 1;
      }
      r[at] = x;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   std::vector<int> x(s.items());
                   std::iota(x.begin(), x.end(), 0);
                   for (int i = 0; i < 10; ++i) {
                     if (i == group) continue;
                     const auto l = x;
                     for (int w = 0; w < size; ++w)
                       x[w] = (x[w] + l[(w + i) % size]) & 0xfffff;
                     if (i == 5 - group) break;
                     for (int& v : x)
                       v += 1;
                   }
                   return x[lid];
                 });
}

TEST(barriers, uniform_return_from_inside_a_loop) {
  in_every_shape(with_ids("", R"(
      int x = lid;
      r[at] = -3;
      for (int i = 0; i < 6; ++i) {
        l[lid] = x;
        SYNC;
        x = l[(lid + 1) % size] + 1;
        SYNC;
        if (i == gid) { r[at] = x; return; }
      }
      r[at] = x + 1000;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   return (lid + group + 1) % static_cast<int>(s.items()) + group + 1;
                 });
}

TEST(barriers, loop_bounds_read_from_memory) {
  // The bound is a load from a uniform address: the same for the whole group as nothing writes it.
  program_under_test program(R"(
    kernel void k(global const int* bounds, global int* r) {
      local int l[32];
      int lid = get_local_id(0), x = lid;
      for (int i = 0; i < bounds[get_group_id(0)]; ++i) {
        l[lid] = x;
        barrier(CLK_LOCAL_MEM_FENCE);
        x = l[(lid + 1) % 32] + 2;
        barrier(CLK_LOCAL_MEM_FENCE);
      }
      r[get_global_id(0)] = x;
    })");
  const std::vector<std::int32_t> bounds{3, 0, 1, 40};
  std::vector<std::int32_t> result(128);
  program.run(over(128, 32), {in(bounds), out(result)});
  expect_each(result, [&](auto i) {
    const int times = bounds[i / 32];
    return static_cast<int>((i % 32 + times) % 32) + 2 * times;
  });
}

TEST(barriers, loop_bound_from_local_memory) {
  program_under_test program(R"(
    kernel void k(global int* r) {
      local int bound;
      local int l[40];
      int lid = get_local_id(0), x = 0;
      if (lid == 3) bound = get_group_id(0) + 2;
      barrier(CLK_LOCAL_MEM_FENCE);
      int n = bound;
      for (int i = 0; i < n; ++i) {
        l[lid] = x + lid;
        barrier(CLK_LOCAL_MEM_FENCE);
        x += l[39 - lid];
        barrier(CLK_LOCAL_MEM_FENCE);
      }
      r[get_global_id(0)] = x;
    })");
  std::vector<std::int32_t> result(160);
  program.run(over(160, 40), {out(result)});
  for (int group = 0; group < 4; ++group) {
    std::vector<int> x(40);
    for (int i = 0; i < group + 2; ++i) {
      const auto before = x;
      for (int w = 0; w < 40; ++w)
        x[w] += before[39 - w] + 39 - w;
    }
    EXPECT_EQ(std::vector<std::int32_t>(result.begin() + group * 40, result.begin() + group * 40 + 40), x);
  }
}

TEST(barriers, private_arrays_live_across) {
  in_every_shape(with_ids("", R"(
      int keep[9];
      float4 fv[2] = {(float4)(lid), (float4)(1, 2, 3, gid)};
      for (int i = 0; i < 9; ++i) keep[i] = lid * i;
      l[lid] = keep[lid % 9];
      SYNC;
      keep[(lid + 1) % 9] = l[(lid + 1) % size];
      SYNC;
      l[lid] = keep[4] + (int)fv[1].w;
      SYNC;
      int sum = l[size - 1 - lid];
      for (int i = 0; i < 9; ++i) sum = sum * 3 + keep[i];
      r[at] = sum + (int)fv[0].y;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   const auto keep = [&](int w) {
                     std::array<int, 9> a{};
                     for (int i = 0; i < 9; ++i)
                       a[i] = w * i;
                     const int next = (w + 1) % size;
                     a[(w + 1) % 9] = next * (next % 9);
                     return a;
                   };
                   unsigned sum = keep(size - 1 - lid)[4] + group;
                   for (const int v : keep(lid))
                     sum = sum * 3 + v;
                   return static_cast<std::int32_t>(sum + lid);
                 });
}

TEST(barriers, variables_keep_what_the_last_turn_of_a_loop_left) {
  // All that touches `last` and `total` lies between two barriers of the loop.
  in_every_shape(with_ids("", R"(
      int last;
      int total[2];
      l[lid] = lid;
      for (int turn = 0; turn < 4; ++turn) {
        SYNC;
        if (turn == 0) {
          total[0] = lid;
          total[1] = 7;
        } else {
          total[turn % 2] += last * turn;
        }
        last = l[(lid + turn) % size];
        if (turn == 3) r[at] = total[0] * 1000 + total[1];
      }
    )"),
                 [](int, int lid, const group_shape& s) {
                   const auto last = [&](int turn) { return (lid + turn) % static_cast<int>(s.items()); };
                   return (lid + last(1) * 2) * 1000 + 7 + last(0) + last(2) * 3;
                 });
}

TEST(barriers, conditions_live_across) {
  // What the conditions compare is not used again after the barrier.
  in_every_shape(with_ids("", R"(
      l[lid] = 3;
      SYNC;
      int x = lid + l[0];
      bool low = x < 20;
      bool some = x >= 5 && lid != 9 && lid <= 50;
      SYNC;
      int result = 0;
      if (low) result = l[lid] + 10;
      for (int turn = 0; turn < 2; ++turn) {
        if (some) {
          l[lid] = 40;
          result += 100;
        }
        SYNC;
      }
      r[at] = some ? result + l[lid] : result;
    )"),
                 [](int, int lid, const group_shape&) {
                   const bool some = lid >= 2 && lid != 9 && lid <= 50;
                   return (lid + 3 < 20 ? 13 : 0) + (some ? 240 : 0);
                 });
}

TEST(barriers, addresses_and_structs_live_across) {
  in_every_shape(with_ids("typedef struct { int a; float b; uchar c[5]; } state;", R"(
      state s = {lid, lid * 0.25f, {1, 2, 3, 4, 5}};
      int* p = lid & 1 ? &s.a : (int*)0;
      global int* out = r + at;
      local int* mine = l + lid;
      s.c[lid % 5] = 77;
      *mine = s.c[2];
      SYNC;
      if (p) *p += 1000;
      int other = mine[lid + 1 < size ? 1 : 0];
      SYNC;
      *out = s.a + (int)(s.b * 4) + s.c[(lid + 1) % 5] * 10000 + other;
    )"),
                 [](int, int lid, const group_shape& s) {
                   const auto c = [](int w, int i) { return w % 5 == i ? 77 : i + 1; };
                   const int neighbour = lid + 1 < static_cast<int>(s.items()) ? lid + 1 : lid;
                   return lid + (lid % 2 == 1 ? 1000 : 0) + lid + c(lid, (lid + 1) % 5) * 10000 + c(neighbour, 2);
                 });
}

TEST(barriers, in_helper_functions) {
  in_every_shape(with_ids(R"(
      int exchange(local int* l, int at, int from, int x) {
        l[at] = x;
        barrier(CLK_LOCAL_MEM_FENCE);
        int y = l[from];
        barrier(CLK_LOCAL_MEM_FENCE);
        return y;
      }
      int twice(local int* l, int at, int from, int x, int n) {
        for (int i = 0; i < n; ++i) x = exchange(l, at, from, x) + i;
        if (n == 0) return 500;
        return x;
      }
    )",
                          R"(
      int x = exchange(l, lid, (lid + 1) % size, lid);
      x += twice(l, lid, size - 1 - lid, x, gid % 3);
      r[at] = x;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   const auto x = [&](int i) { return (i + 1) % size; };
                   const int n = group % 3;
                   const int second = n == 0 ? 500 : n == 1 ? x(size - 1 - lid) : x(lid) + 1;
                   return x(lid) + second;
                 });
}

TEST(barriers, matrix_tiles) {
  constexpr std::size_t n = 48;
  const auto a = sample<float>(n * n, 1), b = sample<float>(n * n, 2);
  std::vector<float> c(n * n);
  for (const std::size_t tile : {4u, 8u, 16u, 12u}) {
    SCOPED_TRACE(tile);
    std::fill(c.begin(), c.end(), 0.0f);
    run(source_text{R"(
      #pragma OPENCL FP_CONTRACT OFF
      kernel __attribute__((reqd_work_group_size(TILE, TILE, 1)))
      void k(global const float* a, global const float* b, global float* c, int n) {
        local float ta[TILE][TILE], tb[TILE][TILE];
        int x = get_local_id(0), y = get_local_id(1), column = get_global_id(0), row = get_global_id(1);
        float sum = 0;
        for (int t = 0; t < n; t += TILE) {
          ta[y][x] = a[row * n + t + x];
          tb[y][x] = b[(t + y) * n + column];
          barrier(CLK_LOCAL_MEM_FENCE);
          for (int i = 0; i < TILE; ++i) sum += ta[y][i] * tb[i][x];
          barrier(CLK_LOCAL_MEM_FENCE);
        }
        c[row * n + column] = sum;
      })",
                    "-D TILE=" + std::to_string(tile)},
        {.global = {n, n}, .local = {tile, tile}}, {in(a), in(b), out(c), value(static_cast<std::int32_t>(n))});
    expect_each(c, [&](auto i) {
      float sum = 0;
      for (std::size_t j = 0; j < n; ++j) {
        const float product = a[i / n * n + j] * b[j * n + i % n];
        sum += product;
      }
      return sum;
    });
  }
}

TEST(barriers, inclusive_scan) {
  program_under_test program(R"(
    kernel void k(global const int* a, global int* r, local int* from, local int* to) {
      int lid = get_local_id(0), size = get_local_size(0), i = get_global_id(0);
      from[lid] = a[i];
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int d = 1; d < size; d *= 2) {
        to[lid] = lid >= d ? from[lid] + from[lid - d] : from[lid];
        barrier(CLK_LOCAL_MEM_FENCE);
        local int* t = from; from = to; to = t;
      }
      r[i] = from[lid];
    })");
  for (const std::size_t size : {1u, 2u, 17u, 64u, 100u}) {
    SCOPED_TRACE(size);
    std::vector<std::int32_t> a(4 * size), result(4 * size);
    for (std::size_t i = 0; i < a.size(); ++i)
      a[i] = static_cast<std::int32_t>(i * 7 % 13);
    program.run(over(4 * size, size), {in(a), out(result), local_memory(4 * size), local_memory(4 * size)});
    expect_each(result, [&](auto i) {
      return std::accumulate(a.begin() + static_cast<std::ptrdiff_t>(i / size * size),
                             a.begin() + static_cast<std::ptrdiff_t>(i) + 1, 0);
    });
  }
}

TEST(barriers, global_memory_fence_makes_stores_visible_in_the_group) {
  program_under_test program(R"(
    kernel void k(global int* scratch, global int* r) {
      size_t i = get_global_id(0), first = get_group_id(0) * get_local_size(0);
      scratch[i] = i * 2;
      barrier(CLK_GLOBAL_MEM_FENCE);
      r[i] = scratch[first + (get_local_id(0) + 5) % get_local_size(0)];
      barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
      scratch[i] = r[first];
    })");
  std::vector<std::int32_t> scratch(96), result(96);
  program.run(over(96, 24), {out(scratch), out(result)});
  expect_each(result, [](auto i) { return static_cast<int>(i / 24 * 24 + (i % 24 + 5) % 24) * 2; });
  expect_each(scratch, [](auto i) { return static_cast<int>(i / 24 * 24 + 5) * 2; });
}

TEST(barriers, fences_alone_do_not_need_convergence) {
  std::vector<std::int32_t> result(64);
  run(R"(
    kernel void k(global int* r) {
      local int l[64];
      int lid = get_local_id(0);
      if (lid & 1) { l[lid] = lid; mem_fence(CLK_LOCAL_MEM_FENCE); r[lid] = l[lid] + 1; }
      else { read_mem_fence(CLK_GLOBAL_MEM_FENCE); write_mem_fence(CLK_LOCAL_MEM_FENCE); r[lid] = -lid; }
    })",
      over(64, 64), {out(result)});
  expect_each(result, [](auto i) { return i % 2 == 1 ? static_cast<int>(i) + 1 : -static_cast<int>(i); });
}

TEST(barriers, loop_carried_values_swap_around_a_barrier) {
  in_every_shape(with_ids("", R"(
      int a = lid, b = gid, c = 1;
      for (int i = 0; i < 4; ++i) {
        l[lid] = a;
        SYNC;
        int t = a; a = b; b = c; c = t + l[(lid + 1) % size];
        SYNC;
        if (lid % 2) a += i;
      }
      r[at] = a + 100 * b + 10000 * c;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   std::vector<std::array<int, 3>> v(s.items());
                   for (int w = 0; w < size; ++w)
                     v[w] = {w, group, 1};
                   for (int i = 0; i < 4; ++i) {
                     const auto before = v;
                     for (int w = 0; w < size; ++w) {
                       v[w] = {before[w][1], before[w][2], before[w][0] + before[(w + 1) % size][0]};
                       if (w % 2 == 1) v[w][0] += i;
                     }
                   }
                   return v[lid][0] + 100 * v[lid][1] + 10000 * v[lid][2];
                 });
}

TEST(barriers, two_phases_with_a_divergent_loop_between) {
  in_every_shape(with_ids("", R"(
      l[lid] = lid % 11;
      SYNC;
      int n = l[(lid * 7) % size], sum = 0;
      while (n > 0) { sum += n; n -= (lid & 3) + 1; }
      SYNC;
      l[lid] = sum;
      SYNC;
      int best = 0;
      for (int i = 0; i < size; ++i) best = max(best, l[i]);
      r[at] = best * 100 + sum;
    )"),
                 [](int, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   const auto sum = [&](int w) {
                     int total = 0;
                     for (int n = w * 7 % size % 11; n > 0; n -= (w & 3) + 1)
                       total += n;
                     return total;
                   };
                   int best = 0;
                   for (int i = 0; i < size; ++i)
                     best = std::max(best, sum(i));
                   return best * 100 + sum(lid);
                 });
}

TEST(barriers, loop_counter_is_used_again_under_divergence) {
  // One variable, two lives: what it counts in the second says nothing of the first.
  in_every_shape(with_ids("", R"(
      int i, x = lid;
      for (i = 1; i < 4; ++i) {
        l[lid] = x + i;
        SYNC;
        x = l[(lid + i) % size];
        SYNC;
      }
      if (lid % 3 == 1) for (i = lid; i < lid + 5; ++i) x += i;
      r[at] = x;
    )"),
                 [](int, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   const int start = (lid + 6) % size + 6;
                   return lid % 3 == 1 ? start + 5 * lid + 10 : start;
                 });
}

TEST(barriers, loop_counter_is_used_on_both_sides_of_a_uniform_condition) {
  in_every_shape(with_ids("", R"(
      int i, x = lid;
      if (gid % 2 == 0) {
        for (i = 1; i < 3; ++i) {
          l[lid] = x + i;
          SYNC;
          x = l[(lid + i) % size];
          SYNC;
        }
      } else {
        if (lid % 3 == 1) for (i = lid; i < lid + 5; ++i) x += i;
        for (i = 2; i > 0; --i) {
          l[lid] = x - i;
          SYNC;
          x = l[(lid + i) % size];
          SYNC;
        }
      }
      r[at] = x;
    )"),
                 [](int group, int lid, const group_shape& s) {
                   const int size = static_cast<int>(s.items());
                   const int from = (lid + 3) % size;
                   if (group % 2 == 0) return from + 3;
                   return (from % 3 == 1 ? 6 * from + 10 : from) - 3;
                 });
}

TEST(barriers, first_and_last_statement) {
  in_every_shape(with_ids("", R"(
      SYNC;
      SYNC;
      r[at] = lid;
      SYNC;
    )"),
                 [](int, int lid, const group_shape&) { return lid; });
}

TEST(barriers, local_array_declared_in_nested_scope_and_two_dimensions) {
  std::vector<std::int32_t> result(21 * 4);
  run(R"(
    kernel void k(global int* r) {
      local int tile[3][7];
      local uchar flags[21];
      int x = get_local_id(0), y = get_local_id(1);
      tile[y][x] = x * 10 + y;
      flags[y * 7 + x] = x ^ y;
      barrier(CLK_LOCAL_MEM_FENCE);
      r[(get_group_id(1) * 2 + get_group_id(0)) * 21 + y * 7 + x] = tile[2 - y][6 - x] * 256 + flags[20 - (y * 7 + x)];
    })",
      {.global = {14, 6}, .local = {7, 3}}, {out(result)});
  expect_each(result, [](auto i) {
    const int x = static_cast<int>(i % 7), y = static_cast<int>(i % 21 / 7);
    return ((6 - x) * 10 + 2 - y) * 256 + ((6 - x) ^ (2 - y));
  });
}

TEST(barriers, transpose_through_local_memory) {
  constexpr std::size_t width = 40, height = 24;
  const auto a = sample<std::int32_t>(width * height, 3);
  std::vector<std::int32_t> result(width * height);
  run(R"(
    kernel void k(global const int* a, global int* r, int width, int height) {
      local int tile[8][9];
      int x = get_local_id(0), y = get_local_id(1);
      tile[y][x] = a[get_global_id(1) * width + get_global_id(0)];
      barrier(CLK_LOCAL_MEM_FENCE);
      r[(get_group_id(0) * 8 + y) * height + get_group_id(1) * 8 + x] = tile[x][y];
    })",
      {.global = {width, height}, .local = {8, 8}},
      {in(a), out(result), value(static_cast<std::int32_t>(width)), value(static_cast<std::int32_t>(height))});
  expect_each(result, [&](auto i) { return a[i % height * width + i / height]; });
}

} // namespace
} // namespace kernel_suite
