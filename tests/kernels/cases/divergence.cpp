// SPDX-License-Identifier: MIT
// Control flow in which neighbouring work-items go different ways.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

constexpr int n = 151;

/// Runs `r[i] = f(i, a)` for i below n, where `a` is 0..; `text` defines int f(int i).
template <class Expected>
void for_each_item(const std::string& text, Expected expected) {
  std::vector<std::int32_t> result(n, -777);
  run(text + "\nkernel void k(global int* r) { int i = get_global_id(0); r[i] = f(i); }", over(n), {out(result)});
  expect_each(result, [&](auto i) { return expected(static_cast<int>(i)); });
}

/// The same text is OpenCL C for the kernel and C++ for the expectation.
#define SAME_IN_BOTH_LANGUAGES(name, ...)                                                                              \
  TEST(divergence, name) {                                                                                             \
    struct host {                                                                                                      \
      static __VA_ARGS__                                                                                               \
    };                                                                                                                 \
    for_each_item(#__VA_ARGS__, host::f);                                                                              \
  }

SAME_IN_BOTH_LANGUAGES(
    if_else_chain, int f(int i) {
      int x = 1;
      if (i % 2 == 0)
        x = 5;
      else if (i % 3 == 0)
        x = 7;
      else if (i % 5 == 0) {
        x = 11;
        if (i > 50) x = 13;
      }
      return x * i;
    })

SAME_IN_BOTH_LANGUAGES(
    loop_with_different_trip_counts, int f(int i) {
      int sum = 0;
      for (int j = 0; j < i % 13; ++j)
        sum += j * i;
      return sum;
    })

SAME_IN_BOTH_LANGUAGES(
    nested_loops, int f(int i) {
      int sum = 0;
      for (int j = 0; j <= i % 7; ++j)
        for (int k = j; k < i % 5; ++k)
          for (int m = 0; m < 2 + (i & 1); ++m)
            sum = sum * 3 + j - k + m;
      return sum;
    })

SAME_IN_BOTH_LANGUAGES(
    break_leaves_only_its_loop, int f(int i) {
      int sum = 0;
      for (int j = 0; j < 10; ++j) {
        for (int k = 0; k < 10; ++k) {
          if (k * j > i) break;
          sum += k;
        }
        if (sum > 3 * i) break;
        sum += 100;
      }
      return sum;
    })

SAME_IN_BOTH_LANGUAGES(
    continue_goes_to_the_increment, int f(int i) {
      int sum = 0;
      for (int j = 0; j < 20; j += 1 + (i & 1)) {
        if ((i + j) % 3 == 0) continue;
        sum += j;
        if (j % 4 == i % 4) continue;
        sum *= 2;
        sum &= 0xffff;
      }
      return sum;
    })

SAME_IN_BOTH_LANGUAGES(
    break_and_continue_together, int f(int i) {
      int x = i;
      int steps = 0;
      while (true) {
        ++steps;
        if (steps > 40) break;
        if (x % 2 == 0) {
          x /= 2;
          if (x == 0) break;
          continue;
        }
        x = 3 * x + 1;
        if (x > 1000) break;
        if (x % 5 == 0) continue;
        x += 2;
      }
      return x * 64 + steps;
    })

SAME_IN_BOTH_LANGUAGES(
    collatz, int f(int i) {
      int x = i + 1;
      int steps = 0;
      while (x != 1) {
        x = x % 2 == 0 ? x / 2 : 3 * x + 1;
        ++steps;
      }
      return steps;
    })

SAME_IN_BOTH_LANGUAGES(
    early_return, int f(int i) {
      if (i % 4 == 0) return 1;
      int x = i * 2;
      if (i % 3 == 0) {
        x += 5;
        if (i % 9 == 0) return x;
        x += 7;
      } else
        return -x;
      return x * 10;
    })

SAME_IN_BOTH_LANGUAGES(
    return_from_nested_loops, int f(int i) {
      int count = 0;
      for (int j = 0; j < 8; ++j) {
        for (int k = 0; k < 8; ++k) {
          ++count;
          if (j * 8 + k == i) return count * 1000;
          if (k == i % 8 && (i & 16)) break;
        }
        if (i % 11 == j) return -count;
      }
      return count;
    })

SAME_IN_BOTH_LANGUAGES(
    switch_with_fall_through, int f(int i) {
      int x = i;
      switch (i % 9) {
      case 0: x += 1;
      case 1: x += 10; break;
      case 2: return 77;
      case 3:
      case 4: x *= 2;
      default: x += 1000;
      case 5: x += 3; break;
      case 6: {
        int y = x * 3;
        x = y - 1;
        break;
      }
      case 7:;
      }
      return x;
    })

SAME_IN_BOTH_LANGUAGES(
    switch_without_default_and_negative_cases, int f(int i) {
      int x = 0;
      switch (i % 7 - 3) {
      case -3: x = 1; break;
      case -1: x = 2; break;
      case 2: x = 3; break;
      }
      return x + i * 4;
    })

SAME_IN_BOTH_LANGUAGES(
    switch_in_a_loop, int f(int i) {
      int x = 0;
      for (int j = 0; j < 12; ++j) {
        switch ((i + j) % 5) {
        case 0: continue;
        case 1: x += 1; break;
        case 2:
          x += 20;
          if (i % 2) break;
          x += 300;
        case 3: x ^= j; break;
        default:
          if (j > 8) return x * 2;
        }
        x += 4;
      }
      return x;
    })

SAME_IN_BOTH_LANGUAGES(
    loop_in_a_switch, int f(int i) {
      int x = 3;
      switch (i & 3) {
      case 0:
        for (int j = 0; j < i % 6; ++j) {
          x += j;
          if (x > 9) break;
        }
      case 1:
        while (x < i)
          x += 7;
        break;
      case 2: do { x *= 2;
        } while (x < i);
        break;
      default: return -1;
      }
      return x;
    })

SAME_IN_BOTH_LANGUAGES(
    do_while, int f(int i) {
      int x = 0;
      int j = i % 6;
      do {
        x += j + 1;
        if (x % 4 == 1) continue;
        x += 2;
      } while (j-- > 0);
      return x * 100 + j;
    })

SAME_IN_BOTH_LANGUAGES(
    do_while_with_break, int f(int i) {
      int x = i;
      do {
        x += 3;
        if (x % 7 == 0) break;
        do {
          x += 1;
          if (x % 5 == 0) break;
        } while (x % 3 != 0);
      } while (x < 60);
      return x;
    })

SAME_IN_BOTH_LANGUAGES(
    short_circuit_in_loop_conditions, int f(int i) {
      int j = 0;
      int sum = 0;
      while (j < 20 && (sum < i || j % 3 == 1) && !(sum > 50 && i % 2)) {
        sum += j;
        ++j;
      }
      for (; j > 0 && sum % 7; --j)
        sum -= 1;
      return sum * 32 + j;
    })

SAME_IN_BOTH_LANGUAGES(
    ternaries_nested, int f(int i) {
      int a = i % 3 ? (i % 5 ? i : -i) : (i % 7 == 1 ? 100 : i * i);
      int b = a > 10 ? a < 50 ? 1 : 2 : a < 0 ? 3 : 4;
      return a * 5 + b;
    })

SAME_IN_BOTH_LANGUAGES(
    loop_in_a_divergent_if, int f(int i) {
      int x = 0;
      if (i % 3 == 1) {
        for (int j = 0; j < 9; ++j) {
          x += j;
          if (j == i % 10) break;
        }
        x += 1000;
      } else if (i % 3 == 2) {
        int j = i;
        while (j > 0) {
          j -= 11;
          x -= j;
        }
      }
      return x;
    })

SAME_IN_BOTH_LANGUAGES(
    uniform_loop_with_divergent_body, int f(int i) {
      int x = 0;
      for (int j = 0; j < 16; ++j) {
        if ((i >> (j & 3)) & 1)
          x += j;
        else
          x ^= j << 2;
        if (j == 11) x += i;
      }
      return x;
    })

SAME_IN_BOTH_LANGUAGES(
    values_after_a_loop_are_those_of_the_exit, int f(int i) {
      int last = -1;
      int trips = 0;
      for (int j = i % 4; j < 30; j += i % 5 + 1) {
        last = j;
        ++trips;
        if (j > 20 && i % 2) break;
      }
      return last * 100 + trips;
    })

SAME_IN_BOTH_LANGUAGES(
    infinite_loop_with_exits, int f(int i) {
      int x = 1;
      for (;;) {
        x = (x * 5 + i) % 101;
        if (x < 10) return x;
        if (x > 90) break;
        if (x == i % 101) {
          x += 1000;
          break;
        }
        ++i;
      }
      return -x;
    })

SAME_IN_BOTH_LANGUAGES(
    empty_bodies_and_statements, int f(int i) {
      ;
      int j = 0;
      for (j = 0; j * j < i; ++j)
        ;
      if (i & 1)
        ;
      else
        j += 50;
      while (j-- > 40 + i % 3)
        ;
      { {}; }
      return j;
    })

SAME_IN_BOTH_LANGUAGES(
    shadowed_names, int f(int i) {
      int x = i;
      {
        int x2 = x;
        {
          int x = x2 * 2;
          i += x;
        }
      }
      for (int i = 0; i < 3; ++i) {
        int x = i * 100;
        x++;
      }
      return x + i;
    })

SAME_IN_BOTH_LANGUAGES(
    divergent_private_array, int f(int i) {
      int table[16];
      for (int j = 0; j < 16; ++j)
        table[j] = j * j - i;
      for (int j = 0; j < i % 17; ++j) {
        if (table[j % 16] > 3)
          table[(j + i) % 16] += table[j % 16];
        else
          table[j % 16] = 4;
        table[j % 16] &= 0xfff;
      }
      int sum = 0;
      for (int j = 15; j >= 0; --j)
        sum = (sum * 2 + table[j]) & 0xffffff;
      return sum;
    })

SAME_IN_BOTH_LANGUAGES(
    binary_search, int f(int i) {
      int low = 0;
      int high = 1000;
      int target = i * 6 + 1;
      int probes = 0;
      while (low < high) {
        int middle = (low + high) / 2;
        ++probes;
        if (middle == target) return middle * 100 + probes;
        if (middle < target)
          low = middle + 1;
        else
          high = middle;
      }
      return -probes;
    })

SAME_IN_BOTH_LANGUAGES(
    greatest_common_divisor, int f(int i) {
      int a = i * 12 + 36;
      int b = i * 18 + 6;
      while (b != 0) {
        int t = a % b;
        a = b;
        b = t;
      }
      return a;
    })

SAME_IN_BOTH_LANGUAGES(
    insertion_sort_by_work_item, int f(int i) {
      int v[7];
      int seed = i * 2654435 + 1;
      for (int j = 0; j < 7; ++j) {
        seed = (seed * 1103 + 12345) & 0x7fff;
        v[j] = seed % 50;
      }
      for (int j = 1; j < 7; ++j) {
        int key = v[j];
        int k = j - 1;
        while (k >= 0 && v[k] > key) {
          v[k + 1] = v[k];
          --k;
        }
        v[k + 1] = key;
      }
      int code = 0;
      for (int j = 0; j < 7; ++j)
        code = (code * 51 + v[j]) & 0xfffffff;
      return code;
    })

TEST(divergence, mandelbrot) {
  constexpr std::size_t width = 61, height = 37;
  std::vector<std::int32_t> result(width * height);
  run(R"(
    #pragma OPENCL FP_CONTRACT OFF
    kernel void k(global int* r) {
      size_t px = get_global_id(0), py = get_global_id(1);
      float cx = px * (3.0f / 64) - 2.0f, cy = py * (2.0f / 32) - 1.0f, x = 0, y = 0;
      int i = 0;
      while (i < 200 && x * x + y * y <= 4.0f) { float t = x * x - y * y + cx; y = 2 * x * y + cy; x = t; ++i; }
      r[py * get_global_size(0) + px] = i;
    })",
      {.global = {width, height}}, {out(result)});
  expect_each(result, [](auto index) {
    const float cx = static_cast<float>(index % width) * (3.0f / 64) - 2.0f;
    const float cy = static_cast<float>(index / width) * (2.0f / 32) - 1.0f;
    float x = 0, y = 0;
    int i = 0;
    while (i < 200 && x * x + y * y <= 4.0f) {
      const float t = x * x - y * y + cx;
      y = 2 * x * y + cy;
      x = t;
      ++i;
    }
    return i;
  });
}

TEST(divergence, kernel_returns_early_and_leaves_memory_alone) {
  std::vector<std::int32_t> result(n, 5);
  run(R"(
    kernel void k(global int* r) {
      int i = get_global_id(0);
      if (i % 3 == 0) return;
      for (int j = 0; j < 10; ++j) {
        if (j == i % 12) return;
        r[i] += 1;
        if (i % 5 == 1) { r[i] += 100; return; }
      }
      r[i] = -r[i];
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const int i = static_cast<int>(index);
    int r = 5;
    if (i % 3 == 0) return r;
    for (int j = 0; j < 10; ++j) {
      if (j == i % 12) return r;
      r += 1;
      if (i % 5 == 1) return r + 100;
    }
    return -r;
  });
}

TEST(divergence, loop_over_rows_of_uneven_length) {
  constexpr std::size_t rows = 97;
  std::vector<std::int32_t> start(rows + 1), column;
  std::vector<float> weight;
  for (std::size_t row = 0; row < rows; ++row) {
    start[row] = static_cast<std::int32_t>(column.size());
    for (std::size_t j = 0; j < row * row % 23; ++j) {
      column.push_back(static_cast<std::int32_t>((row * 7 + j * 13) % rows));
      weight.push_back(static_cast<float>(j) - 4.0f);
    }
  }
  start[rows] = static_cast<std::int32_t>(column.size());
  const auto x = sample<float>(rows, 3);
  std::vector<float> y(rows);
  run(R"(
    kernel void k(global const int* start, global const int* column, global const float* weight,
                  global const float* x, global float* y) {
      int row = get_global_id(0);
      float sum = 0;
      for (int j = start[row]; j < start[row + 1]; ++j) sum += weight[j] * x[column[j]];
      y[row] = sum;
    })",
      over(rows), {guarded_in(start), guarded_in(column), guarded_in(weight), guarded_in(x), guarded_out(y)});
  expect_each(y, [&](auto row) {
    float sum = 0; // exact: small multiples of 1/8
    for (int j = start[row]; j < start[row + 1]; ++j)
      sum += weight[j] * x[column[j]];
    return sum;
  });
}

TEST(divergence, grid_stride_loop) {
  constexpr int count = 1009;
  const auto a = sample<std::int32_t>(count, 4);
  std::vector<std::int32_t> result(count);
  run(R"(
    kernel void k(global const int* a, global int* r, int n) {
      for (int i = get_global_id(0); i < n; i += get_global_size(0)) r[i] = a[i] ^ i;
    })",
      over(48), {guarded_in(a), guarded_out(result), value(count)});
  expect_each(result, [&](auto i) { return a[i] ^ static_cast<int>(i); });
}

TEST(divergence, stores_in_both_sides_of_an_if) {
  std::vector<std::int32_t> result(2 * n, -1);
  run(R"(
    kernel void k(global int* r) {
      int i = get_global_id(0);
      if (i & 2) { r[2 * i] = i; if (i & 1) r[2 * i + 1] = 1; }
      else { r[2 * i + 1] = -i; }
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const int i = static_cast<int>(index / 2);
    if (index % 2 == 0) return (i & 2) != 0 ? i : -1;
    return (i & 2) == 0 ? -i : (i & 1) != 0 ? 1 : -1;
  });
}

TEST(divergence, store_to_one_address_keeps_the_value_of_some_item) {
  std::vector<std::int32_t> result(3, -1);
  run(R"(
    kernel void k(global int* r) {
      int i = get_global_id(0);
      if (i == 13) r[0] = i;
      if (i > 1000) r[1] = i;
      r[2] = 42;
    })",
      over(n), {out(result)});
  expect_equal(result, {13, -1, 42});
}

TEST(divergence, floats_select_and_accumulate) {
  const auto a = sample<float>(n, 5);
  std::vector<float> result(n);
  run(R"(
    kernel void k(global const float* a, global float* r) {
      int i = get_global_id(0);
      float x = a[i], total = 0;
      while (fabs(x) > 1.0f) {
        if (x > 100) x -= 96; else if (x < -100) x *= 0.5f; else x *= -0.25f;
        total += x > 0 ? x : 1.0f;
      }
      r[i] = total;
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    float x = a[i], total = 0;
    while (std::fabs(x) > 1.0f) {
      if (x > 100)
        x -= 96;
      else if (x < -100)
        x *= 0.5f;
      else
        x *= -0.25f;
      total += x > 0 ? x : 1.0f;
    }
    return total;
  });
}

} // namespace
} // namespace kernel_suite
