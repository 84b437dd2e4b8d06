// SPDX-License-Identifier: MIT
#include "memory/pool.hpp"

#include "memory/device_monitor.hpp"
#include "memory/host_resource.hpp"
#include "memory/pool_core.hpp"
#include "memory/recorder.hpp"
#include "support/log.hpp"

namespace dotcompute::memory {

pool::pool(std::shared_ptr<drivers::segment_source> source, pool_options options)
    : core_(std::make_shared<pool_core>(std::move(source), std::move(options))) {}

pool::~pool() {
  core_->report_leaks();
  core_->monitor->close(); // its threads end now, even if a thread with a magazine keeps the core a little longer
  const std::lock_guard lock(core_->recorder_guard);
  core_->become(pool_core::recording, false);
  core_->log = nullptr;
}

allocation pool::allocate(const allocation_request& request) {
  return core_->allocate(request);
}
void pool::free(block_handle handle) {
  core_->free(handle, no_queue, 0);
}
void pool::free_on(block_handle handle, queue_id queue, std::uint64_t number) {
  core_->free(handle, queue, number);
}
block_place pool::place_of(block_handle handle) const {
  return core_->place_of(handle);
}

queue_id pool::attach_queue(std::weak_ptr<progress_source> timeline) {
  return core_->queues.attach(std::move(timeline));
}
void pool::detach_queue(queue_id queue) noexcept {
  core_->detach_queue(queue);
}

tag_id pool::tag(std::string_view name) {
  return core_->tags.intern(name);
}
std::string pool::tag_name(tag_id tag) const {
  return core_->tags.is_known(tag) ? core_->tags[tag].name : std::string();
}

memory_statistics pool::statistics() const {
  return core_->statistics();
}
std::vector<tag_statistics> pool::tags() const {
  return core_->tag_report();
}
memory_map pool::map() const {
  return core_->map();
}
trim_result pool::trim() {
  return core_->trim();
}

discarded pool::discard() noexcept {
  return core_->discard();
}

std::future<memory_statistics> pool::statistics_async(std::stop_token stop) const {
  const auto result = std::make_shared<std::promise<memory_statistics>>();
  auto future = result->get_future();
  // Only while the pool is open: the monitor answers what is left before it closes.
  const pool_core* const core = core_.get();
  core_->monitor->ask(
      [result, core](const device_answer* answer) {
        try {
          if (!answer)
            throw error(error_code::cancelled, "the question for memory statistics was cancelled",
                        {core->options.device, core->options.generation, "read memory statistics", ""});
          memory_statistics s = core->statistics();
          if (s.device) {
            device_memory_figures d = *s.device;
            d.is_stale = answer->is_stale;
            s.device = d;
          } else if (answer->is_stale) {
            device_memory_figures d; // it never answered: everything is unknown
            d.is_stale = true;
            s.device = d;
          }
          s.fragmentation = core->compute_fragmentation();
          if (s.allocated_bytes != 0)
            s.fragmentation.internal = 1 - static_cast<double>(std::min(s.requested_bytes, s.allocated_bytes)) /
                                               static_cast<double>(s.allocated_bytes);
          s.tags = core->tag_report();
          result->set_value(std::move(s));
        } catch (...) {
          result->set_exception(std::current_exception());
        }
      },
      std::move(stop));
  return future;
}

void pool::set_budget(known<std::uint64_t> bytes) {
  core_->bytes.set_budget(bytes);
  if (bytes && core_->bytes.used() > *bytes) core_->trim();
}
void pool::set_budget(tag_id tag, known<std::uint64_t> bytes) {
  core_->set_budget(tag, bytes);
}

std::shared_ptr<detail::pressure_registration> pool::on_pressure(int priority, pressure_callback callback) {
  return core_->pressure->add(priority, std::move(callback));
}

std::shared_ptr<detail::log_registration> pool::record(const std::string& path) {
  const std::lock_guard lock(core_->recorder_guard);
  if (core_->log) // before the file is opened, which may be the one that is being written
    throw error(error_code::invalid_argument, "a recording is under way",
                {core_->options.device, core_->options.generation, "record allocations", "Finish it first."});
  auto log = std::make_shared<recorder>(path);
  auto registration = std::make_shared<detail::log_registration>(core_, log);
  core_->log = std::move(log);
  core_->become(pool_core::recording, true);
  return registration;
}

std::pmr::memory_resource* pool::resource() const noexcept {
  return core_->resource.get();
}

void pool::check() const {
  core_->check();
}

} // namespace dotcompute::memory
