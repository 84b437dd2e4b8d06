// SPDX-License-Identifier: MIT
// cuModule*, cuFunc*, cuOccupancy*.
#include "machine.hpp"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace fake_cuda {

module::~module() {
  if (library != nullptr) dlclose(library);
  if (file >= 0) close(file);
}

namespace {

/// Kernels find the thread state and the barrier in this library, which was opened for nobody else to see.
void show_own_names() {
  Dl_info own{};
  if (dladdr(reinterpret_cast<void*>(&fake_cuda_barrier), &own) != 0)
    dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

/// Bytes of an ELF file in memory, which ends with its table of sections; 0: it is none for this machine.
std::size_t size_of_image(const void* image) {
  Elf64_Ehdr header;
  std::memcpy(&header, image, SELFMAG);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return 0;
  std::memcpy(&header, image, sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_DYN || header.e_machine != EM_X86_64) return 0;
  return header.e_shoff + std::size_t{header.e_shentsize} * header.e_shnum;
}

bool write_all(int file, const char* from, std::size_t bytes) {
  while (bytes != 0) {
    const ssize_t written = write(file, from, bytes);
    if (written <= 0) return false;
    from += written;
    bytes -= static_cast<std::size_t>(written);
  }
  return true;
}

status load(module& made, const void* image) {
  const std::size_t bytes = size_of_image(image);
  if (bytes == 0) return std::memcmp(image, "//", 2) == 0 ? unsupported_ptx_version : invalid_image;
  made.file = memfd_create("fake_cuda_module", MFD_CLOEXEC);
  if (made.file < 0) return operating_system;
  if (!write_all(made.file, static_cast<const char*>(image), bytes)) return out_of_memory;
  static const bool shown = (show_own_names(), true);
  (void)shown;
  made.library = dlopen(("/proc/self/fd/" + std::to_string(made.file)).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (made.library == nullptr) {
    std::fprintf(stderr, "fake CUDA: %s\n", dlerror());
    return invalid_image;
  }
  const auto* const content = static_cast<const fake_cuda_module*>(dlsym(made.library, "fake_cuda_module_content"));
  if (content == nullptr || content->magic != fake_cuda_module_magic) return invalid_image;
  // Code runs on the architecture's own minor versions from its own on, and on no other major version.
  if (content->architecture / 10 != device_architecture / 10 || content->architecture > device_architecture)
    return no_binary_for_gpu;
  return success;
}

int block_size_for(const function& f, std::size_t shared_bytes, int limit) {
  const int most = f.kernel->max_threads == 0 ? 1024 : static_cast<int>(f.kernel->max_threads);
  return shared_bytes > f.max_shared_bytes ? 0 : std::min(limit > 0 ? limit : most, std::min(most, 256));
}

} // namespace
} // namespace fake_cuda

using namespace fake_cuda; // NOLINT: what follows is this library's interface

FAKE_CUDA_API status cuModuleLoadData(handle* h, const void* image) {
  return call("cuModuleLoadData", needs_context, [&](machine& m, auto&) {
    if (h == nullptr || image == nullptr) return invalid_value;
    auto made = std::make_shared<module>();
    made->context = current_context;
    if (const status wrong = load(*made, image); wrong != success) return wrong;
    m.modules.add(*h = m.new_handle(), std::move(made));
    return success;
  });
}

FAKE_CUDA_API status cuModuleUnload(handle h) {
  return call("cuModuleUnload", needs_context | releases, [&](machine& m, auto&) {
    const std::shared_ptr<module> gone = m.modules.take(h);
    if (gone == nullptr) return invalid_handle;
    for (const auto& [name, kernel] : gone->kernels)
      m.functions.take(kernel);
    for (const device_pointer address : gone->globals)
      m.memory.globals.erase(address);
    return success;
  });
}

FAKE_CUDA_API status cuModuleGetFunction(handle* h, handle from, const char* name) {
  return call("cuModuleGetFunction", needs_context, [&](machine& m, auto&) {
    const std::shared_ptr<module> owner = m.modules.find(from);
    if (h == nullptr || name == nullptr) return invalid_value;
    if (owner == nullptr) return invalid_handle;
    for (const auto& [known, kernel] : owner->kernels) {
      if (known != name) continue;
      *h = kernel;
      return success;
    }
    const auto& content = *static_cast<const fake_cuda_module*>(dlsym(owner->library, "fake_cuda_module_content"));
    for (unsigned i = 0; i < content.kernel_count; ++i) {
      if (std::strcmp(content.kernels[i].name, name) != 0) continue;
      auto f = std::make_shared<function>();
      f->owner = owner;
      f->context = owner->context;
      f->kernel = &content.kernels[i];
      owner->kernels.emplace_back(name, *h = m.new_handle());
      m.functions.add(*h, std::move(f));
      return success;
    }
    return not_found;
  });
}

FAKE_CUDA_API status cuModuleGetGlobal_v2(device_pointer* address, std::size_t* bytes, handle from, const char* name) {
  return call("cuModuleGetGlobal_v2", needs_context, [&](machine& m, auto&) {
    const std::shared_ptr<module> owner = m.modules.find(from);
    if (name == nullptr) return invalid_value;
    if (owner == nullptr) return invalid_handle;
    void* const found = dlsym(owner->library, name);
    Dl_info information{};
    Elf64_Sym* symbol = nullptr;
    if (found == nullptr || dladdr1(found, &information, reinterpret_cast<void**>(&symbol), RTLD_DL_SYMENT) == 0 ||
        symbol == nullptr || ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT)
      return not_found;
    const auto at = reinterpret_cast<device_pointer>(found);
    owner->globals.push_back(at);
    m.memory.globals[at] = symbol->st_size;
    if (address != nullptr) *address = at;
    if (bytes != nullptr) *bytes = symbol->st_size;
    return success;
  });
}

FAKE_CUDA_API status cuFuncGetAttribute(int* value, int attribute, handle h) {
  return call("cuFuncGetAttribute", needs_context, [&](machine& m, auto&) {
    const std::shared_ptr<function> f = m.functions.find(h);
    if (f == nullptr) return invalid_handle;
    if (value == nullptr) return invalid_value;
    switch (attribute) {
    case 0: *value = f->kernel->max_threads == 0 ? 1024 : static_cast<int>(f->kernel->max_threads); break;
    case 1:                     // static shared memory
    case 2:                     // constants
    case 3: *value = 0; break;  // local memory
    case 4: *value = 32; break; // registers
    case 5:
    case 6: *value = static_cast<int>(device_architecture); break;
    case 8: *value = static_cast<int>(f->max_shared_bytes); break;
    default: return invalid_value;
    }
    return success;
  });
}

FAKE_CUDA_API status cuFuncSetAttribute(handle h, int attribute, int value) {
  return call("cuFuncSetAttribute", needs_context, [&](machine& m, auto&) {
    constexpr int max_dynamic_shared_size = 8, preferred_carveout = 9;
    const std::shared_ptr<function> f = m.functions.find(h);
    if (f == nullptr) return invalid_handle;
    if (attribute == preferred_carveout && value >= -1 && value <= 100) return success;
    if (attribute != max_dynamic_shared_size || value < 0 || static_cast<unsigned>(value) > most_shared_bytes)
      return invalid_value;
    f->max_shared_bytes = static_cast<unsigned>(value);
    return success;
  });
}

FAKE_CUDA_API status cuOccupancyMaxPotentialBlockSize(int* min_grid_size, int* block_size, handle h,
                                                      std::size_t (*shared_size)(int), std::size_t shared_bytes,
                                                      int limit) {
  return call("cuOccupancyMaxPotentialBlockSize", needs_context, [&](machine& m, auto&) {
    const std::shared_ptr<function> f = m.functions.find(h);
    if (f == nullptr) return invalid_handle;
    if (min_grid_size == nullptr || block_size == nullptr) return invalid_value;
    *block_size = block_size_for(*f, shared_size != nullptr ? shared_size(256) : shared_bytes, limit);
    *min_grid_size = *block_size == 0 ? 0 : 132 * 2048 / *block_size;
    return success;
  });
}

FAKE_CUDA_API status cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, handle h, int block_size,
                                                                 std::size_t shared_bytes) {
  return call("cuOccupancyMaxActiveBlocksPerMultiprocessor", needs_context, [&](machine& m, auto&) {
    const std::shared_ptr<function> f = m.functions.find(h);
    if (f == nullptr) return invalid_handle;
    if (blocks == nullptr || block_size <= 0) return invalid_value;
    *blocks = block_size > 1024 ? 0 : std::min(32, 2048 / block_size);
    if (shared_bytes != 0) *blocks = std::min(*blocks, static_cast<int>(most_shared_bytes / (shared_bytes + 1024)));
    return success;
  });
}
