// SPDX-License-Identifier: MIT
// A device that a worker process drives, as a driver of this process.
#pragma once

#include "drivers/driver.hpp"
#include "isolation/isolated_stream.hpp"
#include "isolation/worker_link.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace dotcompute::isolated {

class isolated_program final : public drivers::loaded_program {
 public:
  isolated_program(std::shared_ptr<worker_link> link, worker_link::loaded loaded)
      : number(loaded.number), preferred_sizes(std::move(loaded.preferred_sizes)), link_(std::move(link)) {}
  ~isolated_program() override { link_->unload_program(number); }

  const std::uint64_t number;
  const std::vector<std::uint32_t> preferred_sizes; ///< by kernel

 private:
  const std::shared_ptr<worker_link> link_;
};

/// Which addresses are the device's. Thread-safe; outlives the driver with the segments.
class segment_map {
 public:
  void insert(const std::byte* address, std::uint64_t bytes, bool is_reachable);
  void erase(const std::byte* address) noexcept;
  bool find(const void* address, std::uint64_t bytes, bool& is_reachable) const noexcept;

 private:
  struct entry {
    std::uint64_t bytes;
    bool is_reachable;
  };
  mutable std::mutex guard_;
  std::map<const std::byte*, entry> entries_;
};

class isolated_driver final : public drivers::driver, public host_view {
 public:
  /// Starts the worker. Throws what that throws.
  isolated_driver(const driver_description& device, const drivers::driver_options& options, std::uint32_t spares);

  const capabilities& properties() const noexcept override { return link_->description().properties; }
  compiler::target_description target() const override { return link_->description().target; }
  std::unique_ptr<drivers::segment> create_segment(buffer_kind kind, std::uint64_t bytes) override;
  std::uint64_t segment_granularity() const noexcept override { return link_->description().segment_granularity; }
  std::function<drivers::memory_usage()> memory_query() const override;
  std::shared_ptr<const drivers::loaded_program> load(const drivers::program_image& image) override;
  std::uint32_t preferred_work_group_size(const drivers::loaded_program& program, std::uint32_t kernel) const override;
  std::unique_ptr<drivers::stream> create_stream(const drivers::stream_options& options) override;
  drivers::peer_reach reach(driver&) override {
    return {false, "a worker process maps the memory of its own device only"};
  }

  std::uint32_t threads() const noexcept { return link_->description().threads; }
  worker_link& link() const noexcept { return *link_; }

 private:
  bool is_device_memory(const void* address, std::uint64_t bytes, bool& is_reachable) const noexcept override;
  std::span<std::byte> staging() override { return {staging_->address, staging_bytes}; }
  std::mutex& staging_guard() noexcept override { return staging_guard_; }

  static constexpr std::uint64_t staging_bytes = 8 << 20;

  const std::shared_ptr<worker_link> link_;
  const std::shared_ptr<segment_map> segments_;
  std::mutex staging_guard_;                  ///< of what is in it
  std::unique_ptr<drivers::segment> staging_; ///< null where the service reaches all memory
};

} // namespace dotcompute::isolated
