// SPDX-License-Identifier: MIT
#include "support/shared_memory.hpp"

#include "support/system_error.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <limits>
#include <utility>

namespace dotcompute {
namespace {

std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (bytes == 0 || bytes > static_cast<std::size_t>(std::numeric_limits<off_t>::max()) - page)
    throw error(error_code::invalid_size, "shared memory of " + std::to_string(bytes) + " bytes");
  return (bytes + page - 1) / page * page;
}

file_descriptor create_memory_file(const std::string& name, const std::string& operation) {
  file_descriptor file(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) throw system_error(errno, operation, "memfd_create");
  return file;
}

} // namespace

shared_memory::shared_memory(const std::string& name, std::size_t bytes) : bytes_(whole_pages(bytes)) {
  const std::string operation = "create " + std::to_string(bytes_) + " bytes of shared memory";
  file_ = create_memory_file(name, operation);
  if (::ftruncate(file_.get(), static_cast<off_t>(bytes_)) != 0) throw system_error(errno, operation, "ftruncate");
  // Another process that has the descriptor cannot take pages away under this one's feet.
  if (::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    throw system_error(errno, operation, "fcntl");
  map(operation);
}

shared_memory::shared_memory(file_descriptor file, std::size_t bytes)
    : file_(std::move(file)), bytes_(whole_pages(bytes)) {
  map("map " + std::to_string(bytes_) + " bytes of shared memory");
}

void shared_memory::map(const std::string& operation) {
  void* address = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (address == MAP_FAILED) throw system_error(errno, operation, "mmap");
  data_ = static_cast<std::byte*>(address);
}

void shared_memory::take_over(shared_memory&& other) {
  void* const place = ::mmap(data_, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, other.file_.get(), 0);
  if (place == MAP_FAILED) throw system_error(errno, "renew " + std::to_string(bytes_) + " bytes of memory", "mmap");
  file_ = std::move(other.file_);
  other.unmap();
  other.bytes_ = 0;
}

void shared_memory::unmap() noexcept {
  if (data_) ::munmap(std::exchange(data_, nullptr), bytes_);
}

shared_memory::shared_memory(shared_memory&& other) noexcept
    : file_(std::move(other.file_)), data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

shared_memory& shared_memory::operator=(shared_memory&& other) noexcept {
  if (this != &other) {
    unmap();
    file_ = std::move(other.file_);
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

shared_memory::~shared_memory() {
  unmap();
}

file_descriptor memory_file(const std::string& name, std::span<const std::byte> bytes) {
  const std::string operation = "store " + std::to_string(bytes.size()) + " bytes in a memory file";
  file_descriptor file = create_memory_file(name, operation);
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t n = ::write(file.get(), bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw system_error(n < 0 ? errno : EIO, operation, "write");
    written += static_cast<std::size_t>(n);
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw system_error(errno, operation, "lseek");
  return file;
}

} // namespace dotcompute
