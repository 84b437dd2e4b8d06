// SPDX-License-Identifier: MIT
#include "translate_text.hpp"

#include <algorithm>

namespace dotcompute::frontend::testing {
namespace {

TEST(library, functions_come_with_what_they_call) {
  const translation t = translate("kernel void k(global float* o) { o[0] = tan(o[1]); }", "test.cl", "");
  ASSERT_TRUE(t.program) << t.log;
  EXPECT_NE(t.program->find("__dc_tan_f32"), nullptr);
  for (const auto& f : t.program->functions) {
    std::vector<const ir::region*> todo = {&f->body};
    while (!todo.empty()) {
      const ir::region* r = todo.back();
      todo.pop_back();
      for (const ir::operation* op : r->operations) {
        if (op->code == ir::opcode::call) {
          EXPECT_NE(t.program->find(op->symbol), nullptr) << op->symbol;
        }
        for (const auto& nested : op->regions)
          todo.push_back(nested.get());
      }
    }
  }
}

TEST(library, a_function_is_added_once) {
  const translation t =
      translate("kernel void k(global float4* o) { o[0] = sin(o[1]); o[0].x += sin(o[1].y); }", "test.cl", "");
  ASSERT_TRUE(t.program) << t.log;
  EXPECT_EQ(std::count_if(t.program->functions.begin(), t.program->functions.end(),
                          [](const auto& f) { return f->name == "__dc_sin_f32"; }),
            1);
}

TEST(library, everything_inlines) {
  const translation t =
      translate("kernel void k(global float4* o, global double2* p) {\n"
                "  o[0] = sin(o[1]) + pow(o[2], o[3]); p[0] = exp(p[1]); float4 w; o[4] = fract(o[5], &w) + w;\n}",
                "test.cl", "");
  ASSERT_TRUE(t.program) << t.log;
  EXPECT_TRUE(ir::inline_calls(*t.program).empty());
  EXPECT_TRUE(ir::verify(*t.program).empty());
  ir::simplify(*t.program);
  const auto broken = ir::verify(*t.program);
  EXPECT_TRUE(broken.empty()) << broken.front();
  EXPECT_EQ(t.program->functions.size(), 1u);
}

TEST(library, names_of_the_library_are_not_the_users) {
  const std::string ir = ir_of("float __dc_sin_f32(float x) { return 1; }\n"
                               "kernel void k(global float* o) { o[0] = sin(o[1]) + __dc_sin_f32(o[2]); }");
  EXPECT_HAS(ir, "user__dc_sin_f32");
  EXPECT_HAS(
      error_of("float __dc_sin_f32(float x);\nkernel void k(global float* o) { o[0] = __dc_sin_f32(o[2]); }").message,
      "not defined");
}

} // namespace
} // namespace dotcompute::frontend::testing
