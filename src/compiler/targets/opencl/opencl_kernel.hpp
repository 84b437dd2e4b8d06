// SPDX-License-Identifier: MIT
// One kernel's IR as the text of an OpenCL C 1.2 kernel.
#pragma once

#include "compiler/targets/c/emission.hpp"
#include "compiler/targets/opencl/spelling.hpp"

#include <map>
#include <utility>

namespace dotcompute::compiler::opencl {

class opencl_kernel final : public c_text::kernel_text {
  using expression = c_text::expression;

 public:
  opencl_kernel(c_text::program_text& shared, const ir::function& f, const kernel_reflection& reflection);

  /// The function, with its body. Throws c_text::unprintable.
  std::string run(const std::string& symbol);

 private:
  // functions.cpp
  expression real_arithmetic(const ir::operation& op, unsigned component) override;
  expression bit_function(const ir::operation& op, unsigned component, c_text::spelling& type) override;

  void allocate_local(const ir::operation& op) override;
  void copy_words(const address& to, const address& from, unsigned bytes, std::uint64_t words) override;
  void print(const ir::operation& op) override;
  expression printed_argument(const ir::operation& op);
  value make_parameter(std::size_t i, std::string& declaration);
  void declare_ids();
};

} // namespace dotcompute::compiler::opencl
