// SPDX-License-Identifier: MIT
// Which memory accesses become one vector access, and which values stay scalar.
#include "compile_text.hpp"

#include <gtest/gtest.h>

namespace dotcompute::tests {

namespace {

void expect_contiguous(const std::string& source) {
  const compiler::result r = compile_text(source);
  ASSERT_TRUE(r.succeeded) << r.log;
  const std::string text = text_of(r);
  EXPECT_EQ(count(text, "masked.gather"), 0u) << text;
  EXPECT_EQ(count(text, "masked.scatter"), 0u) << text;
  EXPECT_FALSE(has_remark(r, "gather"));
}

} // namespace

TEST(vector_shape, neighbouring_elements_are_one_access_whatever_the_index_type) {
  for (const char* index : {"int", "uint", "long", "ulong"})
    expect_contiguous(std::string("__kernel void k(float a, __global const float* x, __global float* y, ") + index +
                      " n) { " + index + " i = get_global_id(0); if (i < n) y[i] = a * x[i] + y[i]; }");
}

TEST(vector_shape, offsets_and_rows_keep_neighbours_together) {
  expect_contiguous(
      "__kernel void k(__global const float* a, __global float* b, int w) {"
      "  int x = get_global_id(0), y = get_global_id(1);"
      "  b[y * w + x] = a[y * w + x - 1] + a[y * w + x + 1] + a[(y - 1) * w + x] + a[(y + 1) * w + x]; }");
}

TEST(vector_shape, a_grid_stride_loop_reads_neighbours) {
  expect_contiguous("__kernel void k(__global const float* a, __global float* b, uint n) {"
                    "  float s = 0; for (uint i = get_global_id(0); i < n; i += get_global_size(0)) s += a[i];"
                    "  b[get_global_id(0)] = s; }");
}

TEST(vector_shape, whole_vectors_are_loaded_together_and_drawn_apart) {
  expect_contiguous("__kernel void k(__global const float4* a, __global float4* b) {"
                    "  size_t i = get_global_id(0); b[i] = a[i] * 2.0f; }");
}

TEST(vector_shape, an_unsigned_index_below_zero_in_a_lane_that_is_off_does_not_matter) {
  expect_contiguous("__kernel void k(__global const float* a, __global float* b) {"
                    "  uint i = get_global_id(0); if (i > 0) b[i] = a[i - 1]; }");
}

TEST(vector_shape, an_index_read_from_memory_gathers_and_says_so) {
  const compiler::result r =
      compile_text("__kernel void k(__global const float* a, __global const int* at, __global float* b) {\n"
                   "  size_t i = get_global_id(0);\n"
                   "  b[i] = a[at[i]]; }");
  ASSERT_TRUE(r.succeeded) << r.log;
  EXPECT_GT(count(text_of(r), "masked.gather"), 0u);
  ASSERT_TRUE(has_remark(r, "gather"));
  for (const compiler::diagnostic& d : r.diagnostics)
    if (d.message.find("gather") != std::string::npos) EXPECT_EQ(d.line, 3u);
}

TEST(vector_shape, gathers_and_scatters_extend_their_indices_themselves) {
  for (const char* index : {"int", "short", "ushort"}) {
    const compiler::result r =
        compile_text(std::string("__kernel void k(__global const float* a, __global const ") + index +
                         "* at, __global double* b) { size_t i = get_global_id(0);" + "  b[at[i]] = a[at[i]]; }",
                     compiler::stage::assembly);
    ASSERT_TRUE(r.succeeded) << r.log;
    const std::string text = text_of(r);
    EXPECT_GT(count(text, "vgatherdps"), 0u) << text;
    EXPECT_GT(count(text, "vscatterdpd"), 0u) << text;
    EXPECT_EQ(count(text, "vgatherqps") + count(text, "vscatterqpd"), 0u) << text;
  }
  // An unsigned index may be beyond what a signed one can say.
  const compiler::result r = compile_text("__kernel void k(__global const float* a, __global const uint* at, "
                                          "__global float* b) { size_t i = get_global_id(0); b[i] = a[at[i]]; }",
                                          compiler::stage::assembly);
  ASSERT_TRUE(r.succeeded) << r.log;
  EXPECT_EQ(count(text_of(r), "vgatherdps"), 0u) << text_of(r);
}

TEST(vector_shape, values_that_are_the_same_in_all_lanes_stay_scalar) {
  const compiler::result r = compile_text("__kernel void k(__global const float* a, __global float* b, int n) {"
                                          "  size_t i = get_global_id(0); float s = 0;"
                                          "  for (int j = 0; j < n; ++j) s += a[j]; b[i] = s; }");
  ASSERT_TRUE(r.succeeded) << r.log;
  const std::string text = text_of(r);
  EXPECT_GT(count(text, "load float"), 0u) << text;
  EXPECT_EQ(count(text, "fadd <16 x float>"), 0u) << text;
}

TEST(vector_shape, private_arrays_with_known_indices_become_registers) {
  const compiler::result r = compile_text("__kernel void k(__global const float* a, __global float* b) {"
                                          "  size_t i = get_global_id(0); float t[4];"
                                          "  for (int j = 0; j < 4; ++j) t[j] = a[i] * j;"
                                          "  b[i] = t[0] + t[1] + t[2] + t[3]; }");
  ASSERT_TRUE(r.succeeded) << r.log;
  EXPECT_EQ(count(text_of(r), "alloca"), 0u) << text_of(r);
}

TEST(vector_shape, matrix_tiles_live_in_registers_across_barriers) {
  const char* source =
      "__kernel void gemm(__global const float* A, __global const float* B, __global float* C, int n) {"
      "  __local float As[16][16], Bs[16][16];"
      "  int lx = get_local_id(0), ly = get_local_id(1), x = get_global_id(0), y = get_global_id(1);"
      "  float acc = 0;"
      "  for (int t = 0; t < n / 16; t++) {"
      "    As[ly][lx] = A[y * n + t * 16 + lx]; Bs[ly][lx] = B[(t * 16 + ly) * n + x];"
      "    barrier(CLK_LOCAL_MEM_FENCE);"
      "    for (int k = 0; k < 16; k++) acc += As[ly][k] * Bs[k][lx];"
      "    barrier(CLK_LOCAL_MEM_FENCE); }"
      "  C[y * n + x] = acc; }";
  const compiler::result r = compile_text(source, compiler::stage::llvm, compiler::specialization{"gemm", {16, 16, 1}});
  ASSERT_TRUE(r.succeeded) << r.log;
  const std::string text = text_of(r);
  EXPECT_EQ(count(text, "alloca"), 0u) << text;
  EXPECT_EQ(count(text, "masked."), 0u) << text;
  EXPECT_GE(count(text, "llvm.fmuladd.v16f32"), 16u) << text;
}

TEST(vector_shape, what_large_groups_keep_across_a_barrier_is_said) {
  const char* source = "__kernel void k(__global float* a, __local float* s) {\n"
                       "  int l = get_local_id(0);\n"
                       "  float kept = a[get_global_id(0)];\n"
                       "  s[l] = kept * 2; kept = sqrt(kept); barrier(CLK_LOCAL_MEM_FENCE);\n"
                       "  a[get_global_id(0)] = kept + s[l ^ 1]; }\n";
  EXPECT_TRUE(has_remark(compile_text(source, compiler::stage::program, compiler::specialization{"k", {1024, 1, 1}}),
                         "across a barrier"));
  EXPECT_FALSE(has_remark(compile_text(source, compiler::stage::program, compiler::specialization{"k", {64, 1, 1}}),
                          "across a barrier"));
}

TEST(vector_shape, rows_of_a_sparse_matrix_are_read_one_after_another) {
  const compiler::result r = compile_text(
      "__kernel void spmv(int n, __global const int* start, __global const int* column, __global const float* value,"
      "                   __global const float* x, __global float* y) {"
      "  int row = get_global_id(0); if (row >= n) return; float sum = 0;"
      "  for (int i = start[row]; i < start[row + 1]; ++i) sum += value[i] * x[column[i]];"
      "  y[row] = sum; }");
  ASSERT_TRUE(r.succeeded) << r.log;
  EXPECT_EQ(count(text_of(r), "masked.gather"), 0u) << text_of(r);
}

} // namespace dotcompute::tests
