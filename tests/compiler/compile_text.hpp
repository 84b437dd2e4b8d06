// SPDX-License-Identifier: MIT
// Compiles a source text in this process and gives what the tests look at.
#pragma once

#include "compiler/compile.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace dotcompute::tests {

inline compiler::result compile_text(std::string source, compiler::stage emit = compiler::stage::llvm,
                                     std::optional<compiler::specialization> local = std::nullopt,
                                     std::uint32_t lanes = 16) {
  compiler::request r;
  r.source = std::move(source);
  r.file_name = "test.cl";
  r.emit = emit;
  r.specialize = std::move(local);
  // A fixed target, so that the tests expect the same code on every machine.
  r.target = compiler::cpu_target{"x86-64-v4", "", lanes};
  return compiler::compile(r);
}

inline compiler::request cuda_request(std::string source, std::uint32_t architecture = 90) {
  compiler::request r;
  r.source = std::move(source);
  r.file_name = "test.cl";
  r.target = compiler::cuda_target{architecture};
  r.emit = compiler::stage::program;
  return r;
}

inline compiler::result compile_cuda(std::string source, compiler::stage emit,
                                     std::optional<compiler::specialization> local = std::nullopt) {
  compiler::request r = cuda_request(std::move(source));
  r.emit = emit;
  r.specialize = std::move(local);
  return compiler::compile(r);
}

inline std::string text_of(const compiler::result& r) {
  std::string text(r.binary.size(), '\0');
  std::transform(r.binary.begin(), r.binary.end(), text.begin(), [](std::byte b) { return static_cast<char>(b); });
  return text;
}

inline std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size()))
    ++n;
  return n;
}

inline bool has_remark(const compiler::result& r, std::string_view words) {
  return std::any_of(r.diagnostics.begin(), r.diagnostics.end(), [&](const compiler::diagnostic& d) {
    return d.level == compiler::severity::remark && d.message.find(words) != std::string::npos;
  });
}

} // namespace dotcompute::tests
