// SPDX-License-Identifier: MIT
#include "drivers/cuda/print_channel.hpp"

#include "drivers/print_format.hpp"
#include "support/log.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <span>
#include <utility>

namespace dotcompute::cuda {

print_channel::print_channel(std::string program, std::vector<std::string> formats,
                             std::shared_ptr<drivers::print_sink> sink, std::shared_ptr<void> ring,
                             std::uint64_t capacity)
    : program_(std::move(program)), formats_(std::move(formats)), sink_(std::move(sink)), memory_(std::move(ring)),
      ring_(*static_cast<print_ring*>(memory_.get())),
      records_(static_cast<std::byte*>(memory_.get()) + sizeof(print_ring)) {
  std::memset(memory_.get(), 0, sizeof(print_ring) + capacity);
  ring_.capacity = capacity;
}

// Text is handed on under no lock that a launch takes: who receives it may launch kernels of the same program.
void print_channel::begin() {
  std::vector<std::string> rest;
  {
    const std::lock_guard lock(guard_);
    if (under_way_ == 0) rest = start_over();
    ++under_way_;
  }
  for (const auto& text : rest)
    sink_->write(text);
}

void print_channel::end() noexcept {
  std::vector<std::string> rest;
  {
    const std::lock_guard lock(guard_);
    if (--under_way_ == 0) rest = start_over();
  }
  for (const auto& text : rest)
    sink_->write(text);
}

void print_channel::drain() noexcept {
  const std::unique_lock reading(reading_, std::try_to_lock);
  if (!reading) return;
  try {
    while (const auto text = next())
      sink_->write(*text);
  } catch (const std::exception& e) {
    log::error("text that program '{}' prints is lost: {}", program_, e.what());
  }
}

std::optional<std::string> print_channel::next() {
  const std::uint64_t capacity = ring_.capacity, position = ring_.consumed, at = position % capacity;
  // The header is written last, and with release for the whole system.
  const std::uint64_t header =
      std::atomic_ref(reinterpret_cast<std::uint64_t&>(records_[at])).load(std::memory_order_acquire);
  if (header == 0) return {};
  const std::uint64_t bytes = header & 0xffffffff, format = (header >> 32) - 1;
  if (bytes < 8 || bytes % 8 != 0 || bytes > capacity) {
    log::error("what program '{}' prints cannot be read: a record of {} bytes", program_, bytes);
    return {}; // it stays unread until nothing is under way and the ring starts over
  }
  std::vector<std::byte> record(bytes);
  const std::uint64_t first = std::min(bytes, capacity - at);
  std::memcpy(record.data(), records_ + at, first);
  std::memcpy(record.data() + first, records_, bytes - first);
  std::memset(records_ + at, 0, first);
  std::memset(records_, 0, bytes - first);
  std::atomic_ref(ring_.consumed).store(position + bytes, std::memory_order_release);
  if (format >= formats_.size()) {
    log::error("program '{}' prints with format {}, but has {}", program_, format, formats_.size());
    return std::string();
  }
  return drivers::format_print(formats_[format], std::span(record).subspan(8), &formats_);
}

std::vector<std::string> print_channel::start_over() noexcept {
  std::vector<std::string> rest;
  const std::unique_lock reading(reading_, std::try_to_lock);
  if (!reading) return rest; // the next launch tries again
  const std::uint64_t reserved = std::atomic_ref(ring_.reserved).load(std::memory_order_acquire);
  if (reserved == ring_.consumed && ring_.lost == 0) return rest;
  try {
    // What found no place is zero, and records begin with a word that is not.
    const std::uint64_t end = std::min(reserved, ring_.consumed + ring_.capacity);
    while (ring_.consumed < end) {
      if (reinterpret_cast<const std::uint64_t&>(records_[ring_.consumed % ring_.capacity]) == 0)
        ring_.consumed += 8;
      else if (auto text = next())
        rest.push_back(std::move(*text));
      else
        break;
    }
  } catch (const std::exception& e) {
    log::error("text that program '{}' prints is lost: {}", program_, e.what());
  }
  if (ring_.lost != 0)
    log::warning("{} texts that program '{}' printed were lost: the ring for them holds {} bytes", ring_.lost, program_,
                 ring_.capacity);
  std::memset(records_, 0, ring_.capacity);
  ring_.reserved = ring_.consumed = ring_.lost = 0;
  return rest;
}

} // namespace dotcompute::cuda
