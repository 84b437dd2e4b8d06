// SPDX-License-Identifier: MIT
// Loops that walk through memory in steps of the whole range, before a barrier: the packs of a group may go through
// them side by side, for as long as all work-items of the group stay.
#include "harness/suite.hpp"

#include <numeric>

namespace kernel_suite {
namespace {

constexpr std::size_t items = 64, groups = 3;

/// Kernels get: a (ints), n of them, r (one int for each work-item), l (local memory). `body` sets `sum`.
std::string summing(const std::string& body) {
  return R"(
    kernel void k(global const int* a, int n, global int* r, local int* l) {
      int sum = 0;
      )" +
         body + R"(
      l[get_local_id(0)] = sum;
      barrier(CLK_LOCAL_MEM_FENCE);
      int other = (get_local_id(0) + 1) % get_local_size(0);
      r[get_global_id(0)] = l[other];
    })";
}

template <class Sum>
void expect_sums(const std::string& body, int count, Sum sum, std::size_t local = items) {
  const auto a = sample<std::int32_t>(std::max(count, 1), 21);
  std::vector<std::int32_t> result(groups * local, -1);
  run(summing(body), over(groups * local, local),
      {guarded_in(a), value(count), guarded_out(result), local_memory(local * 4)});
  expect_each(result, [&](auto i) {
    const auto group = i / local, other = (i % local + 1) % local;
    return static_cast<std::int32_t>(sum(a, static_cast<std::uint32_t>(group * local + other)));
  });
}

std::uint32_t strided(const std::vector<std::int32_t>& a, std::uint32_t first, std::uint32_t step, std::uint32_t end) {
  std::uint32_t sum = 0;
  for (std::uint64_t i = first; i < end; i += step)
    sum += static_cast<std::uint32_t>(a[i]);
  return sum;
}

TEST(side_by_side, unsigned_counter) {
  for (const int count : {0, 1, 63, 64, 65, 192, 193, 255, 1000, 4099}) {
    SCOPED_TRACE(count);
    expect_sums("for (uint i = get_global_id(0); i < n; i += get_global_size(0)) sum += a[i];", count,
                [&](const auto& a, auto item) { return strided(a, item, groups * items, a.size() * (count != 0)); });
  }
}

TEST(side_by_side, signed_counter) {
  for (const int count : {0, 1, 191, 1000}) {
    SCOPED_TRACE(count);
    expect_sums("for (int i = get_global_id(0); i <= n - 1; i += get_global_size(0)) sum += a[i];", count,
                [&](const auto& a, auto item) { return strided(a, item, groups * items, a.size() * (count != 0)); });
  }
}

TEST(side_by_side, wide_counter) {
  expect_sums("for (size_t i = get_global_id(0); i < n; i += get_global_size(0)) sum += a[i];", 2000,
              [](const auto& a, auto item) { return strided(a, item, groups * items, 2000); });
}

TEST(side_by_side, sizes_that_are_no_multiple_of_a_pack) {
  for (const std::size_t local : {2, 17, 40, 100}) {
    SCOPED_TRACE(local);
    expect_sums(
        "for (uint i = get_global_id(0); i < n; i += get_global_size(0)) sum += a[i];", 1003,
        [&](const auto& a, auto item) { return strided(a, item, static_cast<std::uint32_t>(groups * local), 1003); },
        local);
  }
}

TEST(side_by_side, counter_is_read_after_the_loop) {
  expect_sums("uint i; for (i = get_global_id(0); i < n; i += 192) sum += a[i]; sum += i * 3;", 1000,
              [](const auto& a, auto item) {
                std::uint32_t i = item;
                while (i < 1000)
                  i += 192;
                return strided(a, item, 192, 1000) + i * 3;
              });
}

TEST(side_by_side, two_counters) {
  expect_sums("uint j = 5 * get_local_id(0); for (uint i = get_global_id(0); i < n; i += 192, j += 7) sum += a[i] ^ j;",
              1000, [](const auto& a, auto item) {
                std::uint32_t sum = 0, j = 5 * (item % items);
                for (std::uint32_t i = item; i < 1000; i += 192, j += 7)
                  sum += static_cast<std::uint32_t>(a[i]) ^ j;
                return sum;
              });
}

TEST(side_by_side, counter_that_depends_on_the_other_counter) {
  // `j` takes its step from `i` before and after `i` itself steps.
  for (const bool after : {false, true}) {
    SCOPED_TRACE(after);
    const std::string step = after ? "i += 192, j += i" : "j += i, i += 192";
    expect_sums("uint j = get_local_id(0); for (uint i = get_global_id(0); i < n; " + step + ") sum += a[i] ^ j;", 1000,
                [&](const auto& a, auto item) {
                  std::uint32_t sum = 0, j = item % items;
                  for (std::uint32_t i = item; i < 1000;) {
                    sum += static_cast<std::uint32_t>(a[i]) ^ j;
                    if (!after) j += i;
                    i += 192;
                    if (after) j += i;
                  }
                  return sum;
                });
  }
}

TEST(side_by_side, counter_wraps_within_a_group) {
  if (has_findings()) GTEST_SKIP() << "more than 10^8 turns, which Oclgrind takes hours for";
  // The last 8 work-items, beyond the end of the type, start again at zero. Of their group some have a turn, some none.
  const std::string body = "for (uint i = get_global_id(0) + 0xffffff48u; i < 0xffffffe8u; i += 23) sum += (int)i;";
  expect_sums(body, 1, [](const auto&, auto item) {
    std::uint32_t sum = 0;
    for (std::uint32_t i = item + 0xffffff48u; i < 0xffffffe8u; i += 23)
      sum += i;
    return sum;
  });
}

TEST(side_by_side, counter_wraps_between_iterations) {
  if (has_findings()) GTEST_SKIP() << "more than 10^7 turns, which Oclgrind takes hours for";
  const std::string body =
      "int turns = 0; for (uint i = get_local_id(0); i < 0xfffff000u; i += 0x12345678u) sum += (int)i ^ ++turns;";
  expect_sums(body, 1, [](const auto&, auto item) {
    std::uint32_t sum = 0, turns = 0;
    for (std::uint32_t i = item % items; i < 0xfffff000u; i += 0x12345678u)
      sum += i ^ ++turns;
    return sum;
  });
}

TEST(side_by_side, counter_goes_down) {
  expect_sums("for (int i = n - 1 - (int)get_global_id(0); i >= 0; i -= 192) sum += a[i];", 1000,
              [](const auto& a, auto item) {
                std::uint32_t sum = 0;
                for (int i = 999 - static_cast<int>(item); i >= 0; i -= 192)
                  sum += static_cast<std::uint32_t>(a[i]);
                return sum;
              });
}

TEST(side_by_side, counter_steps_by_what_memory_says) {
  expect_sums(
      "for (uint i = get_global_id(0); i < n; i += 64 + (a[0] & 1)) sum += a[i];", 1000,
      [](const auto& a, auto item) { return strided(a, item, static_cast<std::uint32_t>(64 + (a[0] & 1)), 1000); });
}

TEST(side_by_side, steps_differ_between_work_items) {
  expect_sums("for (uint i = get_global_id(0); i < n; i += 64 + get_local_id(0) / 16) sum += a[i];", 1000,
              [](const auto& a, auto item) { return strided(a, item, 64 + item % items / 16, 1000); });
}

TEST(side_by_side, counters_that_packs_start_apart) {
  // The same in all lanes of a pack of 16 or fewer, but not a constant apart from pack to pack.
  expect_sums(
      "uint row = get_local_id(0) / 16; for (uint i = get_local_id(0) + row * row; i < n; i += 64) sum += a[i];", 1000,
      [](const auto& a, auto item) {
        const std::uint32_t lid = item % items, row = lid / 16;
        return strided(a, lid + row * row, 64, 1000);
      });
}

TEST(side_by_side, address_with_an_offset) {
  expect_sums("for (int i = (int)get_global_id(0) - 2; i < n - 3; i += 192) sum += a[i + 3];", 1000,
              [](const auto& a, auto item) { return strided(a, item + 1, 192, 1000); });
}

TEST(side_by_side, stores_in_the_loop) {
  constexpr int count = 1003;
  const auto a = sample<std::int32_t>(count, 22);
  std::vector<std::int32_t> result(count, -1), last(groups * items);
  run(R"(
    kernel void k(global const int* a, int n, global int* r, global int* last, local int* l) {
      int i;
      for (i = get_global_id(0); i < n; i += get_global_size(0)) r[i] = a[i] * 3 + i;
      l[get_local_id(0)] = i;
      barrier(CLK_LOCAL_MEM_FENCE);
      last[get_global_id(0)] = l[get_local_size(0) - 1 - get_local_id(0)];
    })",
      over(groups * items, items),
      {guarded_in(a), value(count), guarded_out(result), guarded_out(last), local_memory(items * 4)});
  expect_each(result, [&](auto i) { return a[i] * 3 + static_cast<int>(i); });
  expect_each(last, [&](auto item) {
    int i = static_cast<int>(item / items * items + items - 1 - item % items);
    while (i < count)
      i += static_cast<int>(groups * items);
    return i;
  });
}

TEST(side_by_side, variable_that_only_the_loop_uses) {
  // Nothing is in `before` until the first turn has put it there; what it holds then is each work-item's own.
  const auto expected = [](const auto& a, auto item) {
    std::uint32_t sum = 0, before = 7;
    for (std::uint32_t i = item; i < 1003; i += groups * items) {
      sum += static_cast<std::uint32_t>(a[i]) ^ before;
      before = static_cast<std::uint32_t>(a[i]);
    }
    return sum;
  };
  expect_sums("int before; for (uint i = get_global_id(0); i < n; i += get_global_size(0)) {"
              " sum += a[i] ^ (i < get_global_size(0) ? 7 : before); before = a[i]; }",
              1003, expected);
}

TEST(side_by_side, groups_take_turns) {
  // More groups than go forward together, whose loops end after different numbers of trips, in the middle of a turn and
  // at its end; what one group keeps for after the loop is not another's.
  constexpr std::size_t many = 37;
  for (const std::size_t local : {48, 64, 256, 512}) {
    for (const int trips : {0, 1, 15, 16, 17, 41}) {
      SCOPED_TRACE(std::to_string(local) + " work-items, " + std::to_string(trips) + " trips");
      const std::size_t all = many * local, count = all * trips + all / 3 + 5;
      const auto a = sample<std::int32_t>(count, 23);
      std::vector<std::int32_t> result(all, -1), ends(all, -1), marks(many, -1);
      run(R"(
        kernel void k(global const int* a, uint n, global int* r, global int* ends, global int* marks, local int* l) {
          uint mark = get_group_id(0) * 11 + 3, own = get_local_id(0) ^ get_group_id(0);
          int sum = a[own], before = 0;
          uint i;
          for (i = get_global_id(0); i < n; i += get_global_size(0)) {
            sum += a[i] ^ before;
            before = a[i];
          }
          l[get_local_id(0)] = sum + (int)own;
          barrier(CLK_LOCAL_MEM_FENCE);
          r[get_global_id(0)] = l[(get_local_id(0) + 1) % get_local_size(0)];
          ends[get_global_id(0)] = (int)i;
          if (get_local_id(0) == 0) marks[get_group_id(0)] = (int)mark;
        })",
          over(all, local),
          {guarded_in(a), value(static_cast<std::uint32_t>(count)), guarded_out(result), guarded_out(ends),
           guarded_out(marks), local_memory(local * 4)});
      expect_each(result, [&](auto item) {
        const std::size_t group = item / local, other = (item % local + 1) % local, own = other ^ group;
        std::uint32_t sum = static_cast<std::uint32_t>(a[own]), before = 0;
        for (std::size_t i = group * local + other; i < count; i += all) {
          sum += static_cast<std::uint32_t>(a[i]) ^ before;
          before = static_cast<std::uint32_t>(a[i]);
        }
        return static_cast<std::int32_t>(sum + static_cast<std::uint32_t>(own));
      });
      expect_each(ends, [&](auto item) {
        std::size_t i = item;
        while (i < count)
          i += all;
        return static_cast<std::int32_t>(i);
      });
      expect_each(marks, [](auto group) { return static_cast<std::int32_t>(group * 11 + 3); });
    }
  }
}

TEST(side_by_side, groups_that_are_out_of_step_take_turns_with_others) {
  // Groups of an odd number start their packs apart, and go through the loop alone.
  constexpr std::size_t local = 128, many = 20, all = many * local, count = 50000;
  const auto a = sample<std::int32_t>(count + all, 24);
  std::vector<std::int32_t> result(all, -1);
  run(R"(
    kernel void k(global const int* a, uint n, global int* r, local int* l) {
      int sum = 0;
      uint shift = (get_local_id(0) / 64) * (get_group_id(0) % 2) * 5;
      for (uint i = get_global_id(0) + shift; i < n; i += get_global_size(0)) sum += a[i] * 3;
      l[get_local_id(0)] = sum;
      barrier(CLK_LOCAL_MEM_FENCE);
      r[get_global_id(0)] = l[get_local_size(0) - 1 - get_local_id(0)];
    })",
      over(all, local), {guarded_in(a), value(std::uint32_t{count}), guarded_out(result), local_memory(local * 4)});
  expect_each(result, [&](auto item) {
    const std::size_t group = item / local, other = local - 1 - item % local;
    std::uint32_t sum = 0;
    for (std::size_t i = group * local + other + other / 64 * (group % 2) * 5; i < count; i += all)
      sum += static_cast<std::uint32_t>(a[i]) * 3;
    return static_cast<std::int32_t>(sum);
  });
}

TEST(side_by_side, inside_a_loop_with_barriers) {
  expect_sums(R"(
      for (int round = 0; round < 3; ++round) {
        for (uint i = get_global_id(0) + round; i < n; i += 192) sum += a[i] * (round + 1);
        l[get_local_id(0)] = sum;
        barrier(CLK_LOCAL_MEM_FENCE);
        sum = l[get_local_id(0) ^ 1];
        barrier(CLK_LOCAL_MEM_FENCE);
      })",
              1000, [](const auto& a, auto item) {
                std::uint32_t mine = 0, partner = 0;
                for (std::uint32_t round = 0; round < 3; ++round) {
                  mine += strided(a, item + round, 192, 1000) * (round + 1);
                  partner += strided(a, (item ^ 1) + round, 192, 1000) * (round + 1);
                  std::swap(mine, partner);
                }
                return mine;
              });
}

} // namespace
} // namespace kernel_suite
