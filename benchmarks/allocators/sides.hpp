// SPDX-License-Identifier: MIT
// Allocators behind one shape, without virtual calls: allocate(bytes) gives a block, free(block) takes it back, and
// address(block) says where it lies. All are thread-safe.
#pragma once

#include "linear_list.hpp"
#include "memory/imagined_memory.hpp"
#include "memory/pool.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <memory>
#include <memory_resource>
#include <string>

namespace dotcompute::benchmark {

struct own_allocator {
  using block = ::dotcompute::memory::allocation;
  explicit own_allocator(::dotcompute::memory::pool_options how = {})
      : pool(std::make_unique<::dotcompute::memory::pool>(std::make_shared<::dotcompute::memory::imagined_memory>(),
                                                          std::move(how))) {}
  block allocate(std::uint64_t bytes) { return pool->allocate({.bytes = bytes}); }
  void free(const block& b) { pool->free(b.handle); }
  static std::uintptr_t address(const block& b) { return reinterpret_cast<std::uintptr_t>(b.address); }
  /// What is wrong with the book-keeping.
  std::string contradiction() const {
    try {
      pool->check();
    } catch (const std::exception& e) {
      return e.what();
    }
    return {};
  }

  std::unique_ptr<::dotcompute::memory::pool> pool;
};

template <class Derived>
struct pointer_allocator {
  using block = void*;
  static std::uintptr_t address(void* b) { return reinterpret_cast<std::uintptr_t>(b); }
  static std::string contradiction() { return {}; }
};

struct malloc_allocator : pointer_allocator<malloc_allocator> {
  static void* allocate(std::uint64_t bytes) {
    void* b = std::malloc(bytes);
    // A compiler may leave out a pair that nobody looks at.
    asm volatile("" : "+r"(b) : : "memory");
    return b;
  }
  static void free(void* b) { std::free(b); }
};

/// Debian's libmimalloc2.0, opened at run time.
struct mimalloc_allocator : pointer_allocator<mimalloc_allocator> {
  void* allocate(std::uint64_t bytes) { return functions().allocate(bytes); }
  void free(void* b) { functions().free(b); }

  struct entry_points {
    void* (*allocate)(std::size_t) = nullptr;
    void (*free)(void*) = nullptr;
    int version = 0;
    std::string reason; ///< why it is missing
  };
  static const entry_points& functions();
};

struct pmr_allocator : pointer_allocator<pmr_allocator> {
  struct sized {
    void* at = nullptr;
    std::uint64_t bytes = 0;
  };
  using block = sized;
  block allocate(std::uint64_t bytes) { return {pool->allocate(bytes), bytes}; }
  void free(const block& b) { pool->deallocate(b.at, b.bytes); }
  static std::uintptr_t address(const block& b) { return reinterpret_cast<std::uintptr_t>(b.at); }

  std::unique_ptr<std::pmr::synchronized_pool_resource> pool = std::make_unique<std::pmr::synchronized_pool_resource>();
};

struct linear_list_allocator {
  using block = linear_list::block;
  block allocate(std::uint64_t bytes) { return list->allocate(bytes); }
  void free(const block& b) { list->free(b); }
  static std::uintptr_t address(const block& b) { return b.offset; }
  static std::string contradiction() { return {}; }

  std::unique_ptr<linear_list> list = std::make_unique<linear_list>(std::uint64_t{64} << 30);
};

} // namespace dotcompute::benchmark
