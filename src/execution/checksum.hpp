// SPDX-License-Identifier: MIT
// Checksums of host memory in pieces: whether any of it has changed, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace dotcompute::execution {

inline constexpr std::uint64_t checksum_piece = 256 << 10; ///< bytes: 32 KiB of checksums for a GiB

constexpr std::uint64_t pieces_of(std::uint64_t bytes) noexcept {
  return (bytes + checksum_piece - 1) / checksum_piece;
}

/// XXH3's 64 bits of each piece, by up to `threads` threads, this one among them. Others may write the memory
/// meanwhile: the sums are then of no use, and nothing else happens. False, soon after `is_abandoned` says true; it is
/// asked before each piece, by any of the threads.
bool checksum_pieces(std::span<const std::byte> memory, std::span<std::uint64_t> sums, unsigned threads,
                     const std::function<bool()>& is_abandoned);

} // namespace dotcompute::execution
