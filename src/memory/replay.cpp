// SPDX-License-Identifier: MIT
#include "memory/replay.hpp"

#include "memory/imagined_memory.hpp"
#include "support/clock.hpp"
#include "support/file_descriptor.hpp"
#include "support/system_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace dotcompute::memory {
namespace {

constexpr std::uint64_t default_capacity = std::uint64_t{1} << 40;
constexpr std::size_t most_queues = 1024; // a log that names more has the rest freed in the host's order
constexpr std::uint64_t look_every = 1024;

class imagined_queue final : public progress_source {
 public:
  std::uint64_t completed() const noexcept override { return completed_; }
  bool wait(std::uint64_t number, time_point) override {
    completed_ = std::max(completed_, number);
    return true;
  }
  void advance(std::uint64_t number) noexcept { completed_ = std::max(completed_, number); }

 private:
  std::uint64_t completed_ = 0;
};

class player {
 public:
  player(std::span<const std::byte> log, const replay_options& options, const replay_visitor& visit)
      : reader_(log), pool_(std::make_shared<imagined_memory>(), how(options)), visit_(visit) {}

  replay_result play() {
    std::optional<std::int64_t> first;
    std::int64_t last = 0;
    while (const auto e = reader_.next()) {
      ++result_.events;
      if (e->operation != log_operation::tag) {
        if (!first) first = e->time;
        last = e->time;
      }
      play(*e);
      if (result_.events % look_every == 0) look();
      if (visit_) visit_({pool_, live_, result_.events, last, false});
    }
    look();
    if (visit_) visit_({pool_, live_, result_.events, last, true});
    result_.at_end = pool_.statistics();
    result_.problem = reader_.problem();
    result_.recorded_nanoseconds = first ? last - *first : 0;
    // What the program had not freed when the recording ended is no leak of this pool.
    for (const auto& [number, block] : live_)
      pool_.free(block.handle);
    pool_.check(); // whatever the log did, no byte may be lost
    return std::move(result_);
  }

 private:
  static pool_options how(const replay_options& options) {
    pool_options p;
    p.device = "replay";
    p.capacity = options.capacity.value_or(default_capacity);
    p.caches = options.caches;
    p.retry_after = std::chrono::nanoseconds(0);
    p.logs_failures = false;
    return p;
  }

  template <class Call>
  void timed(Call call) {
    const std::int64_t start = now_nanoseconds();
    call();
    result_.replay_nanoseconds += now_nanoseconds() - start;
  }

  queue_id queue(const log_event& e) {
    if (e.queue == 0) return no_queue;
    auto found = queues_.find(e.queue);
    if (found == queues_.end()) {
      if (queues_.size() == most_queues) return no_queue;
      auto line = std::make_shared<imagined_queue>();
      const queue_id id = pool_.attach_queue(line);
      found = queues_.emplace(e.queue, std::pair{std::move(line), id}).first;
    }
    found->second.first->advance(e.completed);
    return found->second.second;
  }

  void play(const log_event& e) {
    switch (e.operation) {
    case log_operation::allocate: {
      allocation_request r{e.bytes, std::max(e.alignment, granule), e.kind, tags_[e.tag], queue(e)};
      ++result_.allocations;
      try {
        timed([&] { live_.emplace(e.block, replayed_block{pool_.allocate(r).handle, e.time}); });
      } catch (const error&) {
        ++result_.failures;
      }
      break;
    }
    case log_operation::free:
    case log_operation::free_on: {
      const auto found = live_.find(e.block);
      if (found == live_.end()) {
        ++result_.ignored;
        break;
      }
      const queue_id on = queue(e);
      const block_handle handle = found->second.handle;
      live_.erase(found);
      ++result_.frees;
      timed([&] {
        if (on == no_queue)
          pool_.free(handle);
        else
          pool_.free_on(handle, on, e.number);
      });
      break;
    }
    case log_operation::tag:
      // A log may name one tag many times; more than the pool can tell apart count as none.
      try {
        tags_.push_back(pool_.tag(e.name));
      } catch (const error&) {
        tags_.push_back(untagged);
      }
      break;
    case log_operation::failed: ++result_.recorded_failures; break;
    case log_operation::trim: timed([&] { pool_.trim(); }); break;
    case log_operation::budget: {
      const known<std::uint64_t> bytes = e.has_budget ? known<std::uint64_t>(e.bytes) : known<std::uint64_t>();
      if (e.tag == 0)
        pool_.set_budget(bytes);
      else
        pool_.set_budget(tags_[e.tag], bytes);
      break;
    }
    case log_operation::end: break;
    }
  }

  void look() {
    const memory_statistics s = pool_.statistics();
    if (s.allocated_bytes >= result_.at_peak.allocated_bytes) result_.at_peak = s;
  }

  log_reader reader_;
  std::unordered_map<std::uint64_t, std::pair<std::shared_ptr<imagined_queue>, queue_id>> queues_;
  pool pool_;
  replayed_blocks live_;
  std::vector<tag_id> tags_{untagged};
  replay_result result_;
  const replay_visitor& visit_;
};

} // namespace

replay_result replay(std::span<const std::byte> log, const replay_options& options, const replay_visitor& visit) {
  return player(log, options, visit).play();
}

std::vector<std::byte> read_log_file(const std::string& path) {
  const std::string operation = "read the allocation log '" + path + "'";
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw system_error(errno, operation, "open");
  struct ::stat found {};
  if (::fstat(file.get(), &found) != 0) throw system_error(errno, operation, "fstat");
  constexpr std::int64_t largest = std::int64_t{4} << 30;
  if (!S_ISREG(found.st_mode) || found.st_size > largest)
    throw error(error_code::file_invalid, "it is no file of at most 4 GiB", {"", 0, operation, ""});
  std::vector<std::byte> bytes(static_cast<std::size_t>(found.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw system_error(errno, operation, "read");
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  bytes.resize(have);
  return bytes;
}

} // namespace dotcompute::memory
