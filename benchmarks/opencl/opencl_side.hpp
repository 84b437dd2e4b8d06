// SPDX-License-Identifier: MIT
// An OpenCL device as a peer, driven by the calls that any OpenCL host program makes.
#pragma once

#include "../side.hpp"
#include "opencl_library.hpp"

namespace dotcompute::benchmark {

/// One device with its context and queue; everything made from it keeps it alive.
struct opencl_device {
  const opencl_library& cl;
  std::string side; ///< whose errors these are
  cl_device_id id = nullptr;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
  std::string description;
  std::string options; ///< that every program is built with, beside its own

  /// Throws when it cannot be used.
  opencl_device(const opencl_library& library, std::string side_name, cl_platform_id platform, cl_device_id device);
  opencl_device(const opencl_device&) = delete;
  opencl_device& operator=(const opencl_device&) = delete;
  ~opencl_device();

  void check(cl_int status, const char* call) const;
  /// All that was given to the queue is done.
  void finish() const { check(cl.finish(queue), "clFinish"); }
};

/// A buffer of the device's; `flags` beside those for reading and writing.
class opencl_memory final : public memory {
 public:
  opencl_memory(std::shared_ptr<opencl_device> device, std::size_t bytes, cl_mem_flags flags = 0);
  ~opencl_memory() override;
  opencl_memory(const opencl_memory&) = delete;
  opencl_memory& operator=(const opencl_memory&) = delete;
  void write(std::span<const std::byte> from) override;
  void read(std::span<std::byte> to) override;
  cl_mem buffer() const { return buffer_; }

 private:
  std::shared_ptr<opencl_device> device_;
  cl_mem buffer_ = nullptr;
};

class opencl_side final : public side {
 public:
  explicit opencl_side(std::shared_ptr<opencl_device> device) : device_(std::move(device)) {}
  std::string name() const override { return device_->side; }
  std::string description() const override { return device_->description; }
  std::shared_ptr<memory> allocate(std::size_t bytes) override;
  std::shared_ptr<built_program> build(const kernel_source& source, const std::string& options) override;
  const std::shared_ptr<opencl_device>& raw() const { return device_; }

 private:
  std::shared_ptr<opencl_device> device_;
};

/// Debian's PoCL on the processors. Null when it is not there; `reason` says what was tried.
std::unique_ptr<side> open_pocl(std::string& reason);

/// The device that dotcompute lists as `id`, "opencl:1". Null when there is no such device; `reason` says what was
/// tried.
std::unique_ptr<opencl_side> open_opencl_host(const std::string& id, std::string& reason);

} // namespace dotcompute::benchmark
