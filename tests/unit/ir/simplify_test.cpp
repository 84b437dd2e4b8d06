// SPDX-License-Identifier: MIT
#include "compiler/ir/builder.hpp"
#include "compiler/ir/passes.hpp"
#include "compiler/ir/simplify_steps.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace dotcompute::ir {
namespace {

class ir_simplify : public ::testing::Test {
 protected:
  ir_simplify() : b(*p.functions.emplace_back(std::make_unique<function>())) {
    f().name = "k";
    f().is_kernel = true;
    f().parameters = {{type::pointer(address_space::global), "out"}, {type::i32(), "n"}};
    out = b.append(opcode::argument, f().parameters[0].value);
    n = b.append(opcode::argument, f().parameters[1].value);
    n->index = 1;
  }
  ~ir_simplify() override { EXPECT_EQ(verify(p), std::vector<std::string>{}) << print(p); }
  function& f() { return b.owner(); }
  operation* loop_while(operation* variable) {
    operation* loop = b.loop();
    b.enter(loop->body(0));
    b.yield(b.compare(opcode::icmp_slt, b.read(variable), n));
    b.enter(loop->body(1));
    return loop;
  }

  program p;
  builder b;
  operation *out, *n;
};

TEST_F(ir_simplify, removes_chains_of_unused_values_but_not_stores) {
  b.binary(opcode::add, b.binary(opcode::mul, n, n), n);
  b.store(out, n, 4);
  simplify(p);
  ASSERT_EQ(f().body.operations.size(), 3u) << print(p);
  EXPECT_EQ(f().body.operations.back()->code, opcode::store);
}

TEST_F(ir_simplify, removes_a_counter_that_only_feeds_itself) {
  operation* i = b.variable(type::i32());
  operation* useless = b.variable(type::i32());
  b.write(i, b.i32(0));
  b.write(useless, b.i32(0));
  loop_while(i);
  b.write(useless, b.binary(opcode::add, b.read(useless), b.i32(1)));
  b.write(i, b.binary(opcode::add, b.read(i), b.i32(1)));
  simplify(p);
  EXPECT_EQ(print(f()).find("%" + std::to_string(useless->id) + ","), std::string::npos) << print(p);
  EXPECT_NE(print(f()).find("%" + std::to_string(i->id) + ","), std::string::npos) << print(p);
}

TEST_F(ir_simplify, keeps_volatile_loads) {
  b.load(out, type::i32(), 4);
  b.load(out, type::i32(), 4, true);
  simplify(p);
  ASSERT_EQ(f().body.operations.size(), 2u) << print(p);
  EXPECT_TRUE(f().body.operations[1]->is_volatile);
}

TEST_F(ir_simplify, turns_a_variable_written_once_into_its_value) {
  operation* v = b.variable(type::i32());
  b.write(v, n);
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, n, b.i32(4)));
  b.enter(branch->body(0));
  operation* store = b.store(out, b.read(v), 4);
  simplify(p);
  EXPECT_EQ(store->operands[1], n);
  EXPECT_EQ(print(f()).find("variable"), std::string::npos) << print(p);
}

TEST_F(ir_simplify, keeps_a_variable_that_a_branch_may_change) {
  operation* v = b.variable(type::i32());
  b.write(v, n);
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, n, b.i32(4)));
  b.enter(branch->body(0));
  b.write(v, b.i32(9));
  b.enter(f().body);
  operation* store = b.store(out, b.read(v), 4);
  simplify(p);
  EXPECT_EQ(store->operands[1]->code, opcode::read) << print(p);
}

TEST_F(ir_simplify, sinks_a_temporary_into_the_loop_that_writes_it_first) {
  operation* i = b.variable(type::i32());
  operation* temporary = b.variable(type::i32());
  b.write(i, b.i32(0));
  operation* loop = loop_while(i);
  b.write(temporary, b.read(i));
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, n, b.i32(4)));
  b.enter(branch->body(0));
  b.write(temporary, b.i32(7));
  b.enter(loop->body(1));
  b.write(i, b.binary(opcode::add, b.read(temporary), b.i32(1)));
  EXPECT_TRUE(sink_variables(f()));
  EXPECT_EQ(temporary->parent, &loop->body(1)) << print(p);
  EXPECT_EQ(i->parent, &f().body);
}

TEST_F(ir_simplify, gives_each_life_of_a_variable_its_own) {
  operation* i = b.variable(type::i32(), "i");
  b.write(i, b.i32(0));
  operation* counting = loop_while(i);
  b.write(i, b.binary(opcode::add, b.read(i), b.i32(1)));
  b.enter(f().body);
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, n, b.i32(4)));
  b.enter(branch->body(0));
  b.write(i, n);
  operation* again = loop_while(i);
  operation* second_life = b.write(i, b.binary(opcode::add, b.read(i), b.i32(2)));
  EXPECT_TRUE(split_variables(f()));
  EXPECT_NE(second_life->operands[0], i) << print(p);
  EXPECT_EQ(counting->body(0).operations[0]->operands[0], i);
  EXPECT_EQ(again->body(0).operations[0]->operands[0], second_life->operands[0]);
  while (split_variables(f()))
    ASSERT_LT(f().operation_count(), 100u) << print(p);
  EXPECT_EQ(counting->body(0).operations[0]->operands[0], i);
}

TEST_F(ir_simplify, gives_each_side_of_a_condition_its_own_variable) {
  operation* v = b.variable(type::i32(), "v");
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, n, b.i32(4)));
  b.enter(branch->body(0));
  b.write(v, b.i32(7));
  b.store(out, b.read(v), 4);
  b.enter(branch->body(1));
  b.store(out, b.read(v), 4); // undefined, but it must stay the variable's
  b.write(v, b.i32(8));
  EXPECT_TRUE(split_variables(f())) << print(p);
  EXPECT_EQ(branch->body(0).operations[0]->code, opcode::variable);
  EXPECT_EQ(branch->body(1).operations[0]->operands[0], v);
  EXPECT_FALSE(split_variables(f())) << print(p);
}

TEST_F(ir_simplify, keeps_one_variable_where_a_later_read_sees_an_earlier_write) {
  operation* v = b.variable(type::i32(), "v");
  b.write(v, n);
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, n, b.i32(4)));
  b.enter(branch->body(0));
  b.write(v, b.i32(7));
  b.enter(f().body);
  b.store(out, b.read(v), 4);
  EXPECT_FALSE(split_variables(f())) << print(p);
}

TEST_F(ir_simplify, leaves_an_accumulator_outside_of_its_loop) {
  operation* sum = b.variable(type::i32());
  operation* i = b.variable(type::i32());
  b.write(i, b.i32(0));
  operation* loop = loop_while(i);
  b.write(sum,
          b.binary(opcode::add, b.read(sum), n)); // its first value is undefined; later ones depend on earlier ones
  b.store(out, b.read(sum), 4);
  b.enter(loop->body(2));
  b.write(i, b.binary(opcode::add, b.read(i), b.i32(1)));
  sink_variables(f());
  EXPECT_EQ(sum->parent, &f().body) << print(p);
}

TEST_F(ir_simplify, makes_an_else_of_what_follows_a_continue_and_dissolves_blocks) {
  operation* block = b.block();
  b.enter(block->body());
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, n, b.i32(4)));
  b.enter(branch->body(0));
  b.exit_to(opcode::break_to, block);
  b.enter(block->body());
  operation* store = b.store(out, n, 4);
  simplify(p);
  EXPECT_EQ(branch->parent, &f().body) << print(p);
  EXPECT_TRUE(branch->body(0).operations.empty());
  EXPECT_EQ(store->parent, &branch->body(1));
}

TEST_F(ir_simplify, moves_no_barrier_under_a_condition) {
  operation* block = b.block();
  b.enter(block->body());
  operation* branch = b.if_else(b.compare(opcode::icmp_slt, n, b.i32(4)));
  b.enter(branch->body(0));
  b.exit_to(opcode::break_to, block);
  b.enter(block->body());
  operation* barrier = b.append(opcode::barrier, type::none());
  simplify(p);
  EXPECT_EQ(barrier->parent, &block->body()) << print(p);
}

TEST_F(ir_simplify, bounds_the_nesting_that_it_makes) {
  operation* block = b.block();
  b.enter(block->body());
  for (int i = 0; i < 5000; ++i) {
    operation* branch = b.if_else(b.compare(opcode::icmp_eq, n, b.i32(i)));
    b.enter(branch->body(0));
    b.store(out, n, 4);
    b.exit_to(opcode::break_to, block);
    b.enter(block->body());
  }
  b.store(out, b.i32(0), 4);
  simplify(p);
  std::size_t deepest = 0, spaces = 0;
  for (const char c : print(f())) {
    spaces = c == ' ' ? spaces + 1 : 0;
    deepest = std::max(deepest, spaces);
  }
  EXPECT_LT(deepest / 2, 140u);
}

TEST_F(ir_simplify, drops_what_follows_an_exit) {
  b.append(opcode::return_from, type::none());
  b.store(out, n, 4);
  simplify(p);
  ASSERT_EQ(f().body.operations.size(), 1u) << print(p);
  EXPECT_EQ(f().body.operations[0]->code, opcode::return_from);
}

} // namespace
} // namespace dotcompute::ir
