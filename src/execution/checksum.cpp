// SPDX-License-Identifier: MIT
#include "execution/checksum.hpp"

#include "support/quiet_signals.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace dotcompute::execution {

bool checksum_pieces(std::span<const std::byte> memory, std::span<std::uint64_t> sums, unsigned threads,
                     const std::function<bool()>& is_abandoned) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> gave_up{false};
  const auto work = [&] {
    for (;;) {
      const std::size_t piece = next.fetch_add(1, std::memory_order_relaxed);
      if (piece >= sums.size() || gave_up.load(std::memory_order_relaxed)) return;
      if (is_abandoned()) return gave_up.store(true, std::memory_order_relaxed);
      const auto part = memory.subspan(piece * checksum_piece);
      sums[piece] = ::XXH3_64bits(part.data(), std::min<std::size_t>(part.size(), checksum_piece));
    }
  };
  std::vector<std::thread> others;
  {
    const quiet_signals quiet;
    // Below some pieces for each, a thread takes longer to start than it saves.
    constexpr std::size_t worth_a_thread = 16;
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, sums.size() / worth_a_thread); ++i) {
      try {
        others.emplace_back(work);
      } catch (const std::system_error&) {
        break; // those that there are do it all
      }
    }
  }
  work();
  for (std::thread& t : others)
    t.join();
  return !gave_up.load(std::memory_order_relaxed);
}

} // namespace dotcompute::execution
