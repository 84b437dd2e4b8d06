// SPDX-License-Identifier: MIT
// Checksums, in the same pieces, of memory that only the device reaches: a kernel reads it where it is.
#pragma once

#include "drivers/driver.hpp"
#include "execution/checksum.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace dotcompute::execution {

/// Source of the kernel `checksum`: a work-group of 256 work-items sums up one piece.
///
/// Of each 64-bit word two things are added up: the word, so that no change of a single word goes unseen, and the
/// product of its halves after each was mixed with a number of its place, so that words which trade places or changes
/// that cancel out are seen as well, up to chance (one in 2^32 or less for each such pair). Not made to withstand who
/// knows it.
extern const char* const checksum_source;

/// Not thread-safe. Uses a stream of its own, with the lowest priority.
class device_checksum {
 public:
  static constexpr std::uint64_t most_bytes = 4096 * checksum_piece; ///< for one begin(): well below a millisecond

  /// `program` is of checksum_source. Throws as making segments and streams does.
  device_checksum(drivers::driver& device, std::shared_ptr<const drivers::loaded_program> program);

  /// Starts on at most most_bytes. The address is a multiple of 16, and what is up to the next multiple after the end
  /// can be read. Throws as streams do.
  void begin(const std::byte* address, std::uint64_t bytes);
  /// All that was begun is done, unless the process that drives the device was replaced meanwhile: then it never is.
  bool is_done() const noexcept { return stream_->reached() >= number_; }
  /// Throws when the device does not answer any more.
  void check() { stream_->check(); }
  const drivers::loaded_program* program() const noexcept { return program_.get(); }
  /// Of what was begun last, once that is done.
  std::span<const std::uint64_t> sums() const noexcept;

 private:
  const std::shared_ptr<const drivers::loaded_program> program_;
  const std::unique_ptr<drivers::segment> results_; ///< host-shared
  const std::unique_ptr<drivers::stream> stream_;   ///< its end comes before that of what it uses
  std::uint64_t number_ = 0;                        ///< of the last launch
  std::size_t pieces_ = 0;
};

} // namespace dotcompute::execution
