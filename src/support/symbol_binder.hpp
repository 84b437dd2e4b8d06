// SPDX-License-Identifier: MIT
// Functions of a library that is opened at run time.
#pragma once

#include "support/dynamic_library.hpp"

#include <string>

namespace dotcompute {

/// Looks functions up and keeps the names of those that are missing.
class symbol_binder {
 public:
  explicit symbol_binder(const dynamic_library& file) : file_(file) {}

  template <class Function>
  void optional(Function*& place, const char* symbol) {
    place = reinterpret_cast<Function*>(file_.find(symbol));
  }
  template <class Function>
  void required(Function*& place, const char* symbol) {
    optional(place, symbol);
    if (!place) missing += (missing.empty() ? "" : ", ") + std::string(symbol);
  }

  std::string missing;

 private:
  const dynamic_library& file_;
};

} // namespace dotcompute
