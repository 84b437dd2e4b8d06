// SPDX-License-Identifier: MIT
#include "drivers/file_segment.hpp"

#include "support/processor_budget.hpp"
#include "support/system_error.hpp"

#include <sys/mman.h>

namespace dotcompute::drivers {
namespace {

constexpr std::uint64_t large_segment = 64 << 20; // bytes; smaller ones are not worth the question

// The system promises more memory than it has and kills who touches it, so large segments are compared with what is
// there now.
void require_available(const std::string& device, std::uint64_t bytes) {
  if (bytes < large_segment) return;
  if (const auto available = read_available_memory(); available && bytes > *available)
    throw error(error_code::out_of_device_memory,
                std::to_string(bytes) + " bytes were asked for, " + std::to_string(*available) + " are available",
                {device, 1, "make a segment", "Free memory on this machine."});
}

} // namespace

file_segment::file_segment(const std::string& device, std::uint64_t size) {
  require_available(device, size);
  const std::string operation = "make a segment of " + std::to_string(size) + " bytes";
  file_ = file_descriptor(::memfd_create(("dotcompute " + device).c_str(), MFD_CLOEXEC));
  if (!file_) throw system_error(errno, operation, "memfd_create");
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) throw system_error(errno, operation, "ftruncate");
  reserved_bytes_ = size + file_segment_granularity;
  void* const room = ::mmap(nullptr, reserved_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) throw system_error(errno, operation, "mmap");
  reserved_ = room;
  const auto start = reinterpret_cast<std::uintptr_t>(room);
  void* const wanted =
      reinterpret_cast<void*>((start + file_segment_granularity - 1) & ~(file_segment_granularity - 1));
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

file_segment::~file_segment() {
  if (keeps_addresses_)
    ::mmap(reserved_, reserved_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  else
    ::munmap(reserved_, reserved_bytes_);
}

} // namespace dotcompute::drivers
