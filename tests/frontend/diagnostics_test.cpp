// SPDX-License-Identifier: MIT
#include "translate_text.hpp"

namespace dotcompute::frontend::testing {
namespace {

TEST(diagnostics, a_syntax_error_has_its_place_and_line) {
  const translation t = translate("kernel void k(global int* a) {\n  a[0] = b;\n}\n", "user.cl", "");
  EXPECT_FALSE(t.program);
  ASSERT_EQ(t.diagnostics.size(), 1u);
  EXPECT_EQ(t.diagnostics[0].file, "user.cl");
  EXPECT_EQ(t.diagnostics[0].line, 2u);
  EXPECT_EQ(t.diagnostics[0].column, 10u);
  EXPECT_HAS(t.log, "user.cl:2:10: error: use of undeclared identifier 'b'");
  EXPECT_HAS(t.log, "a[0] = b;");
  EXPECT_HAS(t.log, "^");
}

TEST(diagnostics, own_errors_look_like_clangs) {
  const translation t =
      translate("kernel void k(global int* a) {\n  here: a[0] = 1;\n  goto here;\n}\n", "user.cl", "");
  EXPECT_FALSE(t.program);
  EXPECT_HAS(t.log, "user.cl:3:3: error: goto is not supported");
  EXPECT_HAS(t.log, "  goto here;");
}

TEST(diagnostics, warnings_do_not_refuse) {
  const translation t = translate("kernel void k(global int* a) { a[0] = 1, 2; }", "user.cl", "");
  EXPECT_TRUE(t.program);
  ASSERT_FALSE(t.diagnostics.empty());
  EXPECT_EQ(t.diagnostics[0].level, compiler::severity::warning);
}

TEST(diagnostics, recursion) {
  const auto e = error_of("int odd(int n);\nint even(int n) { return n == 0 ? 1 : odd(n - 1); }\n"
                          "int odd(int n) { return n == 0 ? 0 : even(n - 1); }\n"
                          "kernel void k(global int* a) { a[0] = even(a[0]); }");
  EXPECT_HAS(e.message, "recursion");
  EXPECT_EQ(e.line, 3u);
}

TEST(diagnostics, self_recursion) {
  EXPECT_HAS(
      error_of("int f(int n) { return n ? f(n - 1) : 0; }\nkernel void k(global int* a) { a[0] = f(3); }").message,
      "recursion");
}

TEST(diagnostics, kernels_with_local_variables_are_not_called) {
  EXPECT_HAS(error_of("kernel void a(global int* o) { local int t[4]; t[0] = 1; o[0] = t[0]; }\n"
                      "kernel void k(global int* o) { a(o); }")
                 .message,
             "'a' cannot be called");
}

TEST(diagnostics, undefined_functions) {
  const auto e = error_of("int f(int n);\nkernel void k(global int* a) {\n  a[0] = f(3);\n}");
  EXPECT_HAS(e.message, "'f' is declared but not defined");
  EXPECT_EQ(e.line, 3u);
  EXPECT_EQ(e.column, 10u);
}

TEST(diagnostics, there_is_no_way_to_functions_or_instructions_of_the_machine) {
  EXPECT_HAS(error_of("int getpid(void);\nkernel void k(global int* x) { x[0] = getpid(); }").message, "not defined");
  EXPECT_HAS(error_of("kernel void k(global int* x) { __asm__ volatile(\"syscall\"); }").message, "not supported");
  EXPECT_HAS(error_of("typedef void (*f)(void);\nkernel void k(global ulong* x) { ((f)x[0])(); }").message,
             "pointers to functions");
}

TEST(diagnostics, images_and_samplers) {
  const auto e = error_of("kernel void k(read_only image2d_t a, global float4* o) {\n"
                          "  o[0] = read_imagef(a, (int2)(0, 0));\n}");
  EXPECT_EQ(e.line, 1u);
}

TEST(diagnostics, case_labels_nested_in_statements) {
  const auto e = error_of("kernel void k(global int* a, int n) {\n  switch (n) {\n  case 0:\n    while (a[0]) {\n"
                          "    case 1: a[0]--;\n    }\n  }\n}");
  EXPECT_HAS(e.message, "case label");
  EXPECT_EQ(e.line, 5u);
}

TEST(diagnostics, generic_pointers) {
  EXPECT_HAS(
      error_of("int f(int* p) { return *p; }\nkernel void k(global int* a) { a[0] = f(a); }", "-cl-std=CL2.0").message,
      "generic");
}

TEST(diagnostics, program_scope_variables_that_are_not_constant) {
  EXPECT_HAS(error_of("global int a; kernel void k(global int* o) { o[0] = a; }", "-cl-std=CL2.0").message, "a");
}

TEST(diagnostics, missing_includes) {
  EXPECT_HAS(error_of("#include \"not there.h\"\nkernel void k(global int* a) { a[0] = 1; }").message, "not there.h");
}

TEST(diagnostics, devices_are_not_files) {
  EXPECT_HAS(error_of("#include \"/dev/zero\"\n").message, "/dev/zero");
  EXPECT_HAS(error_of("#include \"/dev/stdin\"\n").message, "/dev/stdin");
}

TEST(diagnostics, every_error_is_reported_up_to_a_limit) {
  std::string source;
  for (int i = 0; i < 100; ++i)
    source += "kernel void k" + std::to_string(i) + "(global int* a) { a[0] = b; }\n";
  const translation t = translate(source, "user.cl", "");
  EXPECT_GE(t.diagnostics.size(), 20u);
  EXPECT_LE(t.diagnostics.size(), 22u);
}

TEST(diagnostics, rubbish_is_refused) {
  for (const std::string& source :
       {std::string("{"), std::string("}"), std::string("kernel"), std::string("#"), std::string("\"abc"),
        std::string("\0\0\0", 3), std::string("\xff\xfe\x80"), std::string("kernel void k(global int*a){a[0]="),
        std::string("#include"), std::string("#define A A\nA"), std::string("/*"),
        std::string("kernel void k(void) { switch"),
        std::string("typedef struct s { struct s x; } s; kernel void k(global s* p) { p[0] = p[1]; }"),
        std::string("kernel void k(global int* p) { int a[-1]; }"), std::string("int f(int) { } kernel int k() {}"),
        std::string("constant int a = a + 1; constant int b[1 << 40]; kernel void k() {}")}) {
    const translation t = translate(source, "user.cl", "");
    EXPECT_FALSE(t.program && !t.kernels.empty()) << source;
  }
}

TEST(diagnostics, an_empty_source_is_an_empty_program) {
  const translation t = translate("", "user.cl", "");
  ASSERT_TRUE(t.program) << t.log;
  EXPECT_TRUE(t.kernels.empty());
}

TEST(diagnostics, locations_name_the_users_file) {
  const std::string ir = kernel_ir("\n\n  f[0] = x;");
  EXPECT_HAS(ir, "test.cl:5:8");
}

} // namespace
} // namespace dotcompute::frontend::testing
