// SPDX-License-Identifier: MIT
#include "drivers/cuda/stream_timeline.hpp"

#include "drivers/cuda/cuda_event.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <new>
#include <string_view>
#include <vector>

namespace dotcompute::cuda {
namespace {

constexpr std::size_t page = 4096; // bytes; counters of two streams never share one

class memory_timeline final : public stream_timeline {
 public:
  memory_timeline(std::shared_ptr<cuda_context> context, const std::shared_ptr<pinned_pool>& pool)
      : context_(std::move(context)), memory_(pool, page),
        counter_(new (memory_->data()) std::atomic<std::uint64_t>(0)) {}

  void signal(stream_handle stream, std::uint64_t number) override {
    context_->check(context_->api().cuStreamWriteValue64(stream, memory_->on_device(), number, write_value_default),
                    "cuStreamWriteValue64", "signal");
  }
  std::uint64_t reached() const noexcept override { return counter_->load(std::memory_order_acquire); }
  void let_wait(stream_handle waiter, std::uint64_t number) const override {
    if (reached() >= number) return;
    context_->check(context_->api().cuStreamWaitValue64(waiter, memory_->on_device(), number, wait_value_geq),
                    "cuStreamWaitValue64", "wait for another queue");
  }

 private:
  const std::shared_ptr<cuda_context> context_;
  const pooled_memory memory_;
  const std::atomic<std::uint64_t>* const counter_;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);

class event_timeline final : public stream_timeline {
 public:
  explicit event_timeline(std::shared_ptr<cuda_context> context) : context_(std::move(context)) {}

  void signal(stream_handle stream, std::uint64_t number) override {
    const std::lock_guard lock(guard_);
    cuda_event event;
    if (spare_.empty()) {
      event = cuda_event(*context_, event_disable_timing);
    } else {
      event = std::move(spare_.back());
      spare_.pop_back();
    }
    context_->check(context_->api().cuEventRecord(event.get(), stream), "cuEventRecord", "signal");
    pending_.push_back({number, std::move(event)});
  }

  std::uint64_t reached() const noexcept override {
    const std::unique_lock lock(guard_, std::try_to_lock);
    if (lock) look();
    return reached_.load(std::memory_order_acquire);
  }

  void let_wait(stream_handle waiter, std::uint64_t number) const override {
    const std::lock_guard lock(guard_);
    const auto found =
        std::find_if(pending_.begin(), pending_.end(), [&](const auto& s) { return s.number >= number; });
    if (found == pending_.end()) return; // events leave the list in order, once reached
    // The wait refers to the event as it is recorded now; recording it again later changes nothing.
    context_->check(context_->api().cuStreamWaitEvent(waiter, found->event.get(), 0), "cuStreamWaitEvent",
                    "wait for another queue");
  }

 private:
  struct pending_signal {
    std::uint64_t number;
    cuda_event event;
  };

  void look() const noexcept {
    if (pending_.empty()) return;
    const current_context current(*context_);
    if (!current.is_current() || context_->is_lost()) return;
    while (!pending_.empty()) {
      const result r = context_->api().cuEventQuery(pending_.front().event.get());
      if (r == result::not_ready) return;
      if (r != result::success) return context_->note(r, "cuEventQuery", "see how far a queue is");
      reached_.store(pending_.front().number, std::memory_order_release);
      try {
        spare_.push_back(std::move(pending_.front().event));
      } catch (const std::bad_alloc&) {
        // One event less to use again.
      }
      pending_.pop_front();
    }
  }

  const std::shared_ptr<cuda_context> context_;
  mutable std::mutex guard_; ///< of the lists
  mutable std::deque<pending_signal> pending_;
  mutable std::vector<cuda_event> spare_;
  mutable std::atomic<std::uint64_t> reached_{0};
};

} // namespace

timeline_kind choose_timeline(cuda_context& context) {
  const driver_api& api = context.api();
  const bool can_write = api.cuStreamWriteValue64 && api.cuStreamWaitValue64 &&
                         context.attribute(device_attribute::can_use_64_bit_stream_mem_ops) != 0;
  const char* const wanted = std::getenv("DOTCOMPUTE_CUDA_TIMELINE");
  return can_write && !(wanted && std::string_view(wanted) == "events") ? timeline_kind::memory : timeline_kind::events;
}

std::unique_ptr<stream_timeline> make_timeline(timeline_kind kind, const std::shared_ptr<cuda_context>& context,
                                               const std::shared_ptr<pinned_pool>& pool) {
  if (kind == timeline_kind::memory) return std::make_unique<memory_timeline>(context, pool);
  return std::make_unique<event_timeline>(context);
}

} // namespace dotcompute::cuda
