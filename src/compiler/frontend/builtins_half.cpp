// SPDX-License-Identifier: MIT
// Loads and stores of half precision numbers (OpenCL C 6.12.7): vload_half, vloada_half, vstore_half, vstorea_half.
#include "compiler/frontend/builtin_table.hpp"
#include "compiler/frontend/rounding.hpp"

namespace dotcompute::frontend {

namespace {

using ir::operation;
using ir::scalar_kind;

constexpr unsigned half_bytes = 2;

/// The `a` forms take vectors aligned to their size, where three components fill the place of four.
std::int64_t stride(unsigned components, bool aligned) {
  return half_bytes * static_cast<std::int64_t>(aligned && components == 3 ? 4 : components);
}

unsigned alignment(unsigned components, bool aligned) {
  return aligned ? static_cast<unsigned>(stride(components, true)) : half_bytes;
}

operation* load_half(function_lowering& f, const builtin_call& call) {
  const bool aligned = call.entry.detail != 0;
  const unsigned n = call.result.components;
  operation* pointer = f.build().pointer_add(call[1], call[0], stride(n, aligned), false);
  operation* halves = f.build().load(pointer, call.result.with_element(scalar_kind::f16), alignment(n, aligned));
  return f.build().convert(ir::opcode::float_extend, halves, call.result);
}

operation* store_half(function_lowering& f, const builtin_call& call) {
  llvm::StringRef name = call.name;
  const rounding mode = take_rounding(name);
  const bool aligned = call.entry.detail != 0;
  const unsigned n = call[0]->result.components;
  operation* halves = float_to_float(f, call[0], call[0]->result.with_element(scalar_kind::f16), mode);
  operation* pointer = f.build().pointer_add(call[2], call[1], stride(n, aligned), false);
  f.build().store(pointer, halves, alignment(n, aligned));
  return nullptr;
}

} // namespace

void register_half(builtin_map& map) {
  for (const char* n : {"", "2", "3", "4", "8", "16"}) {
    map[(llvm::Twine("vload_half") + n).str()] = {load_half, 0};
    map[(llvm::Twine("vloada_half") + n).str()] = {load_half, 1};
    for (const char* mode : {"", "_rte", "_rtz", "_rtp", "_rtn"}) {
      map[(llvm::Twine("vstore_half") + n + mode).str()] = {store_half, 0};
      map[(llvm::Twine("vstorea_half") + n + mode).str()] = {store_half, 1};
    }
  }
}

} // namespace dotcompute::frontend
