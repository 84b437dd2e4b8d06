// SPDX-License-Identifier: MIT
// The OpenCL C that the compiler prints: what a reader, and a driver's compiler, should find in it.
#include "compile_text.hpp"

#include <gtest/gtest.h>

namespace dotcompute::tests {
namespace {

compiler::result printed(std::string source, std::string options = {}) {
  compiler::request r;
  r.source = std::move(source);
  r.file_name = "test.cl";
  r.options = std::move(options);
  r.target = compiler::opencl_target{.printed = true};
  r.emit = compiler::stage::opencl;
  return compiler::compile(r);
}

std::string opencl_of(std::string source, std::string options = {}) {
  const compiler::result r = printed(std::move(source), std::move(options));
  EXPECT_TRUE(r.succeeded) << r.log;
  return text_of(r);
}

#define EXPECT_HAS(text, words) EXPECT_NE((text).find(words), std::string::npos) << (text)
#define EXPECT_LACKS(text, words) EXPECT_EQ((text).find(words), std::string::npos) << (text)

TEST(opencl_text, reads_like_the_source) {
  const std::string text = opencl_of("kernel void saxpy(float a, global const float* restrict x, global float* y) {\n"
                                     "  size_t i = get_global_id(0);\n  y[i] = a * x[i] + y[i];\n}\n");
  EXPECT_HAS(text, "kernel void saxpy(const float a, global const float* restrict x, global float* y) {\n"
                   "  const ulong global_id_x = get_global_id(0);\n"
                   "  y[global_id_x] = multiply_add_float(a, x[global_id_x], y[global_id_x]);\n"
                   "}\n");
  EXPECT_HAS(text, "#pragma OPENCL FP_CONTRACT OFF");
  EXPECT_LACKS(text, "EXTENSION");
}

TEST(opencl_text, loops_whose_counter_may_wrap_are_not_unrolled) {
  const auto loop = [](const std::string& head) {
    return opencl_of("kernel void k(global uint* x, uint n) { uint s = 0;\n" + head +
                     " s += x[i & 63];\n  x[get_global_id(0)] = s; }");
  };
  EXPECT_HAS(loop("for (uint i = n; i < 0xfffff000u; i += 0x12345678u)"), "#pragma unroll 1\n  for (");
  EXPECT_HAS(loop("__attribute__((opencl_unroll_hint(4))) for (uint i = 0; i < n; i += 5)"), "#pragma unroll 1\n");
  EXPECT_LACKS(loop("for (uint i = 0; i < n; ++i)"), "unroll");
}

TEST(opencl_text, every_pointer_names_its_address_space) {
  const std::string text =
      opencl_of("kernel void k(global int* g, constant int* c, local int* l, global long* p, global long* q) {\n"
                "  local int own[64]; int mine[4]; int i = get_local_id(0);\n"
                "  own[i] = c[i]; for (int j = 0; j < 4; ++j) mine[j] = g[j * i];\n"
                "  barrier(CLK_LOCAL_MEM_FENCE); l[i] = own[63 - i];\n"
                "  mem_fence(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);\n"
                "  g[i] = mine[i & 3] + *(global char*)(p + 1); q[0] = (long)(p + i); }");
  EXPECT_HAS(text, "global int* g, constant int* c, local int* l");
  EXPECT_HAS(text, "local uint own[64];");
  EXPECT_HAS(text, "barrier(CLK_LOCAL_MEM_FENCE);");
  EXPECT_HAS(text, "mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);");
  EXPECT_HAS(text, "(global char*)");
  EXPECT_HAS(text, "(ulong)");
}

TEST(opencl_text, constants_are_arrays_in_constant_memory) {
  const std::string text = opencl_of("constant float table[] = {1.0f, 0.5f, INFINITY, 2.0f};\n"
                                     "constant int numbers[] = {7, -8, 9};\n"
                                     "kernel void k(global float* x) { int i = get_global_id(0);\n"
                                     "  x[i] = table[i & 3] + numbers[i % 3]; }");
  EXPECT_HAS(text, "// numbers\nconstant ");
  EXPECT_HAS(text, "= {7, -8, 9};");
  EXPECT_HAS(text, "_bits[4] = {1065353216u, 1056964608u, 2139095040u, 1073741824u};");
}

TEST(opencl_text, division_never_faults_and_shifts_count_modulo_the_width) {
  const std::string text = opencl_of("kernel void k(global int* x, int n) { x[0] = (x[1] / n + x[2] % 7) << n; }");
  EXPECT_HAS(text, "divide_int(x[1], n)");
  EXPECT_HAS(text, "x[2] % 7");
  EXPECT_HAS(text, "<< ((uint)n & 31)");
  EXPECT_HAS(text, "int divide_int(int a, int b)");
}

TEST(opencl_text, extensions_are_asked_for_where_they_are_needed) {
  const std::string source = "#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n"
                             "#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable\n"
                             "kernel void k(global double* x, global long* n) { ";
  const std::string doubles = opencl_of(source + "x[0] *= 2; }");
  EXPECT_HAS(doubles, "#pragma OPENCL EXTENSION cl_khr_fp64 : enable");
  EXPECT_LACKS(doubles, "int64");
  const std::string adds = opencl_of(source + "atom_add(n, 1L); }");
  EXPECT_HAS(adds, "cl_khr_int64_base_atomics : enable");
  EXPECT_LACKS(adds, "fp64");
  EXPECT_LACKS(adds, "extended");
  EXPECT_HAS(opencl_of(source + "atom_min(n, 1L); }"), "cl_khr_int64_extended_atomics : enable");
}

TEST(opencl_text, vectors_move_as_wholes_whatever_they_are_aligned_to) {
  const std::string text = opencl_of("kernel void k(global const float4* a, global float* b, global float3* c) {\n"
                                     "  int i = get_global_id(0); vstore4(a[i] + vload4(i, b), i, b);\n"
                                     "  c[i] = a[i].xyz; }");
  EXPECT_HAS(text, "= a[");
  EXPECT_HAS(text, "= vload4(0, b + ");
  EXPECT_HAS(text, "vstore4((float4)(");
  EXPECT_HAS(text, "vstore3((float3)(") << "the fourth place of a vector of three is not its own to write";
}

TEST(opencl_text, structs_by_value_are_bytes) {
  const std::string text = opencl_of("struct s { int a; float b[3]; };\n"
                                     "kernel void k(struct s v, global float* x) { x[v.a] = v.b[1]; }");
  EXPECT_HAS(text, "typedef struct {\n  uchar bytes[16];\n} __attribute__((aligned(4))) struct_16_4;\n");
  EXPECT_HAS(text, "kernel void k(const struct_16_4 v, global float* x)");
  EXPECT_HAS(text, "(const float*)");
}

TEST(opencl_text, printf_stays_printf) {
  const std::string text = opencl_of("kernel void k(float x, int2 v) {\n"
                                     "  printf(\"\\\"%5.2f\\\"\\t%v2d 100%% %s\\n\", x, v, \"a\\\\b\"); }");
  EXPECT_HAS(text, R"(printf("\"%5.2f\"\011%v2d 100%% %s\n", x, (uint2)(v.x, v.y), "a\\b");)");
}

TEST(opencl_text, an_approximate_reciprocal_root_is_one_function) {
  const std::string kernel = "kernel void k(global float* x) { x[0] = EXPRESSION; }";
  const auto text = [&](const std::string& expression, const std::string& options) {
    std::string source = kernel;
    return opencl_of(source.replace(source.find("EXPRESSION"), 10, expression), options);
  };
  EXPECT_HAS(text("rsqrt(x[0])", "-cl-fast-relaxed-math"), "rsqrt(x[0])");
  EXPECT_HAS(text("1 / sqrt(x[0])", "-cl-fast-relaxed-math"), "rsqrt(x[0])");
  EXPECT_HAS(text("rsqrt(x[0])", ""), "1.0f / sqrt(x[0])");
  EXPECT_HAS(text("2 / sqrt(x[0])", "-cl-fast-relaxed-math"), "2.0f / sqrt(x[0])");
}

TEST(opencl_text, names_keep_clear_of_what_the_text_uses) {
  const std::string text = opencl_of("kernel void sqrt_of(global float* popcount, uint max) {\n"
                                     "  popcount[0] = sqrt(popcount[min(max, 4u)]); }\n"
                                     "kernel void atomic_k(global int* x) { x[0] = 1; }");
  EXPECT_HAS(text, "global float* popcount_, const uint max_)");
  EXPECT_HAS(text, "popcount_[min(max_, 4u)]");
  EXPECT_HAS(text, "kernel void kernel_atomic_k(");
}

TEST(opencl_text, a_required_size_is_kept) {
  EXPECT_HAS(opencl_of("__attribute__((reqd_work_group_size(8, 4, 1))) kernel void k(global int* x) { x[0] = 1; }"),
             "kernel __attribute__((reqd_work_group_size(8, 4, 1)))\nvoid k(");
}

TEST(opencl_text, the_same_program_gives_the_same_text) {
  const std::string source = "kernel void k(global float* x) { x[0] = exp(x[1]) + (float)pow(x[2], x[3]); }";
  EXPECT_EQ(opencl_of(source), opencl_of(source));
}

} // namespace
} // namespace dotcompute::tests
