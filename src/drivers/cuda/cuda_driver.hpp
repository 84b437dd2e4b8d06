// SPDX-License-Identifier: MIT
// The driver of one NVIDIA GPU.
#pragma once

#include "drivers/cuda/cuda_segment.hpp"
#include "drivers/cuda/cuda_stream.hpp"
#include "drivers/driver.hpp"
#include "drivers/print_sink.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace dotcompute::cuda {

class cuda_driver final : public drivers::driver {
 public:
  /// Throws unsupported, device_lost, out_of_device_memory.
  cuda_driver(std::shared_ptr<const cuda_library> library, device_ordinal device, const std::string& id,
              const drivers::driver_options& options);

  const capabilities& properties() const noexcept override { return properties_; }
  compiler::target_description target() const override { return compiler::cuda_target{architecture_}; }
  std::unique_ptr<drivers::segment> create_segment(buffer_kind kind, std::uint64_t bytes) override;
  std::unique_ptr<drivers::segment> create_segment_at(buffer_kind kind, std::uint64_t bytes,
                                                      std::byte* address) override;
  std::unique_ptr<drivers::segment> attach_segment(buffer_kind kind, std::uint64_t bytes, int file,
                                                   std::byte* address) override;
  std::uint64_t segment_granularity() const noexcept override { return segments_.granularity; }
  std::function<drivers::memory_usage()> memory_query() const override;
  std::shared_ptr<const drivers::loaded_program> load(const drivers::program_image& image) override;
  std::uint32_t preferred_work_group_size(const drivers::loaded_program& program, std::uint32_t kernel) const override;
  std::unique_ptr<drivers::stream> create_stream(const drivers::stream_options& options) override;
  drivers::peer_reach reach(drivers::driver& other) override;

 private:
  std::unique_ptr<drivers::segment> place_segment(buffer_kind kind, std::uint64_t bytes, const segment_place& place);
  std::shared_ptr<device_clock> clock();

  struct tried_peer {
    std::weak_ptr<cuda_context> context;
    drivers::peer_reach found;
  };

  capabilities properties_;
  std::uint32_t architecture_ = 0, multiprocessors_ = 0, multiprocessor_threads_ = 0;
  std::shared_ptr<cuda_context> context_;
  segment_origin segments_;
  std::shared_ptr<pinned_pool> pinned_;
  std::shared_ptr<drivers::print_sink> sink_;
  timeline_kind timeline_;
  std::vector<tried_peer> peers_;       ///< under one guard for all drivers
  std::mutex guard_;                    ///< of clock_
  std::shared_ptr<device_clock> clock_; ///< made for the first stream that records times
};

} // namespace dotcompute::cuda
