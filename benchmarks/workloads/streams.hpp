// SPDX-License-Identifier: MIT
// Arrays that OpenMP fills in parallel before use, aligned as the other sides align theirs.
#pragma once

#include "../openmp/peer.hpp"

#include <cstdlib>
#include <memory>
#include <new>

namespace dotcompute::benchmark {

using host_array = std::shared_ptr<float[]>;

inline host_array filled_array(const openmp_peer& peer, std::size_t n, float value) {
  auto* memory = static_cast<float*>(std::aligned_alloc(4096, (n * sizeof(float) + 4095) / 4096 * 4096));
  if (!memory) throw std::bad_alloc();
  host_array array(memory, [](float* p) { std::free(p); });
  peer.fill(array.get(), n, value);
  return array;
}

} // namespace dotcompute::benchmark
