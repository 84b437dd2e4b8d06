// SPDX-License-Identifier: MIT
#include "drivers/cpu/cpu_segment.hpp"

#include "drivers/cpu/processor_information.hpp"
#include "support/file_descriptor.hpp"
#include "support/system_error.hpp"

#include <sys/mman.h>

#include <algorithm>

namespace dotcompute::cpu {
namespace {

constexpr std::uint64_t large_segment = 64 << 20; // bytes; smaller ones are not worth the question

/// A mapping that starts at a multiple of the granularity: some room is reserved, and the file mapped into it.
class file_segment final : public drivers::segment {
 public:
  file_segment(const std::string& device, std::uint64_t size) {
    const std::string operation = "make a segment of " + std::to_string(size) + " bytes";
    file_ = file_descriptor(::memfd_create(("dotcompute " + device).c_str(), MFD_CLOEXEC));
    if (!file_) throw system_error(errno, operation, "memfd_create");
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) throw system_error(errno, operation, "ftruncate");
    reserved_bytes_ = size + segment_granularity;
    void* const room = ::mmap(nullptr, reserved_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) throw system_error(errno, operation, "mmap");
    reserved_ = room;
    const auto start = reinterpret_cast<std::uintptr_t>(room);
    void* const wanted = reinterpret_cast<void*>((start + segment_granularity - 1) & ~(segment_granularity - 1));
    if (::mmap(wanted, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_.get(), 0) == MAP_FAILED) {
      const int number = errno;
      ::munmap(reserved_, reserved_bytes_);
      throw system_error(number, operation, "mmap");
    }
    // Large pages where the system allows them; without them everything works with small ones.
    ::madvise(wanted, size, MADV_HUGEPAGE);
    address = static_cast<std::byte*>(wanted);
    bytes = size;
    file = file_.get();
  }
  ~file_segment() override { ::munmap(reserved_, reserved_bytes_); }

 private:
  file_descriptor file_;
  void* reserved_ = nullptr;
  std::uint64_t reserved_bytes_ = 0;
};

} // namespace

std::unique_ptr<drivers::segment> create_segment(const std::string& device, std::uint64_t bytes) {
  // The system promises more memory than it has and kills who touches it, so large segments are compared with what is
  // there now.
  if (bytes >= large_segment)
    if (const auto available = available_memory(); available && bytes > *available)
      throw error(error_code::out_of_device_memory,
                  std::to_string(bytes) + " bytes were asked for, " + std::to_string(*available) + " are available",
                  {device, 1, "make a segment", "Free memory on this machine."});
  return std::make_unique<file_segment>(device, bytes);
}

std::function<drivers::memory_usage()> memory_query(known<std::uint64_t> total) {
  return [total] {
    drivers::memory_usage u{total, available_memory()};
    if (u.total_bytes && u.free_bytes) u.free_bytes = std::min(*u.total_bytes, *u.free_bytes);
    return u;
  };
}

} // namespace dotcompute::cpu
