// SPDX-License-Identifier: MIT
#include "drivers/cuda/staged_copy.hpp"

#include "drivers/cuda/device_wait.hpp"

#include <algorithm>
#include <cstring>

namespace dotcompute::cuda {
namespace {

constexpr std::size_t buffer_bytes = 4 << 20; // the device takes 0.1 to 0.2 ms for it, some 20 times a command's cost
constexpr const char* operation = "copy through pinned memory";

device_address address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

} // namespace

void staged_copy::prepare() {
  for (auto& b : buffers_) {
    if (!b.memory) b.memory = pooled_memory(pool_, buffer_bytes);
    if (!b.free) b.free = cuda_event(*context_, event_disable_timing);
  }
}

bool staged_copy::wait(const buffer& b, const std::function<bool()>& abandoned) {
  const result r = wait_until_ready([&] { return context_->api().cuEventQuery(b.free.get()); }, abandoned);
  if (r == result::not_ready) return false;
  context_->check(r, "cuEventQuery", operation);
  return true;
}

void staged_copy::start(buffer& b, device_address to, device_address from, std::size_t bytes, stream_handle stream) {
  context_->check(context_->api().cuMemcpyAsync(to, from, bytes, stream), "cuMemcpyAsync", operation);
  context_->check(context_->api().cuEventRecord(b.free.get(), stream), "cuEventRecord", operation);
}

bool staged_copy::to_device(const drivers::copy_command& c, stream_handle stream,
                            const std::function<bool()>& abandoned) {
  prepare();
  const auto* from = static_cast<const std::byte*>(c.from);
  std::uint64_t done = 0;
  for (unsigned i = 0; done < c.bytes; ++i) {
    buffer& b = buffers_[i % 2];
    if (i >= 2 && !wait(b, abandoned)) return false;
    const std::size_t bytes = std::min<std::uint64_t>(buffer_bytes, c.bytes - done);
    std::memcpy(b.memory->data(), from + done, bytes);
    start(b, address_of(c.to) + done, b.memory->on_device(), bytes, stream);
    done += bytes;
  }
  // The last event is behind all of them.
  const std::uint64_t pieces = (c.bytes + buffer_bytes - 1) / buffer_bytes;
  return pieces == 0 || wait(buffers_[(pieces - 1) % 2], abandoned);
}

bool staged_copy::to_host(const drivers::copy_command& c, stream_handle stream,
                          const std::function<bool()>& abandoned) {
  prepare();
  auto* const to = static_cast<std::byte*>(c.to);
  const std::uint64_t pieces = (c.bytes + buffer_bytes - 1) / buffer_bytes;
  const auto size = [&](std::uint64_t i) { return std::min<std::uint64_t>(buffer_bytes, c.bytes - i * buffer_bytes); };
  const auto fetch = [&](std::uint64_t i) {
    buffer& b = buffers_[i % 2];
    start(b, b.memory->on_device(), address_of(c.from) + i * buffer_bytes, size(i), stream);
  };
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(pieces, 2); ++i)
    fetch(i);
  for (std::uint64_t i = 0; i < pieces; ++i) {
    buffer& b = buffers_[i % 2];
    if (!wait(b, abandoned)) return false;
    std::memcpy(to + i * buffer_bytes, b.memory->data(), size(i));
    if (i + 2 < pieces) fetch(i + 2);
  }
  return true;
}

} // namespace dotcompute::cuda
