// SPDX-License-Identifier: MIT
// Shared objects opened at run time, by name or from bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace dotcompute {

/// Owns a dlopen handle, or none. Move-only. Symbols are bound at once and stay private to the library.
class dynamic_library {
 public:
  dynamic_library() = default;
  /// Throws file_not_found with the loader's own words.
  static dynamic_library open(const std::string& path);
  /// Loads an ELF shared object that exists only in memory; nothing is written to disk. Throws invalid_binary.
  static dynamic_library from_bytes(const std::string& name, std::span<const std::byte> elf);

  dynamic_library(dynamic_library&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  dynamic_library& operator=(dynamic_library&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~dynamic_library();

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// Null when there is no such symbol.
  void* find(const char* symbol) const noexcept;

 private:
  void* handle_ = nullptr;
};

} // namespace dotcompute
