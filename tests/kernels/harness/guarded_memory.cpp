// SPDX-License-Identifier: MIT
#include "harness/guarded_memory.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace kernel_suite {

guarded_memory::guarded_memory(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t usable = (bytes + page - 1) / page * page;
  mapped_ = usable + 2 * page;
  mapping_ = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping_ == MAP_FAILED) {
    mapping_ = nullptr;
    throw std::system_error(errno, std::generic_category(), "mmap of guarded memory");
  }
  std::byte* const first = static_cast<std::byte*>(mapping_) + page;
  if (usable != 0 && mprotect(first, usable, PROT_READ | PROT_WRITE) != 0) {
    const int code = errno;
    munmap(mapping_, mapped_);
    throw std::system_error(code, std::generic_category(), "mprotect of guarded memory");
  }
  bytes_ = {first + (usable - bytes), bytes};
}

guarded_memory::~guarded_memory() {
  if (mapping_ != nullptr) munmap(mapping_, mapped_);
}

} // namespace kernel_suite
