// SPDX-License-Identifier: MIT
// Transformations must not change what a program does: random programs are run before and after.
#include "compiler/ir/passes.hpp"
#include "compiler/ir/simplify_steps.hpp"
#include "interpreter.hpp"
#include "random_function.hpp"

#include <gtest/gtest.h>

namespace dotcompute::ir {
namespace {

using testing::interpret;
using testing::random_program;
using testing::trace;

constexpr std::uint32_t programs = 1000;
const std::vector<std::vector<std::int32_t>> inputs = {{0, 0, 0}, {0, 1, 5}, {0, -3, 2}, {0, 100, -7}};

std::vector<std::optional<trace>> run_all(const program& p) {
  std::vector<std::optional<trace>> all;
  for (const auto& arguments : inputs)
    all.push_back(interpret(p, *p.find("k"), arguments));
  return all;
}

/// Applies `change` to every random program and compares runs; a run that was undefined before may do anything.
template <class Change>
void expect_same(Change change) {
  std::size_t compared = 0;
  for (std::uint32_t seed = 0; seed < programs; ++seed) {
    program p = random_program(seed);
    ASSERT_EQ(verify(p), std::vector<std::string>{}) << "seed " << seed << "\n" << print(p);
    const std::string text = print(p);
    const auto before = run_all(p);
    change(p);
    ASSERT_EQ(verify(p), std::vector<std::string>{}) << "seed " << seed << "\n" << text << "\n" << print(p);
    const auto after = run_all(p);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!before[i]) continue;
      ++compared;
      ASSERT_EQ(before[i], after[i]) << "seed " << seed << ", input " << i << "\n" << text << "\n" << print(p);
    }
  }
  // If most runs were undefined, the comparison would prove little.
  EXPECT_GT(compared, programs * inputs.size() / 3);
}

TEST(equivalence, inline_calls) {
  expect_same([](program& p) {
    EXPECT_TRUE(inline_calls(p).empty());
    EXPECT_EQ(p.functions.size(), 1u);
  });
}
TEST(equivalence, simplify_exits) {
  expect_same([](program& p) {
    for (const auto& f : p.functions)
      simplify_exits(*f);
  });
}
TEST(equivalence, simplify_returns) {
  expect_same([](program& p) {
    EXPECT_TRUE(inline_calls(p).empty());
    for (const auto& f : p.functions)
      simplify_returns(*f);
  });
}
TEST(equivalence, sink_variables) {
  expect_same([](program& p) {
    for (const auto& f : p.functions)
      sink_variables(*f);
  });
}
TEST(equivalence, split_variables) {
  expect_same([](program& p) {
    for (const auto& f : p.functions)
      split_variables(*f);
  });
}
TEST(equivalence, forward_values) {
  expect_same([](program& p) {
    for (const auto& f : p.functions)
      forward_values(*f);
  });
}
TEST(equivalence, narrow_arithmetic) {
  expect_same([](program& p) {
    for (const auto& f : p.functions)
      narrow_arithmetic(*f);
  });
}
TEST(equivalence, remove_unused) {
  expect_same([](program& p) {
    for (const auto& f : p.functions)
      remove_unused(*f);
  });
}
TEST(equivalence, the_whole_of_it) {
  expect_same([](program& p) {
    EXPECT_TRUE(inline_calls(p).empty());
    simplify(p);
  });
}

} // namespace
} // namespace dotcompute::ir
