// SPDX-License-Identifier: MIT
#include "drivers/file_segment.hpp"

#include "support/log.hpp"
#include "support/processor_budget.hpp"
#include "support/system_error.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

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

std::string describe_making(std::uint64_t size) {
  return "make a segment of " + std::to_string(size) + " bytes";
}

} // namespace

void file_segment::make_file(const std::string& device, std::uint64_t size, const std::string& operation) {
  require_available(device, size);
  file_ = file_descriptor(::memfd_create(("dotcompute " + device).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file_) throw system_error(errno, operation, "memfd_create");
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) throw system_error(errno, operation, "ftruncate");
  if (::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    throw system_error(errno, operation, "fcntl");
}

void file_segment::map_at(const std::string& device, std::uint64_t size, int descriptor, std::byte* place,
                          const std::string& operation) {
  void* const mapped = ::mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, descriptor, 0);
  if (mapped == MAP_FAILED && errno != EEXIST) throw system_error(errno, operation, "mmap");
  if (mapped != place) {
    if (mapped != MAP_FAILED) ::munmap(mapped, size); // a kernel that takes the place for a wish only
    throw error(error_code::out_of_handles, fmt::format("something else is mapped at {}", static_cast<void*>(place)),
                {device, 1, operation, "Ask for another segment."});
  }
  ::madvise(place, size, MADV_HUGEPAGE);
  reserved_ = place;
  reserved_bytes_ = size;
  address = place;
  bytes = size;
  file = descriptor;
}

file_segment::file_segment(const std::string& device, std::uint64_t size) {
  const std::string operation = describe_making(size);
  make_file(device, size, operation);
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

file_segment::file_segment(const std::string& device, std::uint64_t size, std::byte* place) {
  const std::string operation = describe_making(size);
  make_file(device, size, operation);
  map_at(device, size, file_.get(), place, operation);
}

file_segment::file_segment(const std::string& device, std::uint64_t size, int lent, std::byte* place) {
  const std::string operation = "map a segment of " + std::to_string(size) + " bytes";
  struct stat about {};
  if (::fstat(lent, &about) != 0) throw system_error(errno, operation, "fstat");
  if (about.st_size < 0 || static_cast<std::uint64_t>(about.st_size) < size)
    throw error(error_code::invalid_size, "its file has " + std::to_string(about.st_size) + " bytes",
                {device, 1, operation, ""});
  file_ = file_descriptor(::fcntl(lent, F_DUPFD_CLOEXEC, 0));
  if (!file_) throw system_error(errno, operation, "fcntl");
  map_at(device, size, file_.get(), place, operation);
}

file_segment::~file_segment() {
  if (!leaves_zeros_ && !keeps_addresses_) {
    ::munmap(reserved_, reserved_bytes_);
    return;
  }
  const void* const left = ::mmap(reserved_, reserved_bytes_, leaves_zeros_ ? PROT_READ | PROT_WRITE : PROT_NONE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  // The old mapping stays then: its memory is not given back, and the addresses are still nobody else's.
  if (left == MAP_FAILED)
    log::error("a segment of {} bytes could not be unmapped, its memory stays in use: {}", reserved_bytes_,
               std::strerror(errno));
}

} // namespace dotcompute::drivers
