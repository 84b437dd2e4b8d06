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
  const bool written[] = {true, false, true, true, true, false}, read[] = {false, true, false, false, true, true};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(k.arguments[i].is_written, written[i]) << k.arguments[i].name;
    EXPECT_EQ(k.arguments[i].is_read, read[i]) << k.arguments[i].name;
  }
  EXPECT_FALSE(k.arguments[6].is_written);
  EXPECT_FALSE(k.arguments[6].is_read);
}

TEST(reflection, what_is_read_is_found_in_every_kind_of_load) {
  const auto k = reflection_of(
      "typedef struct { int v[8]; } block;\n"
      "int first(local int* p) { return p[0]; }\nglobal int* second(global int* p) { return p + 1; }\n"
      "kernel void k(global block* copied, global block* filled, global float* vector, global int* swapped,\n"
      "              global int* compared, local int* shared, constant int* table, global int* returned,\n"
      "              global int* unused, global int* out, global int* looked_at) {\n"
      "  *filled = *copied; float4 v = vload4(0, vector); atomic_xchg(swapped, 1);\n"
      "  atomic_cmpxchg(compared, 0, 1); out[0] = first(shared) + table[1] + *second(returned) + (int)v.x;\n"
      "  out[1] = looked_at != 0;\n}");
  const bool written[] = {false, true, false, true, true, false, false, false, false, true, false};
  const bool read[] = {true, false, true, true, true, true, true, true, false, false, false};
  for (std::size_t i = 0; i < std::size(read); ++i) {
    EXPECT_EQ(k.arguments[i].is_written, written[i]) << k.arguments[i].name;
    EXPECT_EQ(k.arguments[i].is_read, read[i]) << k.arguments[i].name;
  }
}

TEST(reflection, an_operation_that_reads_and_writes_counts_as_both) {
  const auto k = reflection_of("kernel void k(global int* a, global int* b) { a[0] += 1; b[get_global_id(0)]++; }");
  for (const auto& a : k.arguments)
    EXPECT_TRUE(a.is_written && a.is_read) << a.name;
}

TEST(reflection, a_pointer_kept_in_memory_counts_as_written) {
  const auto k = reflection_of("kernel void k(global int* a, global int* b, int n) {\n"
                               "  global int* p[2] = {a, b}; *p[n] = 1;\n}");
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_TRUE(k.arguments[i].is_written && k.arguments[i].is_read) << i;
}

TEST(reflection, addresses_that_travel_as_numbers_stay_theirs) {
  const auto k = reflection_of("void put(ulong address) { *(global int*)address = 1; }\n"
                               "ulong same(ulong address) { return address + 4; }\n"
                               "kernel void k(global int* a, global int* b, global int* c, global int* d) {\n"
                               "  put((ulong)a); ulong kept[2] = {(ulong)b, 0};\n"
                               "  *(global int*)kept[get_global_id(0)] = 2; d[0] = *(global int*)same((ulong)c);\n}");
  EXPECT_TRUE(k.arguments[0].is_written);
  EXPECT_TRUE(k.arguments[1].is_written && k.arguments[1].is_read);
  EXPECT_TRUE(k.arguments[2].is_read);
  EXPECT_TRUE(k.arguments[3].is_written);
}

TEST(reflection, a_pointer_made_of_a_number_may_be_to_anything) {
  for (const char* source : {"kernel void k(global int* a, global ulong* table) { *(global int*)table[0] = 1; }",
                             "kernel void k(global int* a, ulong address) { *(global int*)address = 1; }"}) {
    const auto k = reflection_of(source);
    EXPECT_TRUE(k.arguments[0].is_written && k.arguments[0].is_read) << source;
  }
  const auto k = reflection_of("kernel void k(global int* a, global int* b, int n) {\n"
                               "  global int* p = 0; if (n) p = b; if (p) *p = 1;\n}");
  EXPECT_FALSE(k.arguments[0].is_written || k.arguments[0].is_read);
  EXPECT_TRUE(k.arguments[1].is_written);
  EXPECT_FALSE(k.arguments[1].is_read);
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
