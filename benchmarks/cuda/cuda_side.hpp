// SPDX-License-Identifier: MIT
// CUDA C written by hand, compiled by NVRTC and launched through the driver's own interface: the side that dotcompute
// is measured against on NVIDIA's GPUs.
#pragma once

#include "../side.hpp"
#include "../workload.hpp"
#include "cuda_library.hpp"

#include <memory>
#include <string>

namespace dotcompute::benchmark {

/// A context of its own threads: every function makes it current on the calling one.
class cuda_side final : public side {
 public:
  /// The GPU of this number in the driver's order. Throws when it cannot be used.
  explicit cuda_side(int ordinal);
  ~cuda_side() override;
  cuda_side(const cuda_side&) = delete;
  cuda_side& operator=(const cuda_side&) = delete;

  std::string name() const override { return "cuda"; }
  std::string description() const override;
  std::shared_ptr<memory> allocate(std::size_t bytes) override;
  std::shared_ptr<built_program> build(const kernel_source& source, const std::string& options) override;

  /// Copies so many bytes from one place on the device to another, `repeats` times over.
  contestant copy_on_device(std::size_t bytes, unsigned repeats);

  struct state;
  const state& raw() const { return *state_; }

 private:
  std::shared_ptr<state> state_;
};

struct cuda_side::state {
  const cuda::driver_library* driver = nullptr;
  const cuda::compiler_library* compiler = nullptr;
  cuda::device_number device = 0;
  cuda::context context = nullptr;
  cuda::stream stream = nullptr;
  std::string architecture;

  void enter() const { cuda::check(*driver, driver->set_current(context), "cuCtxSetCurrent"); }
  void check(cuda::result code, const char* call) const { cuda::check(*driver, code, call); }
  /// All that was given to the stream is done.
  void synchronize() const { check(driver->synchronize(stream), "cuStreamSynchronize"); }
  void copy_to_device(cuda::address to, const void* from, std::size_t bytes) const {
    check(driver->copy_to_device_in_order(to, from, bytes, stream), "cuMemcpyHtoDAsync");
    synchronize();
  }
  void copy_to_host(void* to, cuda::address from, std::size_t bytes) const {
    check(driver->copy_to_host_in_order(to, from, bytes, stream), "cuMemcpyDtoHAsync");
    synchronize();
  }
};

/// Null when there is no driver, no NVRTC or no such GPU; `reason` says what was tried.
std::unique_ptr<cuda_side> open_cuda(int ordinal, std::string& reason);

} // namespace dotcompute::benchmark
