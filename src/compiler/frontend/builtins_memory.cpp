// SPDX-License-Identifier: MIT
// vloadn, vstoren and prefetch (OpenCL C 6.12.7, 6.12.10).
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

namespace {

using ir::operation;

/// Vectors lie one after another without gaps, aligned as their elements only.
operation* load_vector(function_lowering& f, const builtin_call& call) {
  const unsigned element = ir::byte_size(call.result.element);
  operation* pointer =
      f.build().pointer_add(call[1], call[0], static_cast<std::int64_t>(element) * call.result.components, false);
  return f.build().load(pointer, call.result, element);
}

operation* store_vector(function_lowering& f, const builtin_call& call) {
  const ir::type type = call[0]->result;
  const unsigned element = ir::byte_size(type.element);
  operation* pointer =
      f.build().pointer_add(call[2], call[1], static_cast<std::int64_t>(element) * type.components, false);
  f.build().store(pointer, call[0], element);
  return nullptr;
}

/// Only a hint, and its arguments have been evaluated.
operation* prefetch(function_lowering&, const builtin_call&) {
  return nullptr;
}

} // namespace

void register_memory(builtin_map& map) {
  for (const char* n : {"2", "3", "4", "8", "16"}) {
    map[(llvm::Twine("vload") + n).str()] = {load_vector};
    map[(llvm::Twine("vstore") + n).str()] = {store_vector};
  }
  map["prefetch"] = {prefetch};
}

} // namespace dotcompute::frontend
