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
      records_(static_cast<std::byte*>(memory_.get()) + sizeof(print_ring)), capacity_(capacity) {
  std::memset(memory_.get(), 0, sizeof(print_ring) + capacity);
  ring_.capacity = capacity;
}

// Text is handed on under no lock that a launch takes: who receives it may launch kernels of the same program.
void print_channel::begin() {
  std::vector<std::string> rest;
  {
    const std::lock_guard lock(guard_);
    if (under_way_ == 0) rest = settle();
    ++under_way_;
  }
  for (const auto& text : rest)
    sink_->write(text);
}

void print_channel::end() noexcept {
  std::vector<std::string> rest;
  {
    const std::lock_guard lock(guard_);
    if (--under_way_ == 0) rest = settle();
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

void print_channel::consume(std::uint64_t position) noexcept {
  consumed_ = position;
  std::atomic_ref(ring_.consumed).store(position, std::memory_order_release);
}

std::optional<std::string> print_channel::next() {
  if (is_unreadable_) return {};
  const std::uint64_t at = consumed_ % capacity_;
  // The header is written last, and with release for the whole system.
  const std::uint64_t header =
      std::atomic_ref(reinterpret_cast<std::uint64_t&>(records_[at])).load(std::memory_order_acquire);
  if (header == 0) return {};
  const std::uint64_t bytes = header & 0xffffffff, format = (header >> 32) - 1;
  if (bytes < 8 || bytes % 8 != 0 || bytes > capacity_) {
    log::error("what program '{}' prints cannot be read: a record of {} bytes", program_, bytes);
    is_unreadable_ = true;
    return {};
  }
  std::vector<std::byte> record(bytes);
  const std::uint64_t first = std::min(bytes, capacity_ - at);
  std::memcpy(record.data(), records_ + at, first);
  std::memcpy(record.data() + first, records_, bytes - first);
  std::memset(records_ + at, 0, first);
  std::memset(records_, 0, bytes - first);
  consume(consumed_ + bytes);
  if (format >= formats_.size()) {
    log::error("program '{}' prints with format {}, but has {}", program_, format, formats_.size());
    return std::string();
  }
  return drivers::format_print(formats_[format], std::span(record).subspan(8), &formats_);
}

std::vector<std::string> print_channel::settle() noexcept {
  std::vector<std::string> rest;
  const std::unique_lock reading(reading_, std::try_to_lock);
  if (!reading) return rest; // the next launch tries again
  try {
    while (auto text = next())
      rest.push_back(std::move(*text));
  } catch (const std::exception& e) {
    log::error("text that program '{}' prints is lost: {}", program_, e.what());
  }
  if (is_unreadable_) {
    // No record ends further than a capacity from here, so what is printed from now on lies behind all of them.
    std::memset(records_, 0, capacity_);
    consume(consumed_ + capacity_);
    is_unreadable_ = false;
  }
  const std::uint64_t lost = std::atomic_ref(ring_.lost).load(std::memory_order_relaxed);
  if (lost > told_lost_) {
    log::warning("at least {} texts that program '{}' printed were lost: the ring for them holds {} bytes",
                 lost - told_lost_, program_, capacity_);
    told_lost_ = lost;
  }
  return rest;
}

} // namespace dotcompute::cuda
