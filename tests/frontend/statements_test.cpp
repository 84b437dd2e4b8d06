// SPDX-License-Identifier: MIT
#include "translate_text.hpp"

namespace dotcompute::frontend::testing {
namespace {

TEST(statements, a_value_never_assigned_again_needs_no_variable) {
  const std::string ir = kernel_ir("int a = n + 1; i[0] = a * a;");
  EXPECT_HAS_NOT(ir, "variable");
  EXPECT_HAS(ir, "add i32");
}

TEST(statements, a_local_that_changes_is_a_variable) {
  const std::string ir = kernel_ir("int a = n; a += 2; i[0] = a;");
  EXPECT_EQ(count(ir, "variable i32 \"a\""), 1u) << ir;
  EXPECT_EQ(count(ir, "write "), 2u) << ir;
}

TEST(statements, a_for_loop_declares_its_variable_before_it) {
  const std::string ir = kernel_ir("for (int j = 0; j < n; ++j) i[j] = j;");
  EXPECT_LT(ir.find("variable i32 \"j\""), ir.find("= loop")) << ir;
  EXPECT_HAS(ir, "condition:");
  EXPECT_HAS(ir, "step:");
}

TEST(statements, a_do_loop_tests_at_its_end) {
  EXPECT_HAS(kernel_ir("int a = 0; do { a += 3; } while (a < n); i[0] = a;"), "loop test_at_end");
}

TEST(statements, an_endless_for_yields_true) {
  const std::string ir = kernel_ir("int a = 0; for (;;) { if (++a > n) break; } i[0] = a;");
  EXPECT_HAS(ir, "constant boolean true");
  EXPECT_HAS(ir, "break_to");
}

TEST(statements, unroll_hints_reach_the_loop) {
  EXPECT_HAS(kernel_ir("#pragma unroll 4\nfor (int j = 0; j < 8; ++j) i[j] = j;"), "unroll 4");
  EXPECT_HAS(kernel_ir("__attribute__((opencl_unroll_hint(2))) for (int j = 0; j < 8; ++j) i[j] = j;"), "unroll 2");
  EXPECT_HAS(kernel_ir("#pragma nounroll\nfor (int j = 0; j < 8; ++j) i[j] = j;"), "unroll 1");
}

TEST(statements, nothing_follows_an_exit) {
  const std::string ir = kernel_ir("if (n) { i[0] = 1; return; i[0] = 2; } i[0] = 3;");
  EXPECT_EQ(count(ir, "store "), 2u) << ir;
}

TEST(statements, a_switch_without_fall_through_is_a_chain) {
  const std::string ir = kernel_ir("switch (n) { case 1: i[0] = 1; break; case 2: case 3: i[0] = 2; break;"
                                   " default: i[0] = 3; }");
  EXPECT_HAS(ir, "= block");
  EXPECT_HAS_NOT(ir, "running");
  EXPECT_EQ(count(ir, "if_else"), 2u) << ir;
  EXPECT_HAS_NOT(ir, "break_to");
}

TEST(statements, a_switch_that_falls_through_keeps_running) {
  const std::string ir = kernel_ir("int a = 0; switch (n) { case 1: a = 1; default: a += 2; break; case 7: a += 5; }"
                                   " i[0] = a;");
  EXPECT_HAS(ir, "\"running\"");
  EXPECT_EQ(count(ir, "if_else"), 3u) << ir;
}

TEST(statements, a_break_in_a_nested_if_leaves_the_switch_and_continue_the_loop) {
  const std::string ir =
      kernel_ir("for (int j = 0; j < n; ++j) { switch (j) { case 1: if (x > 1) break; i[1] = 1; break;"
                " case 2: continue; } i[j] = 2; }");
  EXPECT_HAS(ir, "break_to");
  EXPECT_HAS(ir, "continue_to");
}

TEST(statements, a_variable_declared_between_cases_is_shared_by_them) {
  kernel_ir("switch (n) { case 0: ; int y; y = 3; i[0] = y; case 1: y = 4; i[1] = y; break; default: break; }");
}

TEST(statements, ranges_of_cases_compare_twice) {
  const std::string ir = kernel_ir("switch (n) { case 1 ... 4: i[0] = 1; break; }");
  EXPECT_EQ(count(ir, "icmp_sle"), 2u) << ir;
}

TEST(statements, helpers_that_kernels_do_not_reach_are_left_out) {
  const std::string ir = ir_of("int used(int a) { return a + 1; } int unused(int a) { return a; }\n"
                               "kernel void k(global int* i) { i[0] = used(i[0]); }");
  EXPECT_HAS(ir, "used(");
  EXPECT_HAS_NOT(ir, "unused");
}

TEST(statements, structs_go_to_and_from_helpers_by_pointer) {
  const std::string ir = ir_of("typedef struct { int a; float b[3]; } s;\n"
                               "s make(int a) { s r = {a, {1.0f}}; return r; }\n"
                               "int take(s p) { p.a += 1; return p.a; }\n"
                               "kernel void k(global int* i) { s q = make(2); i[0] = take(q) + take(make(3)) + q.a; }");
  EXPECT_HAS(ir, "make(ptr private result, i32 a)");
  EXPECT_HAS(ir, "memory_copy");
}

TEST(statements, overloaded_helpers_keep_apart) {
  const std::string ir = ir_of("int __attribute__((overloadable)) f(int a) { return a; }\n"
                               "float __attribute__((overloadable)) f(float a) { return a; }\n"
                               "kernel void k(global float* o) { o[0] = f(1) + f(2.0f); }");
  EXPECT_HAS(ir, "\"f\"");
  EXPECT_HAS(ir, "\"f.2\"");
}

} // namespace
} // namespace dotcompute::frontend::testing
