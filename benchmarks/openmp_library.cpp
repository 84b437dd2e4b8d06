// SPDX-License-Identifier: MIT
#include "openmp_library.hpp"

#include <array>
#include <dlfcn.h>

namespace dotcompute::benchmark {

const openmp_peer* open_openmp(const std::string& variant, const std::filesystem::path& executable,
                               std::string& reason) {
  const std::string file = "dotcompute_bench_" + variant + ".so";
  const auto beside = executable.parent_path();
  for (const auto& path : std::array{beside / file, std::filesystem::path(DOTCOMPUTE_BENCH_BUILD_DIR) / file,
                                     beside.parent_path() / DOTCOMPUTE_BENCH_INSTALL_DIR / file}) {
    // Never closed: the OpenMP runtime's threads must not lose their code.
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      reason += (reason.empty() ? "" : "; ") + std::string(::dlerror());
      continue;
    }
    const auto entry = reinterpret_cast<decltype(&dotcompute_openmp_peer)>(::dlsym(library, "dotcompute_openmp_peer"));
    const auto* peer = entry ? entry() : nullptr;
    if (!peer || peer->version != openmp_peer_version) {
      reason += path.string() + " is of another version; build it again";
    } else if (!peer->usable()) {
      reason += path.string() + " was built for another processor; build it here";
    } else {
      return peer;
    }
    return nullptr;
  }
  return nullptr;
}

} // namespace dotcompute::benchmark
