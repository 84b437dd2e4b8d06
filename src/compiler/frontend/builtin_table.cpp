// SPDX-License-Identifier: MIT
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

const builtin_entry* find_builtin(llvm::StringRef name) {
  static const builtin_map map = [] {
    builtin_map all;
    register_work_group(all);
    return all;
  }();
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

} // namespace dotcompute::frontend
