// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/cache/included_files.hpp"

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace dotcompute::compiler {

/// Results by key, the least recently used leaving first when their sizes pass the limit. Thread-safe.
class memory_cache {
 public:
  explicit memory_cache(std::size_t limit_bytes) : limit_(limit_bytes) {}

  /// Null when there is none or a file it was made from has changed.
  std::shared_ptr<const result> find(const digest& key);
  void store(const digest& key, std::shared_ptr<const result> value);
  void clear();

  std::size_t bytes() const;
  std::size_t count() const;

 private:
  struct entry {
    digest key;
    std::shared_ptr<const result> value;
    std::size_t bytes;
    std::vector<file_signature> signatures;
  };
  using order = std::list<entry>;
  void erase(order::iterator position);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  order entries_; ///< most recently used first
  std::unordered_map<digest, order::iterator> index_;
  std::size_t bytes_ = 0;
};

/// About what a result takes in memory.
std::size_t footprint(const result& r);

} // namespace dotcompute::compiler
