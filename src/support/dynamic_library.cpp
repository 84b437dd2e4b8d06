// SPDX-License-Identifier: MIT
#include "support/dynamic_library.hpp"

#include "support/shared_memory.hpp"

#include <dotcompute/error.hpp>

#include <dlfcn.h>

#include <atomic>
#include <cstdint>

namespace dotcompute {
namespace {

// dlerror() keeps its text per thread, so this is the reason of the call just made.
std::string loader_message() {
  const char* text = ::dlerror();
  return text ? text : "the loader gave no reason";
}

// The loader takes an object that is already loaded when its path is spelt the same, and a closed descriptor's number
// is soon used again. So every load spells its path differently: the digits of a counter in base two, as "./" and
// ".//", which mean nothing to the file system.
std::string unique_path(int file) {
  static std::atomic<std::uint64_t> loads{0};
  std::string path = "/proc/self/fd/";
  for (std::uint64_t n = loads.fetch_add(1, std::memory_order_relaxed) + 1; n != 0; n >>= 1)
    path += n & 1 ? ".//" : "./";
  return path + std::to_string(file);
}

} // namespace

dynamic_library dynamic_library::open(const std::string& path) {
  dynamic_library library;
  library.handle_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library.handle_) throw error(error_code::file_not_found, loader_message(), {"", 0, "open library " + path, ""});
  return library;
}

dynamic_library dynamic_library::from_bytes(const std::string& name, std::span<const std::byte> elf) {
  const file_descriptor file = memory_file(name, elf);
  dynamic_library library;
  const std::string path = unique_path(file.get());
  library.handle_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library.handle_)
    throw error(error_code::invalid_binary, loader_message(),
                {"", 0, "load " + name + " (" + std::to_string(elf.size()) + " bytes)", ""});
  return library;
}

dynamic_library::~dynamic_library() {
  if (handle_) ::dlclose(handle_);
}

void* dynamic_library::find(const char* symbol) const noexcept {
  return ::dlsym(handle_, symbol);
}

} // namespace dotcompute
