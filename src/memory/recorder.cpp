// SPDX-License-Identifier: MIT
#include "memory/recorder.hpp"

#include "support/clock.hpp"
#include "support/log.hpp"
#include "support/system_error.hpp"

#include <fcntl.h>

#include <algorithm>
#include <chrono>

namespace dotcompute::memory {
namespace {

constexpr std::size_t write_at = 1 << 16; // bytes

std::uint64_t since_epoch() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

log_event request_event(log_operation operation, const allocation_request& r, const pool_core& pool) {
  log_event e;
  e.operation = operation;
  e.bytes = r.bytes;
  e.alignment = r.alignment;
  e.kind = r.kind;
  e.tag = static_cast<std::uint64_t>(r.tag);
  e.queue = static_cast<std::uint64_t>(r.queue);
  if (r.queue != no_queue) e.completed = pool.queues.completed(r.queue);
  return e;
}

} // namespace

log_event allocation_event(const allocation_request& r, block_handle handle, const pool_core& pool) {
  log_event e = request_event(log_operation::allocate, r, pool);
  e.block = pack(handle);
  return e;
}

log_event failure_event(const allocation_request& r, allocation_failure cause, const pool_core& pool) {
  log_event e = request_event(log_operation::failed, r, pool);
  e.cause = cause;
  return e;
}

log_event free_event(block_handle handle, queue_id queue, std::uint64_t number, const pool_core& pool) {
  log_event e;
  e.operation = queue == no_queue ? log_operation::free : log_operation::free_on;
  e.block = pack(handle);
  e.queue = static_cast<std::uint64_t>(queue);
  e.number = number;
  if (queue != no_queue) e.completed = pool.queues.completed(queue);
  return e;
}

recorder::recorder(const std::string& path)
    : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)), writer_(since_epoch()),
      start_(now_nanoseconds()) {
  if (!file_) throw system_error(errno, "record allocations into '" + path + "'", "open");
}

std::uint64_t recorder::tag_number(std::uint64_t id, const pool_core& pool) {
  if (id == 0) return 0;
  const auto [found, is_new] = tags_.try_emplace(id, tags_.size() + 1);
  if (is_new) {
    log_event e;
    e.operation = log_operation::tag;
    const std::string& name = pool.tags[tag_id{static_cast<std::uint32_t>(id)}].name;
    e.name = name;
    writer_.write(e);
  }
  return found->second;
}

void recorder::write(log_event e, const void* thread, const pool_core& pool) {
  if (!file_) return;
  // Events of two threads may come in another order than they read the clock.
  last_ = std::max(last_, now_nanoseconds() - start_);
  e.time = last_;
  e.thread = threads_.try_emplace(thread, threads_.size() + 1).first->second;
  e.tag = tag_number(e.tag, pool);
  if (e.queue != 0) e.queue = queues_.try_emplace(e.queue, queues_.size() + 1).first->second;
  if (e.operation == log_operation::allocate) {
    blocks_[e.block] = allocations_++;
  } else if (e.operation == log_operation::free || e.operation == log_operation::free_on) {
    const auto found = blocks_.find(e.block);
    if (found == blocks_.end()) return; // allocated before the recording began
    e.block = found->second;
    blocks_.erase(found);
  }
  writer_.write(e);
  if (writer_.size() >= write_at) flush();
}

void recorder::flush() {
  const std::vector<std::byte> bytes = writer_.take();
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t n = ::write(file_.get(), bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int number = n < 0 ? errno : EIO;
      file_.reset();
      throw system_error(number, "record allocations into '" + path_ + "'", "write");
    }
    written += static_cast<std::size_t>(n);
  }
}

void recorder::finish() {
  if (!file_) return;
  log_event e;
  e.operation = log_operation::end;
  writer_.write(e);
  flush();
  if (::close(file_.release()) != 0) throw system_error(errno, "record allocations into '" + path_ + "'", "close");
}

} // namespace dotcompute::memory

namespace dotcompute::detail {

void log_registration::finish() {
  if (!log_) return;
  const auto log = std::move(log_);
  log_ = nullptr;
  if (const auto pool = pool_.lock()) {
    const std::lock_guard lock(pool->recorder_guard);
    if (pool->log == log) {
      pool->become(memory::pool_core::recording, false);
      pool->log = nullptr;
    }
  }
  log->finish();
}

log_registration::~log_registration() {
  try {
    finish();
  } catch (const std::exception& e) {
    log::error("{}", e.what());
  }
}

} // namespace dotcompute::detail

namespace dotcompute {

void allocation_recording::finish() {
  if (registration_) registration_->finish();
}

} // namespace dotcompute
