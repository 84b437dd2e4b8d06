// SPDX-License-Identifier: MIT
#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dotcompute::fuzz::FUZZ_TARGET(data, size);
  return 0;
}
