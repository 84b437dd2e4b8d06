// SPDX-License-Identifier: MIT
#include "compiler/ir/builder.hpp"

#include <gtest/gtest.h>

namespace dotcompute::ir {
namespace {

TEST(print, shows_every_operation_with_types_attributes_and_locations) {
  program p;
  p.files = {"saxpy.cl"};
  p.functions.push_back(std::make_unique<function>());
  function& f = *p.functions.back();
  f.name = "saxpy";
  f.is_kernel = true;
  f.required_local_size = {64, 1, 1};
  f.parameters = {{type::scalar(scalar_kind::f32), "a"}, {type::pointer(address_space::global), "x"}};
  builder b(f);
  b.location = {0, 4, 12};
  operation* a = b.append(opcode::argument, f.parameters[0].value);
  operation* x = b.append(opcode::argument, f.parameters[1].value);
  x->index = 1;
  operation* id = b.work_item(work_item_query::global_id, 0);
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, id, b.i64(-2)));
  b.enter(branch->body(0));
  operation* address = b.pointer_add(x, id, 4, true);
  b.flags.contract = true;
  operation* value = b.binary(opcode::fmul, a, b.load(address, type::scalar(scalar_kind::f32), 4));
  b.flags = {};
  b.location = {};
  b.store(address, b.binary(opcode::fadd, value, b.f32(0.5f)), 4);

  EXPECT_EQ(print(p), R"(kernel saxpy(f32 a, ptr global x) local_size 64 1 1 {
  %0 = argument f32 #0  ; saxpy.cl:4:12
  %1 = argument ptr global #1  ; saxpy.cl:4:12
  %2 = work_item i64 global_id 0  ; saxpy.cl:4:12
  %3 = constant i64 -2  ; saxpy.cl:4:12
  %4 = icmp_slt boolean %2, %3  ; saxpy.cl:4:12
  %5 = if_else %4  ; saxpy.cl:4:12
   then:
    %6 = pointer_add ptr global %1, %2 scale 4 signed  ; saxpy.cl:4:12
    %7 = load f32 %6 align 4 contract  ; saxpy.cl:4:12
    %8 = fmul f32 %0, %7 contract  ; saxpy.cl:4:12
    %9 = constant f32 0.5
    %10 = fadd f32 %8, %9
    store %6, %10 align 4
}
)");
}

TEST(print, names_what_exits_leave_and_titles_a_loops_regions) {
  function f;
  f.name = "f";
  builder b(f);
  operation* loop = b.loop();
  b.enter(loop->body(0));
  b.yield(b.boolean(true));
  b.enter(loop->body(1));
  b.exit_to(opcode::break_to, loop);
  EXPECT_EQ(print(f), R"(function f() {
  %0 = loop
   condition:
    %1 = constant boolean true
    yield %1
   body:
    break_to -> %0
}
)");
}

TEST(print, shows_constants_byte_by_byte_and_escapes_text) {
  program p;
  p.constants.push_back({"table", {std::byte{0}, std::byte{0xa5}}, 4});
  EXPECT_EQ(print(p), "constant @0 \"table\" align 4 = 00 a5\n");
  function f;
  f.name = "f";
  builder b(f);
  b.append(opcode::print, type::i32())->symbol = "a\"\n\x01";
  EXPECT_EQ(print(f), "function f() {\n  %0 = print i32 \"a\\\"\\n\\x1\"\n}\n");
}

TEST(print, keeps_a_nans_payload) {
  function f;
  f.name = "f";
  builder b(f);
  b.constant_bits(type::scalar(scalar_kind::f32), 0x7fc00001);
  EXPECT_NE(print(f).find("nan:0x7fc00001"), std::string::npos);
}

TEST(names, types_read_as_in_the_documentation) {
  EXPECT_EQ(to_string(type::vector(scalar_kind::i32, 4)), "i32x4");
  EXPECT_EQ(to_string(type::pointer(address_space::global)), "ptr global");
  EXPECT_EQ(to_string(type::none()), "none");
  EXPECT_TRUE(is_pure(opcode::fadd));
  EXPECT_FALSE(is_pure(opcode::sdiv));
  EXPECT_FALSE(is_pure(opcode::store));
}

} // namespace
} // namespace dotcompute::ir
