// SPDX-License-Identifier: MIT
#include "drivers/cpu/thread_memory.hpp"

#include <cstdlib>
#include <memory>

namespace dotcompute::cpu {
namespace {

struct block {
  std::unique_ptr<std::byte, void (*)(void*)> bytes{nullptr, std::free};
  std::uint64_t size = 0;

  bool grow(std::uint64_t wanted) {
    if (wanted <= size) return true;
    const std::uint64_t rounded = (wanted + 4095) / 4096 * 4096;
    bytes.reset(static_cast<std::byte*>(std::aligned_alloc(4096, rounded)));
    size = bytes ? rounded : 0;
    return bytes != nullptr;
  }
};

} // namespace

thread_state memory_of_this_thread(std::uint64_t local_bytes, std::uint64_t scratch_bytes) noexcept {
  thread_local block local, scratch;
  // One byte at least, so that a null pointer always means that there is no memory.
  if (!local.grow(local_bytes + 1) || !scratch.grow(scratch_bytes + 1)) return {nullptr, nullptr};
  return {local.bytes.get(), scratch.bytes.get()};
}

} // namespace dotcompute::cpu
