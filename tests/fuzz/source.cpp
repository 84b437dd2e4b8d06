// SPDX-License-Identifier: MIT
#include "compiler/compile.hpp"
#include "targets.hpp"

#include <string>

namespace dotcompute::fuzz {

void source(const std::uint8_t* data, std::size_t size) {
  if (size > 20000) return;
  compiler::request r;
  r.source.assign(reinterpret_cast<const char*>(data), size);
  r.file_name = "fuzz.cl";
  r.target = compiler::cpu_target{"generic", "", 0};
  const compiler::result whole = compiler::compile(r);
  if (!whole.succeeded || whole.kernels.empty()) return;
  r.specialize = compiler::specialization{whole.kernels.front().name, {8, 1, 1}};
  (void)compiler::compile(r);
}

void options(const std::uint8_t* data, std::size_t size) {
  if (size > 2000) return;
  compiler::request r;
  r.source = "kernel void k(global int* x) { x[get_global_id(0)] = 1; }";
  r.file_name = "fuzz.cl";
  r.options.assign(reinterpret_cast<const char*>(data), size);
  r.emit = compiler::stage::ir;
  (void)compiler::compile(r);
}

} // namespace dotcompute::fuzz
