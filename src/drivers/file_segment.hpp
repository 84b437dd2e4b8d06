// SPDX-License-Identifier: MIT
// Segments of this machine's memory: memory files, so that another process can map the same pages.
#pragma once

#include "drivers/segment.hpp"
#include "support/file_descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace dotcompute::drivers {

inline constexpr std::uint64_t file_segment_granularity = 2 << 20; ///< a huge page of x86-64 and of most aarch64

/// The file can neither shrink nor grow, so that no process that has it takes pages away from the others. A mapping
/// that starts at a multiple of the granularity, in huge pages where the system grants them for shared memory: some
/// room is reserved, and the file mapped into it.
class file_segment : public segment {
 public:
  /// `size` is a multiple of the granularity. Throws out_of_device_memory when the machine has not that much left,
  /// out_of_memory, out_of_handles.
  file_segment(const std::string& device, std::uint64_t size);
  /// At exactly `place`, a multiple of the granularity. Also throws out_of_handles when something else is there.
  file_segment(const std::string& device, std::uint64_t size, std::byte* place);
  /// The same pages as another process's segment of this size, whose `file` is only lent. Throws invalid_size when the
  /// file is shorter.
  file_segment(const std::string& device, std::uint64_t size, int file, std::byte* place);
  ~file_segment() override;
  void leave_zeros() noexcept override { leaves_zeros_ = true; }

 protected:
  /// The destructor gives the pages back but not the addresses, which nothing else in this process will get: for memory
  /// that a device still knows.
  void keep_addresses() noexcept { keeps_addresses_ = true; }

 private:
  void make_file(const std::string& device, std::uint64_t size, const std::string& operation);
  void map_at(const std::string& device, std::uint64_t size, int descriptor, std::byte* place,
              const std::string& operation);

  file_descriptor file_;
  void* reserved_ = nullptr;
  std::uint64_t reserved_bytes_ = 0;
  bool keeps_addresses_ = false, leaves_zeros_ = false;
};

} // namespace dotcompute::drivers
