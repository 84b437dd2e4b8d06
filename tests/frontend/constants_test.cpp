// SPDX-License-Identifier: MIT
#include "translate_text.hpp"

namespace dotcompute::frontend::testing {
namespace {

TEST(constants, tables_become_bytes) {
  const std::string ir =
      ir_of("constant float t[4] = {1, 2, 3}; kernel void k(global float* o, int n) { o[0] = t[n]; }");
  EXPECT_HAS(ir, "\"t\" align 4 = 00 00 80 3f 00 00 00 40 00 00 40 40 00 00 00 00");
  EXPECT_HAS(ir, "global_address");
}

TEST(constants, structs_vectors_and_nested_arrays) {
  const std::string ir = ir_of("typedef struct { short a; int2 b; char c[2][2]; } s;\n"
                               "constant s t[2] = {{1, (int2)(2, 3), {{4, 5}, {6}}}};\n"
                               "kernel void k(global int* o, int n) { o[0] = t[n].b.y + t[n].c[1][n]; }");
  EXPECT_HAS(ir, "01 00 00 00 00 00 00 00 02 00 00 00 03 00 00 00 04 05 06 00");
}

TEST(constants, expressions_are_evaluated) {
  const std::string ir = ir_of("constant int a[1] = {3 * 7 + sizeof(int)}; constant float b[1] = {1.0f / 4};\n"
                               "kernel void k(global float* o, int n) { o[0] = a[n] + b[n]; }");
  EXPECT_HAS(ir, "19 00 00 00");
  EXPECT_HAS(ir, "00 00 80 3e");
}

TEST(constants, those_declared_in_functions_are_program_scope) {
  const std::string ir = ir_of("kernel void k(global int* o, int n) { constant int t[2] = {5, 6}; o[0] = t[n]; }");
  EXPECT_HAS(ir, "05 00 00 00 06 00 00 00");
  EXPECT_HAS_NOT(ir, "private_alloc");
}

TEST(constants, string_literals_end_in_zero) {
  const std::string ir =
      ir_of("constant char text[] = \"hi\";\n"
            "kernel void k(global char* o, int n) { constant char* p = \"yo\"; o[0] = text[n] + p[n]; }");
  EXPECT_HAS(ir, "68 69 00");
  EXPECT_HAS(ir, "79 6f 00");
}

TEST(constants, scalars_and_pointers_are_known_where_they_are_read) {
  const std::string ir =
      ir_of("constant int a[2] = {1, 2}; constant int b = 41 + 1; constant int* constant p = &a[1];\n"
            "constant char* constant text = \"hi\";\n"
            "kernel void k(global int* o, int n) { o[0] = *p + b + text[n]; }");
  EXPECT_HAS(ir, "constant i32 42");
  EXPECT_HAS(ir, "plus 4");
  EXPECT_HAS(ir, "68 69 00");
}

TEST(constants, pointers_in_tables_are_refused) {
  const auto e = error_of("constant int a = 1;\nconstant int* constant p[1] = {&a};\n"
                          "kernel void k(global int* o, int n) { o[0] = *p[n]; }");
  EXPECT_HAS(e.message, "'p'");
  EXPECT_EQ(e.line, 2u);
}

TEST(constants, enumerators_are_numbers) {
  EXPECT_HAS(ir_of("enum e { a = 4, b }; kernel void k(global int* o) { enum e v = b; o[0] = v; }"), "constant i32 5");
}

} // namespace
} // namespace dotcompute::frontend::testing
