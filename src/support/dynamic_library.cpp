// SPDX-License-Identifier: MIT
#include "support/dynamic_library.hpp"

#include "support/shared_memory.hpp"

#include <dotcompute/error.hpp>

#include <dlfcn.h>

namespace dotcompute {
namespace {

// dlerror() keeps its text per thread, so this is the reason of the call just made.
std::string loader_message() {
  const char* text = ::dlerror();
  return text ? text : "the loader gave no reason";
}

} // namespace

dynamic_library dynamic_library::open(const std::string& path) {
  dynamic_library library;
  library.handle_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library.handle_) throw error(error_code::file_not_found, loader_message(), {"", 0, "open library " + path, ""});
  return library;
}

dynamic_library dynamic_library::from_bytes(const std::string& name, std::span<const std::byte> elf) {
  // The loader recognises an object that it already has by device and inode. Each memfd has an inode of its own for as
  // long as it lives, and the mapping keeps it alive after the descriptor is closed, so two objects are never taken for
  // one; the path may be reused, because the loader also compares path names only for objects opened by plain name.
  const file_descriptor file = memory_file(name, elf);
  dynamic_library library;
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
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
