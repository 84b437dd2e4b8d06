// SPDX-License-Identifier: MIT
#include "drivers/cuda/cuda_driver.hpp"

#include "drivers/cuda/device_properties.hpp"
#include "drivers/cuda/peer_check.hpp"
#include "support/log.hpp"

#include <algorithm>
#include <utility>

namespace dotcompute::cuda {

cuda_driver::cuda_driver(std::shared_ptr<const cuda_library> library, device_ordinal device, const std::string& id,
                         const drivers::driver_options& options)
    : properties_(read_capabilities(*library, device)) {
  context_ = std::make_shared<cuda_context>(std::move(library), device, id);
  architecture_ = static_cast<std::uint32_t>(context_->attribute(device_attribute::compute_capability_major) * 10 +
                                             context_->attribute(device_attribute::compute_capability_minor));
  multiprocessors_ = static_cast<std::uint32_t>(context_->attribute(device_attribute::multiprocessor_count));
  multiprocessor_threads_ =
      static_cast<std::uint32_t>(context_->attribute(device_attribute::max_threads_per_multiprocessor));
  segments_ = make_origin(context_);
  pinned_ = std::make_shared<pinned_pool>(context_);
  sink_ = std::make_shared<drivers::print_sink>(options.print);
  timeline_ = choose_timeline(*context_);
}

std::unique_ptr<drivers::segment> cuda_driver::create_segment(buffer_kind kind, std::uint64_t bytes) {
  return place_segment(kind, bytes, {});
}

std::unique_ptr<drivers::segment> cuda_driver::create_segment_at(buffer_kind kind, std::uint64_t bytes,
                                                                 std::byte* address) {
  return place_segment(kind, bytes, {address, -1});
}

std::unique_ptr<drivers::segment> cuda_driver::attach_segment(buffer_kind kind, std::uint64_t bytes, int file,
                                                              std::byte* address) {
  return place_segment(kind, bytes, {address, file});
}

std::unique_ptr<drivers::segment> cuda_driver::place_segment(buffer_kind kind, std::uint64_t bytes,
                                                             const segment_place& place) {
  return kind == buffer_kind::host_shared ? make_host_segment(segments_, bytes, place)
                                          : make_device_segment(segments_, bytes, place);
}

std::function<drivers::memory_usage()> cuda_driver::memory_query() const {
  return [context = context_]() -> drivers::memory_usage {
    constexpr const char* operation = "ask the device for its memory";
    const current_context current(*context, operation);
    std::size_t free = 0, total = 0;
    context->check(context->api().cuMemGetInfo(&free, &total), "cuMemGetInfo", operation);
    return {total, free};
  };
}

std::shared_ptr<const drivers::loaded_program> cuda_driver::load(const drivers::program_image& image) {
  return std::make_shared<cuda_program>(context_, image, pinned_, sink_);
}

std::uint32_t cuda_driver::preferred_work_group_size(const drivers::loaded_program& program,
                                                     std::uint32_t kernel) const {
  return static_cast<const cuda_program&>(program).kernel(kernel).preferred_threads;
}

std::unique_ptr<drivers::stream> cuda_driver::create_stream(const drivers::stream_options& options) {
  return std::make_unique<cuda_stream>(
      stream_origin{context_, segments_.addresses, pinned_, options.records_times ? clock() : nullptr, timeline_,
                    properties_.simd_lanes.value_or(32u), multiprocessors_, multiprocessor_threads_},
      options);
}

drivers::peer_reach cuda_driver::reach(drivers::driver& other) {
  auto* const peer = dynamic_cast<cuda_driver*>(&other);
  if (!peer) return driver::reach(other);
  static std::mutex connecting; // two threads may begin with the same pair from either end
  const std::lock_guard lock(connecting);
  std::erase_if(peers_, [](const tried_peer& p) { return p.context.expired(); });
  for (const tried_peer& p : peers_)
    if (p.context.lock() == peer->context_) return p.found;
  drivers::peer_reach found;
  try {
    found = connect(segments_, peer->segments_);
  } catch (const error& e) {
    if (drivers::is_gone(e)) throw;
    return {false, std::string("trying it failed: ") + e.what()}; // perhaps not the next time
  }
  if (!found.is_direct)
    log::warning("copies between {} and {} go through the host: {}", context_->id(), peer->context_->id(),
                 found.reason);
  peers_.push_back({peer->context_, found});
  if (peer != this) peer->peers_.push_back({context_, found});
  return found;
}

std::shared_ptr<device_clock> cuda_driver::clock() {
  const std::lock_guard lock(guard_);
  if (!clock_) clock_ = std::make_shared<device_clock>(context_);
  return clock_;
}

} // namespace dotcompute::cuda
