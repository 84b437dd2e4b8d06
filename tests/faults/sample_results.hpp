// SPDX-License-Identifier: MIT
// Requests and results with every field set, for tests that carry them around.
#pragma once

#include "compiler/compile.hpp"

#include <string>

namespace dotcompute::faults {

inline compiler::request sample_request(const std::string& source = "kernel void scale(global float* x) { }") {
  compiler::request r;
  r.source = source;
  r.file_name = "scale.cl";
  r.options = "-D N=16 -cl-fast-relaxed-math";
  r.target = compiler::cpu_target{"x86-64-v3", "+avx2,-avx512f", 8};
  r.emit = compiler::stage::program;
  r.specialize = compiler::specialization{"scale", {16, 8, 1}};
  r.any_local_size = true;
  return r;
}

inline compiler::result sample_result(std::size_t binary_bytes = 1000) {
  compiler::result r;
  r.succeeded = true;
  r.log = "scale.cl:1:2: warning: something\n";
  r.diagnostics.push_back({compiler::severity::warning, "scale.cl", 1, 2, "something"});
  kernel_reflection k;
  k.name = "scale";
  argument_reflection a;
  a.name = "x";
  a.type_name = "float*";
  a.space = argument_space::global;
  a.size = a.alignment = 8;
  a.element_size = 4;
  a.element_type = "float";
  a.is_const = a.is_restrict = true;
  a.is_written = a.is_read = false;
  k.arguments.push_back(a);
  k.argument_bytes = 8;
  k.required_local_size = {1, 2, 3};
  k.local_size_hint = {4, 5, 6};
  k.local_bytes = 1ull << 40;
  k.has_barrier = true;
  k.is_flat = true;
  k.resources = {40u, 0u, std::nullopt, 128u, 1024u};
  r.kernels.push_back(k);
  for (std::size_t i = 0; i < binary_bytes; ++i)
    r.binary.push_back(static_cast<std::byte>(i * 31));
  r.entries.push_back({"scale",
                       "scale.16x8x1",
                       {16, 8, 1},
                       8,
                       4096,
                       1ull << 33,
                       "scale__wide",
                       true,
                       4,
                       2,
                       {255u, std::nullopt, 16u, 0u, 256u}});
  r.print_formats = {"%d\n", ""};
  return r;
}

inline bool same(const compiler::result& a, const compiler::result& b) {
  const auto same_kernel = [](const kernel_reflection& k, const kernel_reflection& l) {
    if (k.arguments.size() != l.arguments.size()) return false;
    for (std::size_t i = 0; i < k.arguments.size(); ++i) {
      const argument_reflection &p = k.arguments[i], &q = l.arguments[i];
      if (p.name != q.name || p.type_name != q.type_name || p.space != q.space || p.size != q.size ||
          p.alignment != q.alignment || p.offset != q.offset || p.element_size != q.element_size ||
          p.element_type != q.element_type || p.is_const != q.is_const || p.is_restrict != q.is_restrict ||
          p.is_volatile != q.is_volatile || p.is_written != q.is_written || p.is_read != q.is_read)
        return false;
    }
    return k.name == l.name && k.argument_bytes == l.argument_bytes && k.required_local_size == l.required_local_size &&
           k.local_size_hint == l.local_size_hint && k.local_bytes == l.local_bytes && k.has_barrier == l.has_barrier &&
           k.is_flat == l.is_flat && k.resources == l.resources;
  };
  if (a.diagnostics.size() != b.diagnostics.size() || a.kernels.size() != b.kernels.size() ||
      a.entries.size() != b.entries.size() || a.included_files.size() != b.included_files.size())
    return false;
  for (std::size_t i = 0; i < a.diagnostics.size(); ++i) {
    const auto &p = a.diagnostics[i], &q = b.diagnostics[i];
    if (p.level != q.level || p.file != q.file || p.line != q.line || p.column != q.column || p.message != q.message)
      return false;
  }
  for (std::size_t i = 0; i < a.kernels.size(); ++i) {
    if (!same_kernel(a.kernels[i], b.kernels[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    const auto &p = a.entries[i], &q = b.entries[i];
    if (p.kernel != q.kernel || p.symbol != q.symbol || p.local_size != q.local_size || p.lanes != q.lanes ||
        p.local_bytes != q.local_bytes || p.scratch_bytes != q.scratch_bytes || p.wide_symbol != q.wide_symbol ||
        p.prints != q.prints || p.items != q.items || p.guarded_dimensions != q.guarded_dimensions ||
        p.resources != q.resources)
      return false;
  }
  for (std::size_t i = 0; i < a.included_files.size(); ++i) {
    if (a.included_files[i].path != b.included_files[i].path ||
        a.included_files[i].contents != b.included_files[i].contents)
      return false;
  }
  return a.succeeded == b.succeeded && a.log == b.log && a.binary == b.binary && a.print_formats == b.print_formats;
}

} // namespace dotcompute::faults
