// SPDX-License-Identifier: MIT
// Libraries of generated code that were loaded lately. Loading one costs the dynamic loader tens of microseconds;
// a service that builds the same program again finds it here. Generated code keeps no state between launches, so
// programs may share it.
#pragma once

#include "support/digest.hpp"
#include "support/dynamic_library.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace dotcompute::cpu {

/// Thread-safe. Holds the libraries used last; older ones live for as long as their programs.
class library_cache {
 public:
  explicit library_cache(std::size_t capacity) : capacity_(capacity) {}

  /// Loads `elf` unless it is loaded. Throws invalid_binary.
  std::shared_ptr<const dynamic_library> load(const std::string& name, std::span<const std::byte> elf);

 private:
  struct entry {
    digest key;
    std::shared_ptr<const dynamic_library> library;
  };
  const std::size_t capacity_;
  std::mutex guard_;
  std::list<entry> recent_; ///< the last used first
};

} // namespace dotcompute::cpu
