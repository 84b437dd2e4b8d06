// SPDX-License-Identifier: MIT
#include "compiler/ir/operation.hpp"

namespace dotcompute::ir {

operation* function::create(opcode code, type value) {
  // A deque never moves its elements when it grows at the end, so addresses stay valid.
  operation& op = storage_.emplace_back();
  op.code = code;
  op.result = value;
  op.id = static_cast<std::uint32_t>(storage_.size() - 1);
  return &op;
}

function* program::find(std::string_view name) const {
  for (const auto& f : functions)
    if (f->name == name) return f.get();
  return nullptr;
}

} // namespace dotcompute::ir
