// SPDX-License-Identifier: MIT
#include "translate_text.hpp"

namespace dotcompute::frontend::testing {
namespace {

kernel_reflection reflection_of(const std::string& source) {
  const translation t = translate(source, "test.cl", "");
  EXPECT_TRUE(t.program) << t.log;
  return t.kernels.empty() ? kernel_reflection{} : t.kernels[0];
}

TEST(reflection, arguments_are_laid_out_by_their_alignment) {
  const auto k =
      reflection_of("typedef struct { char a; int b[3]; } params;\n"
                    "kernel void k(char a, global float* restrict b, uint4 c, float3 d, params e, local int* f,"
                    " constant const double* g, uchar h) { *f = 1; b[0] = g[0]; }");
  ASSERT_EQ(k.arguments.size(), 8u);
  const std::uint32_t offsets[] = {0, 8, 16, 32, 48, 64, 72, 80}, sizes[] = {1, 8, 16, 16, 16, 8, 8, 1};
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(k.arguments[i].offset, offsets[i]) << i;
    EXPECT_EQ(k.arguments[i].size, sizes[i]) << i;
  }
  EXPECT_EQ(k.argument_bytes, 81u);
  EXPECT_EQ(k.arguments[1].space, argument_space::global);
  EXPECT_EQ(k.arguments[1].type_name, "float*");
  EXPECT_EQ(k.arguments[1].element_type, "float");
  EXPECT_EQ(k.arguments[1].element_size, 4u);
  EXPECT_TRUE(k.arguments[1].is_restrict);
  EXPECT_EQ(k.arguments[2].type_name, "uint4");
  EXPECT_EQ(k.arguments[4].type_name, "params");
  EXPECT_EQ(k.arguments[5].space, argument_space::local);
  EXPECT_EQ(k.arguments[6].space, argument_space::constant);
  EXPECT_TRUE(k.arguments[6].is_const);
  EXPECT_EQ(k.arguments[6].element_size, 8u);
  EXPECT_EQ(k.arguments[7].name, "h");
}

TEST(reflection, c_names_of_unsigned_types_are_shortened) {
  const auto k = reflection_of("kernel void k(global unsigned int* a, unsigned char b, global void* c) { a[0] = b; }");
  EXPECT_EQ(k.arguments[0].type_name, "uint*");
  EXPECT_EQ(k.arguments[1].type_name, "uchar");
  EXPECT_EQ(k.arguments[2].element_size, 1u);
}

TEST(reflection, what_is_written_is_found_through_pointers_and_helpers) {
  const auto k =
      reflection_of("void put(global int* p, int v) { p[v] = v; }\nint get(global int* p) { return p[1]; }\n"
                    "kernel void k(global int* a, global int* b, global int* c, global int* d, global int* e,"
                    " const global int* f, int n) {\n"
                    "  put(a, get(b)); global int* p = n ? c : d; *p = 1; atomic_inc(e + 1); a[0] = f[n];\n}");
  const bool expected[] = {true, false, true, true, true, false};
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ(k.arguments[i].is_written, expected[i]) << k.arguments[i].name;
}

TEST(reflection, a_pointer_kept_in_memory_counts_as_written) {
  const auto k = reflection_of("kernel void k(global int* a, global int* b, int n) {\n"
                               "  global int* p[2] = {a, b}; *p[n] = 1;\n}");
  EXPECT_TRUE(k.arguments[0].is_written);
  EXPECT_TRUE(k.arguments[1].is_written);
}

TEST(reflection, local_memory_barriers_and_sizes) {
  const auto k = reflection_of(
      "kernel __attribute__((reqd_work_group_size(8, 4, 1))) __attribute__((work_group_size_hint(8, 4, 1)))\n"
      "void k(global float* o) { local char a; local float t[33]; t[get_local_id(0)] = 1; a = 2;\n"
      "  barrier(CLK_LOCAL_MEM_FENCE); o[0] = t[1] + a; }");
  EXPECT_EQ(k.required_local_size, (std::array<std::uint32_t, 3>{8, 4, 1}));
  EXPECT_EQ(k.local_size_hint, (std::array<std::uint32_t, 3>{8, 4, 1}));
  EXPECT_TRUE(k.has_barrier);
  EXPECT_FALSE(k.is_flat);
  EXPECT_EQ(k.local_bytes, 4u + 33 * 4);
}

TEST(reflection, flat_kernels_ask_nothing_of_their_group) {
  EXPECT_TRUE(reflection_of("kernel void k(global float* o) { o[get_global_id(0)] = get_global_size(0) + sin(o[0]); }")
                  .is_flat);
  EXPECT_FALSE(reflection_of("kernel void k(global int* o) { o[0] = get_group_id(0); }").is_flat);
  EXPECT_FALSE(
      reflection_of("int f(void) { return get_local_size(1); } kernel void k(global int* o) { o[0] = f(); }").is_flat);
  EXPECT_FALSE(reflection_of("kernel void k(global int* o, local int* t) { o[0] = 1; }").is_flat);
}

TEST(reflection, kernels_come_in_the_order_of_the_source) {
  const translation t = translate("kernel void b() {} kernel void a() {} kernel void c() { a(); }", "test.cl", "");
  ASSERT_EQ(t.kernels.size(), 3u);
  EXPECT_EQ(t.kernels[0].name, "b");
  EXPECT_EQ(t.kernels[2].name, "c");
}

} // namespace
} // namespace dotcompute::frontend::testing
