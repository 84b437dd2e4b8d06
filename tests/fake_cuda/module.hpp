// SPDX-License-Identifier: MIT
// Loaded code: a shared object that the fake NVRTC made, in the place of a cubin.
#pragma once

#include "abi.hpp"
#include "device_runtime.hpp"

#include <memory>
#include <string>
#include <vector>

namespace fake_cuda {

inline constexpr unsigned device_architecture = 90;
inline constexpr unsigned default_shared_bytes = 48 << 10, most_shared_bytes = 227 << 10;

/// Guarded by the machine's lock. Kernels that run keep it loaded.
struct module {
  ~module();

  handle context = 0;
  void* library = nullptr;
  int file = -1; ///< open as long as the library is: the dynamic linker knows it by the descriptor's name
  std::vector<std::pair<std::string, handle>> kernels{}; ///< those asked for so far
  std::vector<device_pointer> globals{};                 ///< likewise
};

/// Guarded by the machine's lock.
struct function {
  std::shared_ptr<module> owner;
  handle context = 0;
  const fake_cuda_kernel* kernel = nullptr;
  unsigned max_shared_bytes = default_shared_bytes;
};

} // namespace fake_cuda
