// SPDX-License-Identifier: MIT
// A CUDA stream behind the drivers' interface.
#pragma once

#include "drivers/address_table.hpp"
#include "drivers/cuda/command_times.hpp"
#include "drivers/cuda/cuda_program.hpp"
#include "drivers/cuda/launch_grid.hpp"
#include "drivers/cuda/staged_copy.hpp"
#include "drivers/cuda/stream_timeline.hpp"
#include "drivers/cuda/upload_ring.hpp"
#include "drivers/stream.hpp"

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace dotcompute::cuda {

/// What all streams of a device share.
struct stream_origin {
  std::shared_ptr<cuda_context> context;
  std::shared_ptr<const drivers::address_table> addresses;
  std::shared_ptr<pinned_pool> pool;
  std::shared_ptr<device_clock> clock; ///< only for streams that record times
  timeline_kind timeline = timeline_kind::memory;
  std::uint32_t warp = 32;                                          ///< threads
  std::uint32_t multiprocessors = 1, multiprocessor_threads = 1024; ///< threads that each has at a time
};

class cuda_stream final : public drivers::stream {
 public:
  /// Throws out_of_memory, out_of_device_memory, device_lost.
  cuda_stream(stream_origin origin, const drivers::stream_options& options);
  /// Waits for what is under way, for at most 10 s: then the device counts as lost, for it cannot be told to stop.
  ~cuda_stream() override;

  void submit(std::uint64_t number, const drivers::launch_command& c) override;
  void submit(std::uint64_t number, const drivers::fill_command& c) override;
  bool submit(std::uint64_t number, const drivers::copy_command& c) override;
  bool transfer(const drivers::copy_command& c, const std::function<bool()>& abandoned) override;
  bool wait_for(const drivers::stream& other, std::uint64_t number) override;
  void signal(std::uint64_t number) override;
  std::uint64_t reached() const noexcept override { return timeline_->reached(); }
  void check() override;
  void collect() noexcept override;
  known<event_times> times(std::uint64_t number) const noexcept override;

 private:
  struct printing {
    std::uint64_t number;
    std::shared_ptr<print_channel> channel;
  };

  const driver_api& api() const noexcept { return origin_.context->api(); }
  /// How a range of a kernel becomes a grid, for as long as the next launch is of the same.
  struct launch_plan {
    std::uint64_t kernel = 0; ///< serial; 0: none
    extent local_size{};
    std::array<std::uint32_t, 3> block{};
    extent groups{};
    function_handle function = nullptr;
    launch_state state{}; ///< of its first slice; has the range

    bool is_of(const cuda_kernel& k, const drivers::launch_command& c) const noexcept;
  };

  launch_plan plan(const cuda_program& program, const cuda_kernel& kernel, const drivers::launch_command& c) const;
  void launch(const cuda_program& program, const cuda_kernel& kernel, const drivers::launch_command& c);
  void note_printing(std::uint64_t number, const cuda_program& program);
  void fill(const drivers::fill_command& c);
  void memset(device_address to, const std::byte* pattern, unsigned width, std::uint64_t bytes);
  template <class Command>
  void timed(std::uint64_t number, Command&& command);
  bool drained(const std::function<bool()>& abandoned);

  const stream_origin origin_;
  stream_handle stream_ = nullptr;
  std::unique_ptr<stream_timeline> timeline_;
  std::unique_ptr<command_times> times_; ///< null unless asked for
  upload_ring uploads_;
  staged_copy staged_;
  launch_plan plan_;              ///< of the last launch
  std::vector<void*> parameters_; ///< of the launch being made; kept so that launches allocate nothing
  std::mutex printing_guard_;
  std::list<printing> printing_; ///< launches whose text may not be complete yet
};

} // namespace dotcompute::cuda
