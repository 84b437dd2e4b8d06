// SPDX-License-Identifier: MIT
#include "isolation/isolated_driver.hpp"

#include "drivers/file_segment.hpp"
#include "drivers/print_sink.hpp"
#include "isolation/address_range.hpp"
#include "isolation/list_devices.hpp"

#include <sys/mman.h>

namespace dotcompute::isolated {
namespace {

constexpr int most_addresses = 64; // candidates that were all taken: something is wrong with the address space

/// Memory of this machine that the service made; workers map it.
class shared_segment final : public drivers::file_segment {
 public:
  shared_segment(std::shared_ptr<worker_link> link, std::shared_ptr<segment_map> map, buffer_kind kind,
                 std::uint64_t size, std::byte* place)
      : file_segment(link->device().id, size, place), link_(std::move(link)), map_(std::move(map)),
        number_(link_->add_segment(kind, size, place, file)) {
    map_->insert(address, bytes, true);
  }
  ~shared_segment() override {
    map_->erase(address);
    link_->remove_segment(number_);
  }

 private:
  const std::shared_ptr<worker_link> link_;
  const std::shared_ptr<segment_map> map_;
  const std::uint64_t number_;
};

/// Memory of the device, of which this process has nothing but the descriptor.
class remote_segment final : public drivers::segment {
 public:
  remote_segment(std::shared_ptr<worker_link> link, std::shared_ptr<segment_map> map, buffer_kind kind,
                 std::uint64_t size, std::byte* place)
      : link_(std::move(link)), map_(std::move(map)) {
    const auto made = link_->make_segment(kind, size, place);
    number_ = made.number;
    address = place;
    bytes = made.bytes;
    file = link_->segment_file(number_);
    map_->insert(address, bytes, false);
  }
  ~remote_segment() override {
    map_->erase(address);
    link_->remove_segment(number_);
  }

 private:
  const std::shared_ptr<worker_link> link_;
  const std::shared_ptr<segment_map> map_;
  std::uint64_t number_ = 0;
};

} // namespace

void segment_map::insert(const std::byte* address, std::uint64_t bytes, bool is_reachable) {
  const std::lock_guard lock(guard_);
  entries_[address] = {bytes, is_reachable};
}

void segment_map::erase(const std::byte* address) noexcept {
  const std::lock_guard lock(guard_);
  entries_.erase(address);
}

bool segment_map::find(const void* address, std::uint64_t bytes, bool& is_reachable) const noexcept {
  const auto* const place = static_cast<const std::byte*>(address);
  const std::lock_guard lock(guard_);
  auto after = entries_.upper_bound(place);
  if (after == entries_.begin()) return false;
  const auto& [start, e] = *--after;
  if (static_cast<std::uint64_t>(place - start) + bytes > e.bytes) return false;
  is_reachable = e.is_reachable;
  return true;
}

isolated_driver::isolated_driver(const driver_description& device, const drivers::driver_options& options,
                                 std::uint32_t spares)
    : link_(std::make_shared<worker_link>(
          find_worker(), device,
          [sink = std::make_shared<drivers::print_sink>(options.print)](std::string_view text) { sink->write(text); })),
      segments_(std::make_shared<segment_map>()) {
  link_->open(spares);
  // Not by the first copy that needs it: when the worker died then, the copy would wait for the next one, and who
  // brings that in for the copy's end.
  if (!link_->description().has_host_executor) staging_ = create_segment(buffer_kind::host_shared, staging_bytes);
}

std::unique_ptr<drivers::segment> isolated_driver::create_segment(buffer_kind kind, std::uint64_t bytes) {
  const std::uint64_t granularity = segment_granularity();
  const std::uint64_t size = (bytes + granularity - 1) / granularity * granularity;
  const bool is_shared = link_->description().is_host_memory || kind == buffer_kind::host_shared;
  for (int attempt = 1;; ++attempt) {
    try {
      std::byte* const place = next_address(size);
      if (is_shared) return std::make_unique<shared_segment>(link_, segments_, kind, size, place);
      return std::make_unique<remote_segment>(link_, segments_, kind, size, place);
    } catch (const error& e) {
      if (e.code() != error_code::out_of_handles || attempt == most_addresses) throw;
    }
  }
}

std::function<drivers::memory_usage()> isolated_driver::memory_query() const {
  return [link = link_] { return link->ask_memory(); };
}

std::shared_ptr<const drivers::loaded_program> isolated_driver::load(const drivers::program_image& image) {
  return std::make_shared<isolated_program>(link_, link_->load_program(image));
}

std::uint32_t isolated_driver::preferred_work_group_size(const drivers::loaded_program& program,
                                                         std::uint32_t kernel) const {
  const auto& sizes = static_cast<const isolated_program&>(program).preferred_sizes;
  return kernel < sizes.size() ? sizes[kernel] : 0;
}

std::unique_ptr<drivers::stream> isolated_driver::create_stream(const drivers::stream_options& options) {
  return std::make_unique<isolated_stream>(link_, *this, options);
}

bool isolated_driver::is_device_memory(const void* address, std::uint64_t bytes, bool& is_reachable) const noexcept {
  return segments_->find(address, bytes, is_reachable);
}

} // namespace dotcompute::isolated
