// SPDX-License-Identifier: MIT
#include "compiler/ir/builder.hpp"

#include <gtest/gtest.h>

namespace dotcompute::ir {
namespace {

class ir_verify : public ::testing::Test {
 protected:
  ir_verify() : b(*p.functions.emplace_back(std::make_unique<function>())) {
    b.owner().name = "k";
    b.owner().is_kernel = true;
    b.owner().parameters = {{type::pointer(address_space::global), "out"}, {type::i32(), "n"}};
  }
  operation* pointer() { return b.append(opcode::argument, type::pointer(address_space::global)); }
  void expect(const std::string& message) {
    const auto found = verify(p);
    ASSERT_EQ(found.size(), 1u) << print(p);
    EXPECT_EQ(found[0], "kernel 'k', " + message);
  }
  void expect_well_formed() { EXPECT_EQ(verify(p), std::vector<std::string>{}) << print(p); }

  program p;
  builder b;
};

TEST_F(ir_verify, accepts_a_load_and_rejects_one_from_a_number) {
  b.load(pointer(), type::i32(), 4);
  expect_well_formed();
  b.load(b.i32(1), type::i32(), 4);
  expect("%3 load: operand 0 is i32, expected a pointer");
}

TEST_F(ir_verify, counts_operands) {
  b.append(opcode::add, type::i32(), {b.i32(1)});
  expect("%1 add: has 1 operands, expected 2");
}

TEST_F(ir_verify, wants_one_shape_in_elementwise_operations) {
  b.append(opcode::add, type::i64(), {b.i64(1), b.i32(1)});
  expect("%2 add: operand 1 is i32, expected i64");
}

TEST_F(ir_verify, wants_floats_for_float_operations) {
  b.binary(opcode::fadd, b.i32(1), b.i32(1));
  expect("%2 fadd: result is i32, expected floating point");
}

TEST_F(ir_verify, keeps_booleans_out_of_memory) {
  b.store(pointer(), b.boolean(true), 1);
  expect("%2 store: operand 1 is boolean, expected a type with a memory layout");
}

TEST_F(ir_verify, keeps_constants_constant) {
  operation* constant = b.append(opcode::global_address, type::pointer(address_space::constant));
  p.constants.push_back({"c", {}, 1});
  b.store(constant, b.i32(1), 4);
  expect("%2 store: operand 0 is ptr constant, expected a pointer to memory that can be written");
}

TEST_F(ir_verify, hides_values_of_a_nested_region) {
  operation* branch = b.if_else(b.boolean(true));
  b.enter(branch->body(0));
  operation* inner = b.i32(1);
  b.enter(b.owner().body);
  b.binary(opcode::add, inner, inner);
  const auto found = verify(p);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], "kernel 'k', %3 add: operand 0, %2 constant, is not defined at this point");
}

TEST_F(ir_verify, hides_a_conditions_values_from_the_body) {
  operation* loop = b.loop();
  b.enter(loop->body(0));
  operation* condition = b.boolean(true);
  b.yield(condition);
  b.enter(loop->body(1));
  b.if_else(condition);
  expect("%3 if_else: operand 0, %1 constant, is not defined at this point");
}

TEST_F(ir_verify, wants_a_yield_at_the_end_of_a_condition) {
  operation* loop = b.loop();
  expect("%0 loop: its condition region does not end in a yield");
  b.enter(loop->body(0));
  b.yield(b.boolean(true));
  expect_well_formed();
  b.boolean(false);
  EXPECT_EQ(verify(p).size(), 2u);
}

TEST_F(ir_verify, wants_targets_around_their_exits) {
  operation* loop = b.loop();
  b.enter(loop->body(0));
  b.yield(b.boolean(true));
  b.enter(loop->body(1));
  b.exit_to(opcode::continue_to, loop);
  expect_well_formed();
  b.enter(b.owner().body);
  b.exit_to(opcode::break_to, loop);
  expect("%4 break_to: its target %0 does not enclose it");
}

TEST_F(ir_verify, lets_only_loop_bodies_continue) {
  operation* loop = b.loop();
  b.enter(loop->body(0));
  b.yield(b.boolean(true));
  b.enter(loop->body(2));
  b.exit_to(opcode::continue_to, loop);
  expect("%3 continue_to: does not stand in the body of its target %0");
}

TEST_F(ir_verify, wants_local_memory_in_the_entry_region) {
  operation* branch = b.if_else(b.boolean(true));
  b.enter(branch->body(0));
  b.allocate(opcode::local_alloc, 64, 16);
  expect("%2 local_alloc: stands outside of the entry region");
}

TEST_F(ir_verify, lets_only_read_and_write_touch_variables) {
  operation* v = b.variable(type::i32());
  b.write(v, b.i32(1));
  b.read(v);
  expect_well_formed();
  b.binary(opcode::add, v, v);
  expect("%4 add: operand 0 is a variable; only read and write take one");
}

TEST_F(ir_verify, wants_the_functions_result_type_returned) {
  b.append(opcode::return_from, type::none(), {b.i32(1)});
  expect("%1 return_from: has 1 operands, expected 0");
}

TEST_F(ir_verify, checks_calls_against_the_callee) {
  auto& callee = *p.functions.emplace_back(std::make_unique<function>());
  callee.name = "g";
  callee.result = type::i32();
  callee.parameters = {{type::i32(), "x"}};
  operation* argument[] = {b.i64(1)};
  b.call("g", type::i32(), argument);
  expect("%1 call: operand 0 is i64, expected i32");
}

TEST_F(ir_verify, wants_a_targets_function_named_and_of_floats) {
  operation* one = b.append(opcode::target_function, type::scalar(scalar_kind::f32), {b.f32(1)});
  expect("%1 target_function: names no function");
  one->symbol = "__expf";
  expect_well_formed();
  one->operands[0] = b.f64(1);
  std::swap(b.owner().body.operations[1], b.owner().body.operations[2]);
  expect("%1 target_function: operand 0 is f64, expected f32");
}

TEST_F(ir_verify, finds_an_operation_that_stands_in_two_places) {
  operation* op = b.i32(1);
  b.owner().body.operations.push_back(op);
  expect("%0 constant: stands in two places");
}

TEST_F(ir_verify, checks_vectors) {
  operation* v = b.splat(b.f32(1), 4);
  operation* all[] = {b.i32(1), b.i32(2)};
  b.extract(v, 3);
  const std::int32_t swizzle[] = {3, 2, 1, 0};
  b.shuffle(v, v, swizzle);
  b.build(all);
  b.choose(b.compare(opcode::fcmp_olt, v, v), v, v);
  expect_well_formed();
  b.extract(v, 4);
  EXPECT_EQ(verify(p).size(), 1u);
}

} // namespace
} // namespace dotcompute::ir
