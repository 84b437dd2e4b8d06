// SPDX-License-Identifier: MIT
#include "translate_text.hpp"

namespace dotcompute::frontend::testing {
namespace {

TEST(memory, local_variables_are_allocated_on_entry) {
  const std::string ir = kernel_ir("if (n) i[0] = 1; local float tile[16][17]; tile[n][m] = x; f[0] = tile[m][n];");
  EXPECT_HAS(ir, "local_alloc ptr local bytes 1088 align 4 \"tile\"");
  EXPECT_LT(ir.find("local_alloc"), ir.find("if_else")) << ir;
  EXPECT_HAS(ir, "scale 68 signed");
}

TEST(memory, arrays_structs_and_addressed_locals_are_private_memory) {
  const std::string ir = kernel_ir("float a[4]; struct { int p; float q; } s; int y; int* z = &y;"
                                   " a[n] = x; s.q = a[1]; *z = n; i[0] = y; f[0] = s.q;");
  EXPECT_EQ(count(ir, "private_alloc"), 3u) << ir;
}

TEST(memory, members_are_constant_offsets) {
  const std::string ir = ir_of("typedef struct { char a; double b; int c[3]; } s;\n"
                               "kernel void k(global s* p, int n) { p[n].b = p->c[2]; }");
  EXPECT_HAS(ir, "scale 32");
  EXPECT_HAS(ir, "plus 8");
}

TEST(memory, packed_members_are_less_aligned) {
  const std::string ir = ir_of("typedef struct __attribute__((packed)) { char a; int b; int c[2]; } s;\n"
                               "kernel void k(global s* p, int n) { p->b = 2; p[n].c[n] = 3; }");
  EXPECT_EQ(count(ir, "align 1"), 2u) << ir;
}

TEST(memory, unions_share_their_bytes) {
  const std::string ir = kernel_ir("union { uint a; float b; uchar4 c; } s; s.b = x; u[0] = s.a; u[1] = s.c.y;");
  EXPECT_EQ(count(ir, "private_alloc"), 1u) << ir;
}

TEST(memory, whole_structs_are_copied) {
  EXPECT_HAS(ir_of("typedef struct { int a[5]; } s; kernel void k(global s* p, int n) { s q = p[n]; p[0] = q; }"),
             "memory_copy");
}

TEST(memory, struct_arguments_are_read_in_place_unless_written) {
  const std::string type = "typedef struct { int a; float b[2]; } s;\n";
  EXPECT_HAS_NOT(ir_of(type + "kernel void k(global float* o, s p, int n) { o[0] = p.b[n & 1] + p.a; }"),
                 "private_alloc");
  EXPECT_HAS(ir_of(type + "kernel void k(global float* o, s p) { p.a = 2; o[0] = p.a; }"), "private_alloc");
  EXPECT_HAS(ir_of(type + "kernel void k(global float* o, s p) { private int* q = &p.a; o[0] = *q; }"),
             "private_alloc");
}

TEST(memory, initializers_fill_what_they_do_not_name) {
  const std::string ir = kernel_ir("int a[4] = {1, n}; float b[3] = {[1] = x}; i[0] = a[n]; f[0] = b[n];");
  EXPECT_EQ(count(ir, "store "), 9u) << ir;
  EXPECT_HAS(kernel_ir("int a[500] = {0}; a[n] = 1; i[0] = a[m];"), "= loop");
}

TEST(memory, known_tables_that_are_only_read_are_constants) {
  const std::string ir =
      kernel_ir("const int a[3] = {5, 6, 7}; struct { int p; float q; } s = {8, 1}; i[0] = a[n] + s.p;");
  EXPECT_HAS_NOT(ir, "private_alloc");
  EXPECT_HAS(ir, "05 00 00 00 06 00 00 00 07 00 00 00");
  EXPECT_HAS(kernel_ir("int a[3] = {5, 6, n}; i[0] = a[n];"), "private_alloc");
  EXPECT_HAS(kernel_ir("int a[3] = {5, 6, 7}; a[n] = 1; i[0] = a[n];"), "private_alloc");
  EXPECT_HAS(kernel_ir("int a[3] = {5, 6, 7}; int* p = a; i[0] = p[n];"), "private_alloc");
}

TEST(memory, nested_initializers) {
  ir_of("typedef struct { int a; struct { float2 p; short q[3]; } b[2]; } s;\n"
        "kernel void k(global s* o) { s v = {1, {{{1, 2}, {3}}, {.q = {[2] = 9}}}}; o[0] = v; o[1] = (s){.a = 4}; }");
}

TEST(memory, volatile_accesses_say_so) {
  EXPECT_HAS(ir_of("kernel void k(volatile global int* p) { p[0] = p[1]; }"), "volatile");
}

TEST(memory, pointers_live_in_memory_too) {
  const std::string ir = kernel_ir("global float* p[2] = {f, f + 1}; *p[n & 1] = 2;");
  EXPECT_HAS(ir, "load ptr global");
}

TEST(memory, vector_loads_and_stores_are_aligned_as_elements) {
  const std::string ir = kernel_ir("float3 a = vload3(n, f); vstore3(a, m, f); vstore4(vload4(1, c), 0, l);");
  EXPECT_HAS(ir, "scale 12");
  EXPECT_HAS(ir, "load f32x4");
  EXPECT_HAS_NOT(ir, "align 16");
}

} // namespace
} // namespace dotcompute::frontend::testing
