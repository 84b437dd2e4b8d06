// SPDX-License-Identifier: MIT
#include "memory/record_table.hpp"

#include <sys/mman.h>

#include <new>

namespace dotcompute::memory {
namespace {

/// Zeroed pages that take memory when they are touched, which calloc() does not promise. Throws std::bad_alloc.
void* map_pages(std::size_t bytes) {
  void* const pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return pages;
}

} // namespace

block_records::block_records() : chunks_(static_cast<block_record**>(map_pages(chunks * sizeof(block_record*)))) {}

// munmap() fails only for what is not mapped.
block_records::~block_records() {
  for (std::uint64_t kind = 0; kind < buffer_kinds; ++kind)
    for (std::uint64_t b = kind << kind_shift; b < (kind + 1) << kind_shift && chunks_[b / chunk]; b += chunk)
      ::munmap(chunks_[b / chunk], chunk * sizeof(block_record));
  ::munmap(static_cast<void*>(chunks_), chunks * sizeof(block_record*));
}

void block_records::ensure(std::uint32_t kind, std::uint32_t node) {
  if (node > most_nodes) throw std::bad_alloc();
  const std::atomic_ref place(chunks_[(kind << kind_shift | node) / chunk]);
  if (!place.load(std::memory_order_relaxed))
    place.store(static_cast<block_record*>(map_pages(chunk * sizeof(block_record))), std::memory_order_release);
}

} // namespace dotcompute::memory
