// SPDX-License-Identifier: MIT
// Source text in, readable IR out; every program that the front end makes must obey the IR's rules.
#pragma once

#include "compiler/frontend/frontend.hpp"
#include "compiler/ir/passes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace dotcompute::frontend::testing {

/// The IR's text; fails the test when the source is refused or the IR is not well formed.
inline std::string ir_of(const std::string& source, const std::string& options = {}) {
  const translation t = translate(source, "test.cl", options);
  EXPECT_TRUE(t.program) << t.log;
  if (!t.program) return {};
  const auto broken = ir::verify(*t.program);
  const std::string text = ir::print(*t.program);
  for (const std::string& message : broken)
    ADD_FAILURE() << message << "\n" << text;
  return text;
}

/// The body of a kernel `k` whose parameters are a few pointers and scalars of every kind.
inline std::string kernel_ir(const std::string& body, const std::string& options = {}) {
  return ir_of("kernel void k(global float* f, global int* i, global uint* u, global double* d, global float4* v,\n"
               "              local float* l, constant float* c, int n, float x, uint m) {\n" +
                   body + "\n}\n",
               options);
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++n;
  return n;
}

/// The first error; fails the test when there is none.
inline compiler::diagnostic error_of(const std::string& source, const std::string& options = {}) {
  const translation t = translate(source, "test.cl", options);
  EXPECT_FALSE(t.program) << "the source was accepted";
  for (const auto& d : t.diagnostics)
    if (d.level == compiler::severity::error) return d;
  ADD_FAILURE() << "no error was reported";
  return {};
}

} // namespace dotcompute::frontend::testing

#define EXPECT_HAS(text, part) EXPECT_TRUE(dotcompute::frontend::testing::contains(text, part)) << (text)
#define EXPECT_HAS_NOT(text, part) EXPECT_FALSE(dotcompute::frontend::testing::contains(text, part)) << (text)
