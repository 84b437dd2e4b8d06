// SPDX-License-Identifier: MIT
#include "compiler/ir/builder.hpp"
#include "compiler/ir/passes.hpp"

#include <gtest/gtest.h>

namespace dotcompute::ir {
namespace {

function& add_function(program& p, const std::string& name, type result, bool is_kernel = false) {
  function& f = *p.functions.emplace_back(std::make_unique<function>());
  f.name = name;
  f.result = result;
  f.is_kernel = is_kernel;
  return f;
}

TEST(inline_calls, splices_a_callee_that_returns_at_its_end) {
  program p;
  function& k = add_function(p, "k", type::none(), true);
  k.parameters = {{type::pointer(address_space::global), "out"}};
  builder b(k);
  operation* out = b.append(opcode::argument, k.parameters[0].value);
  operation* three[] = {b.i32(3)};
  b.store(out, b.call("twice", type::i32(), three), 4);

  function& twice = add_function(p, "twice", type::i32());
  twice.parameters = {{type::i32(), "x"}};
  builder c(twice);
  operation* x = c.append(opcode::argument, type::i32());
  c.append(opcode::return_from, type::none(), {c.binary(opcode::add, x, x)});

  EXPECT_EQ(inline_calls(p), std::vector<std::string>{});
  EXPECT_EQ(verify(p), std::vector<std::string>{});
  ASSERT_EQ(p.functions.size(), 1u);
  ASSERT_EQ(k.body.operations.size(), 4u) << print(p);
  EXPECT_EQ(k.body.operations[2]->code, opcode::add);
  EXPECT_EQ(k.body.operations[2]->operands[0], three[0]);
}

TEST(inline_calls, makes_a_block_of_a_callee_that_returns_early) {
  program p;
  function& k = add_function(p, "k", type::none(), true);
  builder b(k);
  operation* value = b.call("early", type::i32(), {});
  b.if_else(b.compare(opcode::icmp_eq, value, b.i32(0)));

  function& early = add_function(p, "early", type::i32());
  builder c(early);
  operation* branch = c.if_else(c.boolean(true));
  c.enter(branch->body(0));
  c.append(opcode::return_from, type::none(), {c.i32(1)});
  c.enter(early.body);
  c.append(opcode::return_from, type::none(), {c.i32(2)});

  EXPECT_EQ(inline_calls(p), std::vector<std::string>{});
  EXPECT_EQ(verify(p), std::vector<std::string>{});
  EXPECT_EQ(k.body.operations[0]->code, opcode::variable) << print(p);
  EXPECT_EQ(k.body.operations[1]->code, opcode::block);
  EXPECT_EQ(k.body.operations[2]->code, opcode::read);
}

TEST(inline_calls, brings_a_called_kernels_local_memory_to_the_entry) {
  program p;
  function& k = add_function(p, "k", type::none(), true);
  builder b(k);
  operation* branch = b.if_else(b.boolean(true));
  b.enter(branch->body(0));
  b.call("other", type::none(), {});
  builder(add_function(p, "other", type::none(), true)).allocate(opcode::local_alloc, 64, 16, "tile");
  EXPECT_EQ(inline_calls(p), std::vector<std::string>{});
  EXPECT_EQ(verify(p), std::vector<std::string>{});
  EXPECT_EQ(k.body.operations[0]->code, opcode::local_alloc);
  EXPECT_EQ(p.functions.size(), 2u);
}

TEST(inline_calls, reports_recursion_and_leaves_the_program_alone) {
  program p;
  builder(add_function(p, "k", type::none(), true)).call("a", type::none(), {});
  builder(add_function(p, "a", type::none())).call("b", type::none(), {});
  builder(add_function(p, "b", type::none())).call("a", type::none(), {});
  const auto messages = inline_calls(p);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0], "function 'a' calls itself, directly or through others; OpenCL C has no recursion");
  EXPECT_EQ(p.functions.size(), 3u);
}

TEST(inline_calls, says_where_an_undefined_function_is_called) {
  program p;
  p.files = {"x.cl"};
  builder b(add_function(p, "k", type::none(), true));
  b.location = {0, 7, 3};
  b.call("missing", type::none(), {});
  const auto messages = inline_calls(p);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0], "x.cl:7:3: call of function 'missing', which is declared but not defined");
}

TEST(inline_calls, places_library_code_at_the_line_that_called_it) {
  program p;
  p.files = {"x.cl", "library.cl"};
  function& k = add_function(p, "k", type::none(), true);
  builder b(k);
  b.location = {0, 7, 3};
  b.call("__dc_probe", type::none(), {});
  builder c(add_function(p, "__dc_probe", type::none()));
  c.location = {1, 99, 1};
  c.append(opcode::barrier, type::none());
  EXPECT_EQ(inline_calls(p), std::vector<std::string>{});
  ASSERT_EQ(k.body.operations.size(), 1u);
  EXPECT_EQ(k.body.operations[0]->location.line, 7u);
}

} // namespace
} // namespace dotcompute::ir
