// SPDX-License-Identifier: MIT
// Local memory and scratch of the calling thread.
#pragma once

#include "compiler/targets/cpu/kernel_abi.hpp"

#include <cstdint>

namespace dotcompute::cpu {

/// Blocks of at least these sizes, aligned to 4,096 bytes, that belong to the calling thread until it ends. They keep
/// their largest size and are not cleared. Both null when there is no memory.
thread_state memory_of_this_thread(std::uint64_t local_bytes, std::uint64_t scratch_bytes) noexcept;

} // namespace dotcompute::cpu
