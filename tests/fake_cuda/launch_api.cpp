// SPDX-License-Identifier: MIT
// cuLaunchKernel.
#include "grid.hpp"
#include "machine.hpp"

#include <chrono>
#include <cstring>
#include <thread>

namespace fake_cuda {
namespace {

/// A launch on its way: the parameters as they were when it was asked for.
struct pending_launch {
  std::shared_ptr<module> owner;
  grid what;
  std::vector<std::vector<unsigned char>> values;

  status run() {
    scripted s;
    {
      machine& m = machine::get();
      const std::lock_guard lock(m.mutex);
      ++m.counts.launches;
      m.counts.blocks += std::uint64_t{what.size.x} * what.size.y * what.size.z;
      s = m.failures.on_kernel(what.kernel->name);
      if (s.code) ++m.counts.failed;
    }
    if (s.delay_milliseconds != 0) std::this_thread::sleep_for(std::chrono::milliseconds(s.delay_milliseconds));
    if (s.code) return *s.code;
    std::vector<void*> pointers;
    for (auto& v : values)
      pointers.push_back(v.data());
    what.parameters = pointers.data();
    return run_grid(what);
  }
};

bool is_size(unsigned x, unsigned y, unsigned z, unsigned most_x, unsigned most_y, unsigned most_z) {
  return x != 0 && y != 0 && z != 0 && x <= most_x && y <= most_y && z <= most_z;
}

} // namespace
} // namespace fake_cuda

using namespace fake_cuda; // NOLINT: what follows is this library's interface

FAKE_CUDA_API status cuLaunchKernel(handle h, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                                    unsigned block_y, unsigned block_z, unsigned shared_bytes, handle on,
                                    void** parameters, void** extra) {
  return call("cuLaunchKernel", needs_context, [&](machine& m, auto&) {
    const std::shared_ptr<function> f = m.functions.find(h);
    const std::shared_ptr<stream> s = m.streams.find(on);
    if (f == nullptr || s == nullptr) return invalid_handle;
    if (f->context != current_context || s->context != current_context) return invalid_handle;
    if (extra != nullptr) return not_supported;
    const unsigned most = f->kernel->max_threads == 0 ? 1024 : f->kernel->max_threads;
    if (!is_size(grid_x, grid_y, grid_z, 0x7fffffff, 65535, 65535) ||
        !is_size(block_x, block_y, block_z, 1024, 1024, 64) || block_x * block_y * block_z > most)
      return invalid_value;
    if (shared_bytes > f->max_shared_bytes) return invalid_value;
    if (parameters == nullptr && f->kernel->parameter_count != 0) return invalid_value;
    auto p = std::make_shared<pending_launch>();
    p->owner = f->owner;
    p->what = {f->kernel, nullptr, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes};
    for (unsigned i = 0; i < f->kernel->parameter_count; ++i) {
      const auto* const bytes = static_cast<const unsigned char*>(parameters[i]);
      p->values.emplace_back(bytes, bytes + f->kernel->parameter_sizes[i]);
    }
    submit(m, *s, [p] { return p->run(); });
    return success;
  });
}
