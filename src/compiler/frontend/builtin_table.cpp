// SPDX-License-Identifier: MIT
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

const builtin_entry* find_builtin(llvm::StringRef name) {
  static const builtin_map map = [] {
    builtin_map all;
    register_arithmetic(all);
    register_async(all);
    register_atomic(all);
    register_convert(all);
    register_geometric(all);
    register_half(all);
    register_math(all);
    register_memory(all);
    register_print(all);
    register_relational(all);
    register_work_group(all);
    return all;
  }();
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

} // namespace dotcompute::frontend
