// SPDX-License-Identifier: MIT
// Memory of the device and of the host as a program takes it from the driver by hand.
#pragma once

#include "cuda_side.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

namespace dotcompute::benchmark {

/// Device memory from cuMemAlloc.
class raw_device_memory {
 public:
  raw_device_memory(const cuda_side::state& s, std::size_t bytes) : state_(s) {
    s.enter();
    s.check(s.driver->allocate(&address_, bytes), "cuMemAlloc");
  }
  ~raw_device_memory() {
    if (state_.driver->set_current(state_.context) == 0) state_.driver->free(address_);
  }
  raw_device_memory(const raw_device_memory&) = delete;
  raw_device_memory& operator=(const raw_device_memory&) = delete;
  cuda::address address() const { return address_; }

 private:
  const cuda_side::state& state_;
  cuda::address address_ = 0;
};

/// Host memory with a byte in every page touched; registered with the driver, or pageable.
class raw_host_memory {
 public:
  raw_host_memory(const cuda_side::state& s, std::size_t bytes, bool is_registered)
      : state_(s), is_registered_(is_registered), bytes_(std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096)) {
    if (!bytes_) throw std::bad_alloc();
    std::memset(bytes_, 0, bytes);
    if (!is_registered_) return;
    s.enter();
    if (const auto code = s.driver->register_host(bytes_, bytes, 0); code != 0) {
      std::free(bytes_);
      s.check(code, "cuMemHostRegister");
    }
  }
  ~raw_host_memory() {
    if (is_registered_ && state_.driver->set_current(state_.context) == 0) state_.driver->unregister_host(bytes_);
    std::free(bytes_);
  }
  raw_host_memory(const raw_host_memory&) = delete;
  raw_host_memory& operator=(const raw_host_memory&) = delete;
  std::byte* data() const { return static_cast<std::byte*>(bytes_); }

 private:
  const cuda_side::state& state_;
  bool is_registered_;
  void* bytes_;
};

} // namespace dotcompute::benchmark
