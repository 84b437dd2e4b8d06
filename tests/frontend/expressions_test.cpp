// SPDX-License-Identifier: MIT
#include "translate_text.hpp"

namespace dotcompute::frontend::testing {
namespace {

TEST(expressions, products_and_sums_fuse_within_an_expression) {
  EXPECT_EQ(count(kernel_ir("f[0] = f[1] * x + f[2];"), "fmuladd"), 1u);
  EXPECT_EQ(count(kernel_ir("f[0] = f[2] - f[1] * x;"), "fmuladd"), 1u);
  EXPECT_EQ(count(kernel_ir("f[0] += f[1] * x;"), "fmuladd"), 1u);
  EXPECT_EQ(count(kernel_ir("float p = f[1] * x; f[0] = p + f[2];"), "fmuladd"), 0u);
  EXPECT_EQ(count(kernel_ir("#pragma OPENCL FP_CONTRACT OFF\nf[0] = f[1] * x + f[2];"), "fmuladd"), 0u);
}

TEST(expressions, signed_arithmetic_does_not_wrap_unsigned_does) {
  EXPECT_HAS(kernel_ir("i[0] = n + i[1];"), "no_signed_wrap");
  EXPECT_HAS_NOT(kernel_ir("u[0] = m + u[1];"), "no_signed_wrap");
}

TEST(expressions, subscripts_keep_their_index_type) {
  EXPECT_HAS(kernel_ir("f[n] = 0;"), "scale 4 signed");
  EXPECT_HAS(kernel_ir("f[m] = 0;"), "scale 4 unsigned");
  EXPECT_HAS_NOT(kernel_ir("f[n] = f[m];"), "sign_extend");
  EXPECT_HAS(kernel_ir("f[3] = 0;"), "plus 12");
}

TEST(expressions, cheap_right_sides_are_evaluated_always) {
  EXPECT_HAS_NOT(kernel_ir("i[0] = n > 1 && x < 2.0f;"), "if_else");
  EXPECT_HAS(kernel_ir("i[0] = n > 1 && f[n] < 2.0f;"), "if_else");
  EXPECT_HAS(kernel_ir("i[0] = n != 0 && 10 / n > 2;"), "if_else");
  EXPECT_HAS_NOT(kernel_ir("i[0] = n > 3 ? n * 2 : n + 1;"), "if_else");
  EXPECT_HAS(kernel_ir("f[0] = n > 3 ? f[3] : 0;"), "if_else");
}

TEST(expressions, vector_comparisons_are_masks) {
  const std::string ir = kernel_ir("int4 a = v[0] < v[1]; v[2] = a ? v[0] : v[1];");
  EXPECT_HAS(ir, "fcmp_olt booleanx4");
  EXPECT_HAS(ir, "select f32x4");
}

TEST(expressions, swizzles_read_and_write_components) {
  const std::string ir = kernel_ir("float4 a = v[0]; a.yx = a.zw; a.hi.x = 1; a.even += 2; v[1] = a.wzyx;");
  EXPECT_HAS(ir, "shuffle f32x4");
  EXPECT_HAS(ir, "[3 2 1 0]");
}

TEST(expressions, components_in_memory_are_stored_alone) {
  const std::string ir = kernel_ir("v[n].y = x;");
  EXPECT_HAS(ir, "plus 4");
  EXPECT_HAS_NOT(ir, "load");
}

TEST(expressions, vectors_are_indexed_at_run_time) {
  const std::string ir = kernel_ir("float4 a = v[0]; a[n] = 2; f[0] = a[n + 1];");
  EXPECT_HAS(ir, "extract_dynamic");
}

TEST(expressions, bool_is_a_byte_in_memory) {
  const std::string ir = kernel_ir("bool b[4]; b[n & 3] = x > 1; i[0] = b[1];");
  EXPECT_HAS(ir, "zero_extend i8");
  EXPECT_HAS(ir, "load i8");
}

TEST(expressions, integer_operators_follow_the_sign) {
  EXPECT_HAS(kernel_ir("i[0] = n / i[1] % 3 >> 2;"), "ashr");
  EXPECT_HAS(kernel_ir("u[0] = m / u[1] % 3 >> 2;"), "lshr");
  EXPECT_HAS(kernel_ir("u[0] = m / u[1];"), "udiv");
  EXPECT_HAS(kernel_ir("i[0] = n < 3u;"), "icmp_ult");
}

TEST(expressions, an_omitted_middle_is_evaluated_once) {
  EXPECT_EQ(count(kernel_ir("i[0] = i[n++] ?: 7;"), "load i32"), 1u);
}

TEST(expressions, every_scalar_conversion_translates) {
  static constexpr const char* types[] = {"char", "uchar", "short", "ushort", "int",
                                          "uint", "long",  "ulong", "float",  "double"};
  std::string body;
  for (const char* from : types)
    for (const char* to : types)
      body += std::string("{ ") + from + " a = (" + from + ")i[1]; " + to + " b = a; b += (" + to +
              ")2; b++; bool t = b; d[0] += b + (double)t + (" + to + ")(n > 1); }\n";
  kernel_ir(body);
}

TEST(expressions, pointers_move_compare_and_differ) {
  const std::string ir = kernel_ir("global float* p = f + n; p -= 2; ++p; p--; if (p != f && p) i[0] = p - f;"
                                   " i[1] = (int)(ulong)p; p = 0; private int* q = &n; *q = 3; i[2] = n;");
  EXPECT_HAS(ir, "pointer_to_int");
  EXPECT_HAS(ir, "private_alloc");
}

TEST(expressions, commas_conditionals_and_sizes) {
  const std::string ir = kernel_ir("int a = (n++, n); i[a] = sizeof(float3) + sizeof(i[0]) + vec_step(float3);"
                                   " n > 2 ? (void)(i[1] = 2) : (void)(i[2] = 3);");
  EXPECT_HAS(ir, "constant i64 16");
}

TEST(expressions, three_components_move_twelve_bytes) {
  const std::string ir = ir_of("kernel void k(global float3* a, int n) { a[n] = a[n + 1] * 2; }");
  EXPECT_HAS(ir, "scale 16");
  EXPECT_HAS(ir, "load f32x3");
}

TEST(expressions, reinterpretation_keeps_bits) {
  EXPECT_HAS(kernel_ir("u[0] = as_uint(x); uchar4 b = as_uchar4(n); u[1] = b.x; v[0].xyz = as_float3(v[1]);"),
             "bit_cast i8x4");
}

TEST(expressions, deep_nesting_is_refused_not_fatal) {
  std::string sum = "1";
  for (int i = 0; i < 30'000; ++i)
    sum += "+n";
  EXPECT_HAS(error_of("kernel void k(global int* i, int n) { i[0] = " + sum + "; }").message, "nested too deeply");
  const std::string parentheses = std::string(2000, '(') + "1" + std::string(2000, ')');
  error_of("kernel void k(global int* i) { i[0] = " + parentheses + "; }");
}

TEST(expressions, long_sums_translate) {
  std::string sum = "1";
  for (int i = 0; i < 5'000; ++i)
    sum += "+n";
  ir_of("kernel void k(global int* i, int n) { i[0] = " + sum + "; }");
}

} // namespace
} // namespace dotcompute::frontend::testing
