// SPDX-License-Identifier: MIT
// NVIDIA's driver library, opened when the program runs.
#pragma once

#include "drivers/cuda/driver_api.hpp"
#include "support/dynamic_library.hpp"

#include <memory>
#include <string>

namespace dotcompute::cuda {

/// The library and its functions, initialised. Immutable and thread-safe. It is opened once and stays open until the
/// process ends: the driver's own threads run code of it.
struct cuda_library {
  dynamic_library file;
  driver_api api{};
  int version = 0;  ///< 1000 times the major plus 10 times the minor number of the newest CUDA it serves
  std::string path; ///< as it was opened
};

/// "13.0".
std::string version_text(int version);

/// The file that DOTCOMPUTE_LIBCUDA names, else libcuda.so.1. Null when it cannot be used, and `why_none` says what was
/// looked for and what is wrong with it. Never throws for that. A failure is not remembered: the next call tries again.
std::shared_ptr<const cuda_library> open_library(std::string& why_none);

} // namespace dotcompute::cuda
