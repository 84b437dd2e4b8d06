// SPDX-License-Identifier: MIT
// The driver of one OpenCL device.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/opencl/device_memory.hpp"
#include "drivers/opencl/program_binaries.hpp"

#include <memory>
#include <string>

namespace dotcompute::opencl {

class opencl_driver final : public drivers::driver {
 public:
  /// `part`: what `found` is, unless it is a whole device. Throws unsupported, device_lost, out_of_device_memory.
  opencl_driver(std::shared_ptr<const opencl_library> library, found_device found, const std::string& id,
                sub_device part);

  const capabilities& properties() const noexcept override { return properties_; }
  compiler::target_description target() const override { return text_; }
  std::unique_ptr<drivers::segment> create_segment(buffer_kind kind, std::uint64_t bytes) override;
  std::unique_ptr<drivers::segment> create_segment_at(buffer_kind kind, std::uint64_t bytes,
                                                      std::byte* address) override;
  bool is_host_memory() const noexcept override { return memory_->kind() == memory_kind::host; }
  std::unique_ptr<drivers::segment> attach_segment(buffer_kind kind, std::uint64_t bytes, int file,
                                                   std::byte* address) override;
  std::uint64_t segment_granularity() const noexcept override { return device_memory::granularity; }
  std::uint64_t block_alignment() const noexcept override { return memory_->alignment(); }
  std::function<drivers::memory_usage()> memory_query() const override;
  std::shared_ptr<const drivers::loaded_program> load(const drivers::program_image& image) override;
  std::uint32_t preferred_work_group_size(const drivers::loaded_program& program, std::uint32_t kernel) const override;
  std::unique_ptr<drivers::stream> create_stream(const drivers::stream_options& options) override;

 private:
  const compiler::opencl_target text_;
  capabilities properties_;
  program_binaries binaries_;
  std::shared_ptr<opencl_context> context_;
  std::shared_ptr<device_memory> memory_;
};

} // namespace dotcompute::opencl
