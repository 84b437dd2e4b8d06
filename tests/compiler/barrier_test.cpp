// SPDX-License-Identifier: MIT
// Which barriers are refused, warned about, and accepted.
#include "compile_text.hpp"

#include <gtest/gtest.h>

namespace dotcompute::tests {

namespace {

compiler::result compile_body(const std::string& body) {
  return compile_text("__kernel void k(__global int* a, __local int* s, int n) {\n  int l = get_local_id(0);\n  " +
                          body + "\n}\n",
                      compiler::stage::program, compiler::specialization{"k", {64, 1, 1}});
}

const compiler::diagnostic* about_barrier(const compiler::result& r, compiler::severity level) {
  for (const compiler::diagnostic& d : r.diagnostics)
    if (d.level == level && d.message.find("barrier") != std::string::npos) return &d;
  return nullptr;
}

} // namespace

TEST(barrier, under_a_condition_on_the_work_item_is_an_error_with_line_and_column) {
  const compiler::result r = compile_body("if (l < 3) barrier(CLK_LOCAL_MEM_FENCE);");
  EXPECT_FALSE(r.succeeded);
  const compiler::diagnostic* d = about_barrier(r, compiler::severity::error);
  ASSERT_NE(d, nullptr) << r.log;
  EXPECT_EQ(d->line, 3u);
  EXPECT_EQ(d->column, 14u);
  EXPECT_NE(r.log.find("test.cl:3:14: error: barrier"), std::string::npos) << r.log;
}

TEST(barrier, in_a_loop_that_work_items_leave_at_different_times_is_an_error) {
  EXPECT_FALSE(compile_body("for (int i = 0; i < l; ++i) { s[l] = i; barrier(CLK_LOCAL_MEM_FENCE); }").succeeded);
  EXPECT_FALSE(
      compile_body("for (int i = 0; i < n; ++i) { if (i == l) break; barrier(CLK_LOCAL_MEM_FENCE); }").succeeded);
}

TEST(barrier, under_a_condition_read_from_memory_is_warned_about) {
  const compiler::result r = compile_body("if (a[0]) barrier(CLK_LOCAL_MEM_FENCE);");
  EXPECT_TRUE(r.succeeded) << r.log;
  EXPECT_NE(about_barrier(r, compiler::severity::warning), nullptr) << r.log;
}

TEST(barrier, in_uniform_control_flow_passes_without_a_word) {
  for (const char* body :
       {"barrier(CLK_LOCAL_MEM_FENCE);", "if (n > 3) barrier(CLK_LOCAL_MEM_FENCE);",
        "for (int i = 0; i < n; ++i) { s[l] = i; barrier(CLK_LOCAL_MEM_FENCE); a[l] = s[l ^ 1]; }",
        "for (int i = 32; i > 0; i >>= 1) { if (l < i) s[l] += s[l + i]; barrier(CLK_LOCAL_MEM_FENCE); }",
        "if (l > 7) return; s[l] = 1; barrier(CLK_LOCAL_MEM_FENCE); a[l] = s[l];",
        "for (int i = 0; i < n; ++i) { barrier(CLK_LOCAL_MEM_FENCE); if (l > i) continue; a[l] += i; }",
        "if (get_group_id(0) == 2) { s[l] = l; barrier(CLK_LOCAL_MEM_FENCE); a[l] = s[63 - l]; }",
        "int i = 0; do { barrier(CLK_LOCAL_MEM_FENCE); if (i == 5) break; ++i; } while (i < n);"}) {
    const compiler::result r = compile_body(body);
    EXPECT_TRUE(r.succeeded) << body << "\n" << r.log;
    EXPECT_EQ(about_barrier(r, compiler::severity::warning), nullptr) << body << "\n" << r.log;
  }
}

} // namespace dotcompute::tests
