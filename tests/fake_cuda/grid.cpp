// SPDX-License-Identifier: MIT
#include "grid.hpp"

#include "fiber.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

extern "C" {
__attribute__((visibility("default"))) __thread fake_cuda_thread_state* fake_cuda_thread = nullptr;
}

namespace fake_cuda {
namespace {

struct device_thread {
  fake_cuda_thread_state state{};
  const grid* of = nullptr;
  std::unique_ptr<fiber> own{}; ///< while it waits at a barrier
  unsigned vote = 0;
};

struct free_deleter {
  void operator()(void* memory) const { std::free(memory); }
};

/// What a host thread keeps from kernel to kernel.
class block_runner {
 public:
  static block_runner& get() {
    thread_local block_runner one;
    return one;
  }

  void begin(const grid& g) {
    const std::size_t count = std::size_t{g.block_size.x} * g.block_size.y * g.block_size.z;
    threads_.resize(count);
    for (device_thread& t : threads_)
      t.of = &g;
    if (g.shared_bytes > shared_capacity_) {
      shared_capacity_ = (g.shared_bytes + 127u) / 128u * 128u;
      shared_.reset(std::aligned_alloc(128, shared_capacity_));
    }
  }

  status run(const grid& g, fake_cuda_index block) {
    // Shared memory starts with what the last block left there, which is nothing to rely on.
    if (g.shared_bytes != 0) std::memset(shared_.get(), 0xa5, g.shared_bytes);
    std::size_t live = 0;
    unsigned linear = 0;
    for (unsigned z = 0; z < g.block_size.z; ++z)
      for (unsigned y = 0; y < g.block_size.y; ++y)
        for (unsigned x = 0; x < g.block_size.x; ++x) {
          device_thread& t = threads_[linear];
          t.state = {{x, y, z}, block, g.block_size, g.size, shared_.get(), g.shared_bytes, linear};
          ++linear;
          t.own = take_fiber();
          t.own->prepare(&enter, &t);
          if (const status fault = go_on(t, live); fault != success) return fault;
        }
    while (live != 0) {
      votes_ = 0;
      for (const device_thread& t : threads_)
        if (t.own != nullptr) votes_ += t.vote;
      live = 0;
      for (device_thread& t : threads_) {
        if (t.own == nullptr) continue;
        if (const status fault = go_on(t, live); fault != success) return fault;
      }
    }
    return success;
  }

  unsigned votes() const { return votes_; }
  static device_thread& of(fake_cuda_thread_state* s) { return *reinterpret_cast<device_thread*>(s); }

 private:
  static void enter(void* argument) {
    const device_thread& t = *static_cast<device_thread*>(argument);
    t.of->kernel->call(t.of->parameters);
  }

  std::unique_ptr<fiber> take_fiber() {
    if (idle_.empty()) return std::make_unique<fiber>();
    std::unique_ptr<fiber> f = std::move(idle_.back());
    idle_.pop_back();
    return f;
  }

  /// Until its next barrier or its end. `live` counts those that wait.
  status go_on(device_thread& t, std::size_t& live) {
    fake_cuda_thread = &t.state;
    const fiber::state s = t.own->resume();
    fake_cuda_thread = nullptr;
    if (s == fiber::state::suspended) {
      ++live;
      return success;
    }
    const status fault = s == fiber::state::faulted ? t.own->fault() : success;
    idle_.push_back(std::move(t.own));
    // After a fault nobody goes on, and stacks are as good as new.
    if (fault != success)
      for (device_thread& other : threads_)
        if (other.own != nullptr) idle_.push_back(std::move(other.own));
    return fault;
  }

  std::vector<device_thread> threads_;
  std::vector<std::unique_ptr<fiber>> idle_;
  std::unique_ptr<void, free_deleter> shared_;
  unsigned shared_capacity_ = 0, votes_ = 0;
};

} // namespace

status run_grid(const grid& g) {
  block_runner& runner = block_runner::get();
  runner.begin(g);
  for (unsigned z = 0; z < g.size.z; ++z)
    for (unsigned y = 0; y < g.size.y; ++y)
      for (unsigned x = 0; x < g.size.x; ++x)
        if (const status fault = runner.run(g, {x, y, z}); fault != success) return fault;
  return success;
}

} // namespace fake_cuda

FAKE_CUDA_API unsigned fake_cuda_barrier(unsigned vote) {
  using namespace fake_cuda;
  // The state is the first member.
  block_runner::of(fake_cuda_thread).vote = vote;
  fiber::suspend();
  return block_runner::get().votes();
}

FAKE_CUDA_API void fake_cuda_stop(int code) {
  fake_cuda::fiber::stop(code);
}
