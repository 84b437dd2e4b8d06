// SPDX-License-Identifier: MIT
// Sources that must be refused, with the file, line and column at fault; and warnings that must be given.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

/// Refused with each of `parts` in the log.
void refused(const std::string& text, const std::vector<std::string>& parts, const std::string& options = "") {
  const std::string log = log_of_refused_build({text, options, "my_kernels.cl"});
  for (const std::string& part : parts) {
    EXPECT_NE(log.find(part), std::string::npos) << "'" << part << "' is not in the log:\n" << log;
  }
}

TEST(refused, syntax_error_names_file_line_and_column) {
  const std::string text = "kernel void k(global int* r) {\n  int x = 1\n  r[0] = x;\n}\n";
  if (on_pocl()) {
    refused(text, {":2:12", "expected ';'"});
  } else {
    refused(text, {"my_kernels.cl:2:12", "expected ';'"});
  }
}

TEST(refused, unknown_names_and_types) {
  refused("kernel void k(global int* r) {\n  r[0] = missing(3);\n}\n", {":2:10", "missing"});
  refused("kernel void k(global int* r) {\n  unknown_type x;\n}\n", {":2:3", "unknown_type"});
  refused("kernel void k(global int* r) {\n  r[0] = undeclared;\n}\n", {":2:10", "undeclared"});
}

TEST(refused, kernels_that_return_values) {
  refused("kernel int k(global int* r) { return 1; }", {":1:"});
}

TEST(refused, private_pointer_arguments) {
  refused("kernel void k(int* r) { *r = 1; }", {":1:"});
}

TEST(refused, address_spaces_mixed) {
  refused("kernel void k(global int* r) {\n  local int* p = r;\n  *p = 1;\n}\n", {":2:14"});
}

TEST(refused, writes_to_constants) {
  refused("constant int c = 3;\nkernel void k(global int* r) {\n  c = 4;\n}\n", {":3:"});
  refused("kernel void k(global const int* r) {\n  r[0] = 4;\n}\n", {":2:"});
}

TEST(refused, error_directive) {
  refused("#error because\nkernel void k(global int* r) {}", {":1:2", "because"});
}

TEST(refused, missing_include) {
  refused("#include \"nowhere.h\"\nkernel void k(global int* r) {}", {":1:10", "nowhere.h"});
}

TEST(refused, warnings_as_errors) {
  refused("kernel void k(global int* r) {\n  int* p = (int*)3;\n  uint* q = p;\n  *q = 1;\n}\n", {":3:"}, "-Werror");
}

TEST(refused, recursion) {
  const std::string text =
      "int f(int x) {\n  return x < 2 ? 1 : x * f(x - 1);\n}\nkernel void k(global int* r) { r[0] = f(5); }";
  if (on_pocl()) GTEST_SKIP() << "PoCL lets recursion through";
  refused(text, {"my_kernels.cl:", "recurs"});
  refused("int f(int x);\nint g(int x) { return f(x - 1); }\nint f(int x) { return x > 0 ? g(x) : 0; }\n"
          "kernel void k(global int* r) { r[0] = f(5); }",
          {"my_kernels.cl:", "recurs"});
}

TEST(refused, goto_statements) {
  if (on_pocl()) GTEST_SKIP() << "PoCL compiles goto";
  refused("kernel void k(global int* r) {\n  int i = 0;\nagain:\n  r[i] = i;\n  if (++i < 5) goto again;\n}\n",
          {"my_kernels.cl:5:16", "goto"});
}

TEST(refused, barrier_under_a_divergent_if) {
  if (on_pocl()) GTEST_SKIP() << "PoCL compiles divergent barriers";
  refused("kernel void k(global int* r) {\n  int i = get_local_id(0);\n  if (i < 3)\n    "
          "barrier(CLK_LOCAL_MEM_FENCE);\n  r[i] = i;\n}\n",
          {"my_kernels.cl:4:5", "barrier"});
}

TEST(refused, barrier_in_a_divergent_loop) {
  if (on_pocl()) GTEST_SKIP() << "PoCL compiles divergent barriers";
  refused("kernel void k(global int* r) {\n  int i = get_local_id(0);\n  for (int j = 0; j < i; ++j) {\n    r[j] = i;\n"
          "    barrier(CLK_LOCAL_MEM_FENCE);\n  }\n}\n",
          {"my_kernels.cl:5:5", "barrier"});
}

TEST(refused, barrier_after_a_divergent_break) {
  if (on_pocl()) GTEST_SKIP() << "PoCL compiles divergent barriers";
  refused("kernel void k(global int* r) {\n  int i = get_local_id(0);\n  for (int j = 0; j < 9; ++j) {\n    if (i == "
          "j) break;\n"
          "    barrier(CLK_LOCAL_MEM_FENCE);\n    r[j] = i;\n  }\n}\n",
          {"my_kernels.cl:5:5", "barrier"});
}

TEST(refused, divergent_barrier_in_a_helper) {
  if (on_pocl()) GTEST_SKIP() << "PoCL compiles divergent barriers";
  refused("void sync(void) {\n  barrier(CLK_LOCAL_MEM_FENCE);\n}\nkernel void k(global int* r) {\n  int i = "
          "get_global_id(0);\n"
          "  if (i & 1) sync();\n  r[i] = i;\n}\n",
          {"my_kernels.cl:", "barrier"});
}

TEST(refused, images_and_samplers) {
  if (on_pocl()) GTEST_SKIP() << "PoCL has images";
  refused("kernel void k(read_only image2d_t i, global float4* r) {\n"
          "  const sampler_t s = CLK_NORMALIZED_COORDS_FALSE;\n  r[0] = read_imagef(i, s, (int2)(0));\n}\n",
          {"my_kernels.cl:", "image"});
}

TEST(refused, unknown_options) {
  const std::string text = "kernel void k(global int* r) { r[0] = 1; }";
  refused(text, {}, "-cl-no-such-option");
  if (!on_pocl()) refused(text, {"--frobnicate"}, "--frobnicate");
}

TEST(refused, a_kernel_that_is_not_there) {
  program_under_test program("kernel void here(global int* r) { r[0] = 1; }");
  std::vector<std::int32_t> result(1);
  EXPECT_THROW(program.run(over("absent", 1), {out(result)}), launch_failure);
}

TEST(refused, wrong_arguments) {
  program_under_test program("kernel void k(global int* r, int x) { r[0] = x; }");
  std::vector<std::int32_t> result(1);
  EXPECT_THROW(program.run(over(1), {out(result), value(std::int64_t{1})}), launch_failure) << "8 bytes for an int";
  if (on_pocl()) return; // its runtime keeps what was set before
  EXPECT_THROW(program.run(over(1), {out(result)}), launch_failure) << "one argument of two";
  EXPECT_THROW(program.run(over(1), {value(std::int32_t{1}), value(std::int32_t{1})}), launch_failure)
      << "a value for a buffer";
  EXPECT_THROW(program.run(over(1), {out(result), out(result)}), launch_failure) << "a buffer for a value";
}

TEST(refused, warnings_are_in_the_log_of_a_build_that_succeeds) {
  program_under_test program("#warning look here\nkernel void k(global int* r) { r[0] = 1; }");
  if (!on_pocl()) {
    EXPECT_NE(program.log().find("look here"), std::string::npos) << program.log();
  }
}

TEST(refused, barrier_whose_uniformity_is_not_proved_is_a_warning) {
  if (on_pocl()) GTEST_SKIP() << "PoCL does not check";
  // Whether the loaded bound is the same for the whole group depends on what other work-items wrote.
  program_under_test program(source_text{R"(
kernel void k(global int* bound, global int* r) {
  local int l[16];
  int i = get_local_id(0);
  bound[1 + i] = i;
  for (int j = 0; j < bound[0]; ++j) {
    l[i] = j;
    barrier(CLK_LOCAL_MEM_FENCE);
    r[i] += l[15 - i];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
})",
                                         "", "my_kernels.cl"});
  std::vector<std::int32_t> bound(17), result(16);
  bound[0] = 3;
  program.run(over(16, 16), {out(bound), out(result)});
  expect_each(result, [](auto) { return 0 + 1 + 2; });
  EXPECT_NE(program.log().find("warning"), std::string::npos) << program.log();
}

} // namespace
} // namespace kernel_suite
