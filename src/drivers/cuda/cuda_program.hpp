// SPDX-License-Identifier: MIT
// A program loaded into a context.
#pragma once

#include "drivers/command.hpp"
#include "drivers/cuda/cuda_context.hpp"
#include "drivers/cuda/pinned_pool.hpp"
#include "drivers/cuda/print_channel.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace dotcompute::cuda {

/// What a launch needs to know; read without a lock.
struct cuda_kernel {
  const std::uint64_t serial = next_serial(); ///< no other kernel of the process ever has it
  function_handle function = nullptr;
  function_handle wide = nullptr; ///< for ranges beyond 2^31 work-items in some dimension; null: `function` is, too
  std::string name;
  std::vector<drivers::argument_place> arguments;
  bool is_flat = false, prints = false;
  std::uint32_t items = 1, guarded_dimensions = 3; ///< as in kernel_code
  std::uint32_t most_threads = 0;                  ///< of a block, by the registers it takes
  std::uint32_t preferred_threads = 0;             ///< of a block
  /// Dynamic shared memory that blocks may have so far, in bytes; grows when a launch wants more.
  mutable std::atomic<std::uint64_t> shared_limit{48 << 10};

 private:
  static std::uint64_t next_serial() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
  }
};

class cuda_program final : public drivers::loaded_program {
 public:
  /// Throws invalid_binary, unsupported, out_of_device_memory, device_lost. `sink` takes what it prints.
  cuda_program(std::shared_ptr<cuda_context> context, const drivers::program_image& image,
               const std::shared_ptr<pinned_pool>& pool, std::shared_ptr<drivers::print_sink> sink);
  ~cuda_program() override;

  const cuda_kernel& kernel(std::uint32_t index) const { return kernels_[index]; }
  std::size_t most_arguments() const noexcept { return most_arguments_; }
  /// Null unless a kernel prints.
  const std::shared_ptr<print_channel>& channel() const noexcept { return channel_; }
  /// Device address of its print_ring; 0 unless a kernel prints.
  device_address ring() const noexcept { return ring_; }

  /// Lets blocks of the kernel have so much dynamic shared memory. Throws limit_exceeded. Under current_context.
  void raise_shared_limit(const cuda_kernel& kernel, std::uint64_t bytes) const;

 private:
  void read(cuda_kernel& kernel, const drivers::kernel_code& code, const std::string& operation);
  int attribute(function_handle function, function_attribute a, const std::string& operation) const;
  void make_channel(const drivers::program_image& image, const std::shared_ptr<pinned_pool>& pool,
                    std::shared_ptr<drivers::print_sink> sink);

  const std::shared_ptr<cuda_context> context_;
  const std::string name_;
  module_handle module_ = nullptr;
  std::vector<cuda_kernel> kernels_;
  std::size_t most_arguments_ = 0;
  device_address ring_ = 0;
  mutable std::mutex guard_;               ///< of kernels' shared_limit while it is raised
  std::shared_ptr<print_channel> channel_; ///< streams keep it until they have read what is in it
};

} // namespace dotcompute::cuda
