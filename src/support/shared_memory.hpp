// SPDX-License-Identifier: MIT
// Memory behind a file descriptor (memfd), so that another process can map the same pages.
#pragma once

#include "support/file_descriptor.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace dotcompute {

/// A mapping of a whole memfd, readable and writable, of a size that nobody can change. Move-only; unmaps itself.
class shared_memory {
 public:
  shared_memory() = default;
  /// Zeroed pages, rounded up to whole ones. `name` shows up in /proc/PID/maps. Throws out_of_memory, out_of_handles.
  shared_memory(const std::string& name, std::size_t bytes);
  /// Maps a descriptor that came from elsewhere.
  shared_memory(file_descriptor file, std::size_t bytes);
  shared_memory(shared_memory&& other) noexcept;
  shared_memory& operator=(shared_memory&& other) noexcept;
  ~shared_memory();

  /// Puts the pages of `other`, which is as large, where those of this are, in one step. Throws out_of_handles.
  void take_over(shared_memory&& other);

  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return bytes_; }
  int file() const noexcept { return file_.get(); }
  explicit operator bool() const noexcept { return data_ != nullptr; }

 private:
  void map(const std::string& operation);
  void unmap() noexcept;

  file_descriptor file_;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A memfd that holds a copy of `bytes`, positioned at its start.
file_descriptor memory_file(const std::string& name, std::span<const std::byte> bytes);

} // namespace dotcompute
