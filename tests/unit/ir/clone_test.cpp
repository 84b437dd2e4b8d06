// SPDX-License-Identifier: MIT
#include "compiler/ir/builder.hpp"

#include <gtest/gtest.h>

namespace dotcompute::ir {
namespace {

TEST(clone_region, copies_nested_regions_and_points_exits_and_operands_at_the_copies) {
  program p;
  function& from = *p.functions.emplace_back(std::make_unique<function>());
  from.name = "from";
  builder b(from);
  operation* v = b.variable(type::i32(), "v");
  b.write(v, b.i32(3));
  operation* loop = b.loop();
  loop->test_at_end = true;
  b.enter(loop->body(0));
  b.yield(b.compare(opcode::icmp_slt, b.read(v), b.i32(5)));
  b.enter(loop->body(1));
  b.exit_to(opcode::break_to, loop);

  function& to = *p.functions.emplace_back(std::make_unique<function>());
  to.name = "from";
  std::unordered_map<const operation*, operation*> map;
  clone_region(from.body, to, to.body, map);
  EXPECT_EQ(print(from), print(to));
  EXPECT_EQ(to.operation_count(), from.operation_count());
  EXPECT_EQ(map.at(loop)->body(1).operations[0]->target, map.at(loop));
  EXPECT_NE(map.at(loop), loop);
  to.name = "to";
  EXPECT_EQ(verify(p), std::vector<std::string>{});
}

TEST(clone_region, takes_operations_already_mapped_for_granted) {
  function from, to;
  builder b(from);
  operation* a = b.i32(1);
  b.binary(opcode::add, a, a);
  builder c(to);
  operation* two = c.i32(2);
  std::unordered_map<const operation*, operation*> map = {{a, two}};
  clone_region(from.body, to, to.body, map);
  ASSERT_EQ(to.body.operations.size(), 2u);
  EXPECT_EQ(to.body.operations[1]->operands[0], two);
}

} // namespace
} // namespace dotcompute::ir
