// SPDX-License-Identifier: MIT
// Addresses that a segment can have in the service and in every worker alike.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dotcompute::isolated {

/// A candidate for `bytes`, a multiple of 32 MiB; each call gives another, and after all of them the first again. Far
/// from where programs, heaps and libraries are put, so it is nearly always free in every process. Thread-safe.
std::byte* next_address(std::uint64_t bytes) noexcept;

} // namespace dotcompute::isolated
