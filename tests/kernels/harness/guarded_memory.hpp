// SPDX-License-Identifier: MIT
// Host memory whose last byte lies directly before a page that must not be touched, and whose first page is preceded by
// one: a load or store for a work-item that is switched off shows as a fault.
#pragma once

#include <cstddef>
#include <span>

namespace kernel_suite {

class guarded_memory {
 public:
  /// Throws std::system_error when the system has no memory to give.
  explicit guarded_memory(std::size_t bytes);
  ~guarded_memory();
  guarded_memory(const guarded_memory&) = delete;
  guarded_memory& operator=(const guarded_memory&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  void* mapping_ = nullptr;
  std::size_t mapped_ = 0;
  std::span<std::byte> bytes_;
};

} // namespace kernel_suite
