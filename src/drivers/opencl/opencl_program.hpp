// SPDX-License-Identifier: MIT
// A program that the device's driver compiled.
#pragma once

#include "drivers/command.hpp"
#include "drivers/opencl/opencl_context.hpp"
#include "drivers/opencl/program_binaries.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace dotcompute::opencl {

struct opencl_kernel {
  kernel_handle handle = nullptr;
  std::string name;
  std::vector<drivers::argument_place> arguments;
  bool is_flat = false;
  std::uint64_t most_items = 0;         ///< of a work-group, by what the kernel takes
  std::uint32_t preferred_multiple = 0; ///< work-items; 0: not known
  std::uint64_t own_local_bytes = 0;    ///< of a work-group, beside what is passed: the kernel's and the driver's
  /// Arguments stay with the kernel until it is launched, so one thread at a time sets them and launches.
  mutable std::mutex guard;
};

class opencl_program final : public drivers::loaded_program {
 public:
  /// Takes the driver's binary where `binaries` has it, else has the driver compile the text, which may take seconds,
  /// and keeps what it made there. Throws invalid_binary, compile_failed with the log of the driver's compiler,
  /// unsupported, out_of_device_memory, device_lost.
  opencl_program(std::shared_ptr<opencl_context> context, program_binaries& binaries,
                 const drivers::program_image& image);
  ~opencl_program() override;

  const opencl_kernel& kernel(std::uint32_t index) const { return kernels_[index]; }

 private:
  void build(const std::string& source, const std::string& options, const std::string& operation);
  /// False when the driver does not take the binary; then there is no program.
  bool take(const std::vector<std::byte>& binary, const std::string& options, const std::string& operation);
  /// The driver's binary; empty when it gives none.
  std::vector<std::byte> read_binary() const;
  void release_program() noexcept;
  void read(opencl_kernel& kernel, const drivers::kernel_code& code, const std::string& operation);
  std::string build_log() const;
  void release() noexcept;

  const std::shared_ptr<opencl_context> context_;
  program_handle program_ = nullptr;
  std::deque<opencl_kernel> kernels_;
};

} // namespace dotcompute::opencl
