// SPDX-License-Identifier: MIT
#include "drivers/cpu/thread_memory.hpp"

#include <dotcompute/error.hpp>

#include <cstdlib>
#include <memory>
#include <string>

namespace dotcompute::cpu {
namespace {

struct block {
  std::unique_ptr<std::byte, void (*)(void*)> bytes{nullptr, std::free};
  std::uint64_t size = 0;

  std::byte* at_least(std::uint64_t wanted, const char* what) {
    if (wanted > size) {
      const std::uint64_t rounded = (wanted + 4095) / 4096 * 4096;
      bytes.reset(static_cast<std::byte*>(std::aligned_alloc(4096, rounded)));
      size = bytes ? rounded : 0;
      if (!bytes)
        throw error(error_code::out_of_memory,
                    std::to_string(wanted) + " bytes of " + what + " for a thread could not be allocated");
    }
    return bytes.get();
  }
};

} // namespace

thread_state memory_of_this_thread(std::uint64_t local_bytes, std::uint64_t scratch_bytes) {
  thread_local block local, scratch;
  return {local.at_least(local_bytes, "local memory"), scratch.at_least(scratch_bytes, "scratch memory")};
}

} // namespace dotcompute::cpu
