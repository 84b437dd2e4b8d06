// SPDX-License-Identifier: MIT
// A command queue of OpenCL behind the drivers' interface.
#pragma once

#include "drivers/opencl/command_timeline.hpp"
#include "drivers/opencl/device_memory.hpp"
#include "drivers/opencl/opencl_program.hpp"
#include "drivers/stream.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dotcompute::opencl {

class opencl_stream final : public drivers::stream {
 public:
  /// Throws unsupported, out_of_memory, out_of_device_memory, device_lost. Priorities are not OpenCL's, and are
  /// ignored.
  opencl_stream(std::shared_ptr<opencl_context> context, std::shared_ptr<device_memory> memory,
                const drivers::stream_options& options);
  /// Waits for what is under way, for at most 10 s: then the device counts as lost, for it cannot be told to stop.
  ~opencl_stream() override;

  void submit(std::uint64_t number, const drivers::launch_command& c) override;
  void submit(std::uint64_t number, const drivers::fill_command& c) override;
  bool submit(std::uint64_t number, const drivers::copy_command& c) override;
  bool transfer(const drivers::copy_command& c, const std::function<bool()>& abandoned) override;
  bool wait_for(const drivers::stream& other, std::uint64_t number) override;
  void signal(std::uint64_t number) override;
  std::uint64_t reached() const noexcept override { return timeline_.reached(); }
  bool has_refusals() const noexcept override { return timeline_.has_refusals(); }
  std::optional<error> take_refusal(std::uint64_t number) noexcept override { return timeline_.take_refusal(number); }
  void check() override;
  void pause() const noexcept override;
  known<event_times> times(std::uint64_t number) const noexcept override { return timeline_.times(number); }

 private:
  const driver_api& api() const noexcept { return context_->api(); }
  void require_within_limits(const opencl_kernel& kernel, const drivers::launch_command& c,
                             const std::string& operation) const;
  [[noreturn]] void refuse_for_resources(const opencl_kernel& kernel, const drivers::launch_command& c,
                                         const std::string& operation);
  /// What it returns is kept until the kernel was launched.
  std::vector<owned_object> set_arguments(const opencl_kernel& kernel, const drivers::launch_command& c,
                                          const std::string& operation);
  /// Calls `put(sink)`, which puts commands into the queue and hands the event of each to the sink. All are one command
  /// of the timeline, done with the last of them.
  template <class Put>
  void submit_parts(std::uint64_t number, Put&& put);

  const std::shared_ptr<opencl_context> context_;
  const std::shared_ptr<device_memory> memory_;
  const std::uint64_t largest_id_; ///< of a work-item, that the driver computes rightly
  const bool is_host_;             ///< the device is the host's processors, which run the waiting threads as well
  queue_handle queue_ = nullptr;
  command_timeline timeline_;
};

} // namespace dotcompute::opencl
