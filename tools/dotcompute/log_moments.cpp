// SPDX-License-Identifier: MIT
#include "log_moments.hpp"

#include "memory/replay.hpp"

#include <algorithm>
#include <dotcompute/error.hpp>
#include <map>
#include <unordered_map>

namespace dotcompute::tool {

namespace {

using namespace memory;

constexpr std::uint64_t granularity = 2 << 20;
constexpr std::size_t most_queues = 1024;

/// Addresses without memory behind them.
class imagined_memory final : public drivers::segment_source {
 public:
  std::unique_ptr<drivers::segment> create_segment(buffer_kind, std::uint64_t bytes) override {
    auto s = std::make_unique<drivers::segment>();
    s->address = reinterpret_cast<std::byte*>(next_);
    s->bytes = bytes;
    next_ += bytes + granularity;
    return s;
  }
  std::uint64_t segment_granularity() const noexcept override { return granularity; }
  std::function<drivers::memory_usage()> memory_query() const override {
    return [] { return drivers::memory_usage{}; };
  }

 private:
  std::uintptr_t next_ = granularity;
};

/// Reaches what the log says was reached.
class recorded_queue final : public progress_source {
 public:
  std::uint64_t completed() const noexcept override { return completed_; }
  bool wait(std::uint64_t number, time_point) override {
    advance(number);
    return true;
  }
  void advance(std::uint64_t number) noexcept { completed_ = std::max(completed_, number); }

 private:
  std::uint64_t completed_ = 0;
};

class player {
 public:
  player(std::span<const std::byte> log, const replay_options& options)
      : reader_(log), pool_(std::make_shared<imagined_memory>(), how(options)) {}

  std::vector<log_moment> play(const log_story& story) {
    std::vector<log_moment> moments;
    while (const auto e = reader_.next()) {
      ++events_;
      if (e->operation != log_operation::tag) time_ = e->time;
      play(*e);
      if (events_ == story.peak_event && events_ != story.events) moments.push_back(look("peak"));
    }
    moments.push_back(look("end"));
    for (const auto& [number, block] : live_)
      pool_.free(block.handle);
    pool_.check();
    return moments;
  }

 private:
  struct live_block {
    block_handle handle;
    std::int64_t since = 0;
  };

  static pool_options how(const replay_options& options) {
    pool_options p;
    p.device = "replay";
    p.capacity = options.capacity.value_or(std::uint64_t{1} << 40);
    p.caches = options.caches;
    p.retry_after = std::chrono::nanoseconds(0);
    p.logs_failures = false;
    return p;
  }

  queue_id queue(const log_event& e) {
    if (e.queue == 0) return no_queue;
    auto found = queues_.find(e.queue);
    if (found == queues_.end()) {
      if (queues_.size() == most_queues) return no_queue;
      auto line = std::make_shared<recorded_queue>();
      const queue_id id = pool_.attach_queue(line);
      found = queues_.emplace(e.queue, std::pair{std::move(line), id}).first;
    }
    found->second.first->advance(e.completed);
    return found->second.second;
  }

  void allocate(const log_event& e) {
    const allocation_request r{e.bytes, std::max(e.alignment, granule), e.kind, tags_[e.tag], queue(e)};
    try {
      live_.emplace(e.block, live_block{pool_.allocate(r).handle, e.time});
    } catch (const error&) {
      // The pool counts its failures.
    }
  }

  void free(const log_event& e) {
    const auto found = live_.find(e.block);
    if (found == live_.end()) return;
    const queue_id on = queue(e);
    if (on == no_queue)
      pool_.free(found->second.handle);
    else
      pool_.free_on(found->second.handle, on, e.number);
    live_.erase(found);
  }

  tag_id tag(std::string_view name) {
    try {
      return pool_.tag(name);
    } catch (const error&) {
      return untagged; // there are more than a pool can tell apart
    }
  }

  void play(const log_event& e) {
    switch (e.operation) {
    case log_operation::allocate: return allocate(e);
    case log_operation::free:
    case log_operation::free_on: return free(e);
    case log_operation::tag: tags_.push_back(tag(e.name)); return;
    case log_operation::trim: pool_.trim(); return;
    case log_operation::budget: {
      const known<std::uint64_t> bytes = e.has_budget ? known<std::uint64_t>(e.bytes) : known<std::uint64_t>();
      if (e.tag == 0)
        pool_.set_budget(bytes);
      else
        pool_.set_budget(tags_[e.tag], bytes);
      return;
    }
    case log_operation::failed:
    case log_operation::end: return;
    }
  }

  log_moment look(std::string name) {
    pool_.check();
    log_moment m{std::move(name), events_, time_, pool_.map(), pool_.statistics()};
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::int64_t> since;
    for (const auto& [number, block] : live_) {
      const block_place place = pool_.place_of(block.handle);
      since[{place.segment, place.offset}] = block.since;
    }
    std::vector<std::int64_t> oldest(m.map.tags.size(), -1);
    for (auto& s : m.map.segments)
      for (auto& b : s.blocks) {
        if (b.state != block_state::live) continue;
        const auto found = since.find({s.number, b.offset});
        b.age = std::chrono::nanoseconds(found == since.end() ? 0 : time_ - found->second);
        if (b.tag < oldest.size()) oldest[b.tag] = std::max(oldest[b.tag], b.age.count());
      }
    auto tags = pool_.tags();
    for (auto& t : tags) {
      const auto at = std::find(m.map.tags.begin(), m.map.tags.end(), t.name) - m.map.tags.begin();
      t.oldest_age = {};
      if (at < static_cast<std::ptrdiff_t>(oldest.size()) && oldest[static_cast<std::size_t>(at)] >= 0)
        t.oldest_age = std::chrono::nanoseconds(oldest[static_cast<std::size_t>(at)]);
    }
    m.statistics.tags = std::move(tags);
    return m;
  }

  log_reader reader_;
  std::unordered_map<std::uint64_t, std::pair<std::shared_ptr<recorded_queue>, queue_id>> queues_;
  pool pool_;
  std::unordered_map<std::uint64_t, live_block> live_;
  std::vector<tag_id> tags_{untagged};
  std::uint64_t events_ = 0;
  std::int64_t time_ = 0;
};

} // namespace

std::vector<log_moment> play_to_moments(std::span<const std::byte> log, const log_story& story,
                                        const replay_options& options) {
  return player(log, options).play(story);
}

} // namespace dotcompute::tool
