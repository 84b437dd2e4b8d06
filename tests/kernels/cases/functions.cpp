// SPDX-License-Identifier: MIT
// Helper functions, the preprocessor and the build options.
#include "harness/suite.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace kernel_suite {
namespace {

constexpr std::size_t n = 90;

TEST(functions, early_returns_in_every_place) {
  std::vector<std::int32_t> result(n);
  run(R"(
    int classify(int x) {
      if (x < 10) return 1;
      for (int i = 0; i < 5; ++i) {
        if (x == 20 + i) return 2 + i;
        while (x % 3 == 0) { if (x > 60) return 100; x -= 3; if (x < 30) return 200 + x; }
      }
      switch (x % 4) { case 0: return 300; case 1: break; default: return 301; }
      return 400 + x;
    }
    kernel void k(global int* r) { int i = get_global_id(0); r[i] = classify(i) * 2 + classify(i / 2); })",
      over(n), {out(result)});
  const auto classify = [](int x) {
    if (x < 10) return 1;
    for (int i = 0; i < 5; ++i) {
      if (x == 20 + i) return 2 + i;
      while (x % 3 == 0) {
        if (x > 60) return 100;
        x -= 3;
        if (x < 30) return 200 + x;
      }
    }
    switch (x % 4) {
    case 0: return 300;
    case 1: break;
    default: return 301;
    }
    return 400 + x;
  };
  expect_each(result, [&](auto i) { return classify(static_cast<int>(i)) * 2 + classify(static_cast<int>(i) / 2); });
}

TEST(functions, results_through_pointers) {
  std::vector<std::int32_t> result(2 * n);
  run(R"(
    void divide(int a, int b, int* quotient, int* remainder) {
      if (b == 0) { *quotient = -1; return; }
      *quotient = a / b;
      *remainder = a % b;
    }
    void store(global int* to, int value) { if (value < 0) return; *to = value; }
    kernel void k(global int* r) {
      int i = get_global_id(0), q = 7, m[2] = {8, 9};
      divide(i * 13, i % 5, &q, &m[1]);
      store(r + 2 * i, q);
      store(&r[2 * i + 1], m[1] * 10 + m[0]);
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const int i = static_cast<int>(index / 2);
    const int q = i % 5 == 0 ? -1 : i * 13 / (i % 5), m = i % 5 == 0 ? 9 : i * 13 % (i % 5);
    return index % 2 == 0 ? std::max(q, 0) : m * 10 + 8;
  });
}

TEST(functions, arguments_are_copies) {
  std::vector<std::int32_t> result(n);
  run(R"(
    int consume(int x, int4 v, bool flag) { while (x > 3) { x -= 3; v.x += 1; } if (flag) v.x = -v.x; return v.x * 10 + x; }
    kernel void k(global int* r) {
      int i = get_global_id(0);
      int4 v = (int4)(i);
      int a = consume(i, v, i & 1);
      r[i] = a + i + v.x;
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    int x = static_cast<int>(index), v = x;
    while (x > 3) {
      x -= 3;
      v += 1;
    }
    if (index & 1) v = -v;
    return v * 10 + x + 2 * static_cast<int>(index);
  });
}

TEST(functions, chains_and_declarations_before_definitions) {
  std::vector<std::int32_t> result(n);
  run(R"(
    int last(int);
    static int first(int x);
    inline int middle(int x) { return last(x + 1) * 2; }
    static int first(int x) { return middle(x) + middle(x * 2); }
    int last(int x) { return x % 2 ? x : -x; }
    __attribute__((noinline)) int wrapped(int x) { return first(x) - last(x); }
    kernel void k(global int* r) { int i = get_global_id(0); r[i] = wrapped(i); })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const int i = static_cast<int>(index);
    const auto last = [](int x) { return x % 2 != 0 ? x : -x; };
    return last(i + 1) * 2 + last(i * 2 + 1) * 2 - last(i);
  });
}

TEST(functions, work_item_queries_in_helpers) {
  std::vector<std::int32_t> result(96);
  run(R"(
    int where(void) { return get_global_id(0) + 1000 * get_local_id(0) + 100000 * get_group_id(0); }
    kernel void k(global int* r) { r[get_global_id(0)] = where(); })",
      over(96, 12), {out(result)});
  expect_each(result, [](auto i) { return i + 1000 * (i % 12) + 100000 * (i / 12); });
}

TEST(functions, a_kernel_calls_a_kernel) {
  std::vector<std::int32_t> result(n);
  program_under_test program(R"(
    kernel void fill(global int* r, int x) { r[get_global_id(0)] = x; }
    kernel void k(global int* r) { fill(r, 5); if (get_global_id(0) % 2) fill(r, 6); })");
  program.run(over("k", n), {out(result)});
  expect_each(result, [](auto i) { return 5 + i % 2; });
  program.run(over("fill", n), {out(result), value(std::int32_t{9})});
  expect_each(result, [](auto) { return 9; });
}

TEST(functions, overloadable) {
  std::vector<std::int32_t> result(4);
  run(R"(
    int __attribute__((overloadable)) kind(int x) { return 1; }
    int __attribute__((overloadable)) kind(float x) { return 2; }
    int __attribute__((overloadable)) kind(int4 x) { return 3; }
    int __attribute__((overloadable)) kind(global int* x) { return 4; }
    kernel void k(global int* r) { r[0] = kind(1); r[1] = kind(1.0f); r[2] = kind((int4)(1)); r[3] = kind(r); })",
      over(1), {out(result)});
  expect_equal(result, {1, 2, 3, 4});
}

TEST(functions, macros) {
  std::vector<std::int32_t> result(n);
  run(R"(
    #define SQUARE(x) ((x) * (x))
    #define JOIN(a, b) a##b
    #define TEXT(x) #x
    #define MANY(f, ...) f(__VA_ARGS__)
    #define COUNT 4
    #if defined(COUNT) && COUNT > 3 && !defined(NEVER)
    #define STEP 2
    #else
    #error not reached
    #endif
    #ifdef __OPENCL_VERSION__
    #define BASE 100
    #endif
    int add3(int a, int b, int c) { return a + b + c; }
    kernel void k(global int* r) {
      int i = get_global_id(0);
      int JOIN(val, ue) = SQUARE(i + 1);
      #undef COUNT
      #define COUNT 10
      #pragma unroll 2
      for (int j = 0; j < COUNT; j += STEP) value += j;
      r[i] = MANY(add3, value, BASE, sizeof(TEXT(abc))) + __LINE__ - __LINE__ + CLK_LOCAL_MEM_FENCE * 0;
    })",
      over(n), {out(result)});
  expect_each(result, [](auto i) { return (i + 1) * (i + 1) + 20 + 100 + 4; });
}

TEST(functions, predefined_macros) {
  std::vector<std::int32_t> result(6);
  run(R"(
    kernel void k(global int* r) {
      r[0] = __OPENCL_C_VERSION__ >= 120;
      r[1] = __OPENCL_VERSION__ >= 120;
      r[2] = __ENDIAN_LITTLE__;
      #ifdef cl_khr_fp64
      r[3] = 1;
      #endif
      r[4] = CL_VERSION_1_2;
      #ifdef cl_khr_global_int32_base_atomics
      r[5] = 1;
      #endif
    })",
      over(1), {out(result)});
  expect_equal(result, {1, 1, 1, 1, 120, 1});
}

TEST(functions, definitions_given_as_options) {
  std::vector<std::int32_t> result(4);
  run(source_text{R"(
    #ifndef FLAG
    #error FLAG is not defined
    #endif
    kernel void k(global int* r) { r[0] = FLAG; r[1] = SIZE + 1; r[2] = TWICE(21); r[3] = (int)(WEIGHT * 4); })",
                  "-D FLAG -DSIZE=32 -D TWICE(x)=((x)*2) -D WEIGHT=2.5f -cl-std=CL1.2 -w"},
      over(1), {out(result)});
  expect_equal(result, {1, 33, 42, 10});
}

TEST(functions, includes_are_found) {
  const auto folder = std::filesystem::temp_directory_path() / ("kernel_suite_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder / "sub");
  {
    std::ofstream(folder / "twice.h") << "#include \"sub/one.h\"\nint twice(int x) { return x * 2 + ONE; }\n";
    std::ofstream(folder / "sub" / "one.h") << "#pragma once\n#define ONE 1\n";
  }
  std::vector<std::int32_t> result(n);
  run(source_text{R"(
    #include "twice.h"
    #include "sub/one.h"
    kernel void k(global int* r) { int i = get_global_id(0); r[i] = twice(i); })",
                  "-I " + folder.string()},
      over(n), {out(result)});
  std::filesystem::remove_all(folder);
  expect_each(result, [](auto i) { return 2 * i + 1; });
}

TEST(functions, accepted_options) {
  for (const std::string option :
       {"-cl-opt-disable", "-cl-mad-enable", "-cl-no-signed-zeros", "-cl-unsafe-math-optimizations",
        "-cl-finite-math-only", "-cl-fast-relaxed-math", "-cl-denorms-are-zero", "-cl-single-precision-constant",
        "-cl-fp32-correctly-rounded-divide-sqrt", "-cl-std=CL1.1", "-cl-std=CL1.2", "-cl-kernel-arg-info", "-w",
        "-Werror"}) {
    SCOPED_TRACE(option);
    std::vector<float> result(n);
    run(source_text{"kernel void k(global float* r) { size_t i = get_global_id(0); r[i] = i * 2.0f + 1; }", option},
        over(n), {out(result)});
    expect_each(result, [](auto i) { return static_cast<float>(i) * 2 + 1; });
  }
}

TEST(functions, many_kernels_in_one_program) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += "kernel void k" + std::to_string(i) + "(global int* r, int x) { r[get_global_id(0)] = x * " +
            std::to_string(i) + "; }\n";
  }
  program_under_test program(text);
  for (int i = 0; i < 20; i += 3) {
    std::vector<std::int32_t> result(9);
    program.run(over("k" + std::to_string(i), 9), {out(result), value(std::int32_t{11})});
    expect_each(result, [&](auto) { return 11 * i; });
  }
}

TEST(functions, attributes_are_accepted) {
  std::vector<float> result(64);
  run(R"(
    __kernel __attribute__((vec_type_hint(float4))) __attribute__((work_group_size_hint(32, 1, 1)))
    void k(__global float* restrict r) { r[get_global_id(0)] = 3; })",
      over(64, 32), {out(result)});
  expect_each(result, [](auto) { return 3.0f; });
}

TEST(functions, scalar_arguments_of_every_type) {
  std::vector<double> result(10);
  run(R"(
    kernel void k(char a, uchar b, short c, ushort d, int e, uint f, long g, ulong h, float x, double y, global double* r) {
      r[0] = a; r[1] = b; r[2] = c; r[3] = d; r[4] = e; r[5] = f; r[6] = g; r[7] = h; r[8] = x; r[9] = y;
    })",
      over(1),
      {value(std::int8_t{-1}), value(std::uint8_t{255}), value(std::int16_t{-2}), value(std::uint16_t{65535}),
       value(std::int32_t{-3}), value(4000000000u), value(std::int64_t{-5000000000}), value(std::uint64_t{1} << 63),
       value(1.5f), value(2.25), out(result)});
  expect_equal(result, {-1, 255, -2, 65535, -3, 4e9, -5e9, 9223372036854775808.0, 1.5, 2.25});
}

TEST(functions, many_arguments) {
  std::string parameters, sum;
  std::vector<argument> arguments;
  std::vector<std::int32_t> result(5);
  int expected = 0;
  for (int i = 0; i < 60; ++i) {
    parameters += "int a" + std::to_string(i) + ", ";
    sum += " + a" + std::to_string(i) + " * " + std::to_string(i % 7);
    arguments.push_back(value(std::int32_t{i * i}));
    expected += i * i * (i % 7);
  }
  arguments.push_back(out(result));
  run("kernel void k(" + parameters + "global int* r) { r[get_global_id(0)] = 0" + sum + "; }", over(5), arguments);
  expect_each(result, [&](auto) { return expected; });
}

} // namespace
} // namespace kernel_suite
