// SPDX-License-Identifier: MIT
// Many threads and queues, frees by other threads, ends of threads, and trimming in the midst of it.
#include "fake_device.hpp"

#include <random>

namespace dotcompute::memory::test {
namespace {

class pool_threads : public pools {};

/// Blocks on their way from thread to thread.
class exchange {
 public:
  void give(block_handle h) {
    const std::lock_guard lock(guard_);
    blocks_.push_back(h);
  }
  block_handle take() {
    const std::lock_guard lock(guard_);
    if (blocks_.empty()) return {};
    const block_handle h = blocks_.back();
    blocks_.pop_back();
    return h;
  }

 private:
  std::mutex guard_;
  std::vector<block_handle> blocks_;
};

TEST_F(pool_threads, NothingIsLostAmongThemAndQueues) {
  device->has_memory = true;
  pool p(device, small_options());
  constexpr int threads = 4, turns = 4000;
  struct line {
    std::shared_ptr<fake_queue> timeline = std::make_shared<fake_queue>();
    std::atomic<std::uint64_t> submitted{0};
    queue_id id{};
  };
  std::array<line, 2> lines;
  for (line& l : lines)
    l.id = p.attach_queue(l.timeline);
  exchange others;
  std::atomic<bool> is_over{false};
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      std::vector<std::pair<allocation, queue_id>> own;
      for (int i = 0; i < turns; ++i) {
        line& l = lines[random() % 2];
        switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
          const queue_id q = random() % 2 ? l.id : no_queue;
          const auto a = p.allocate({.bytes = 1 + random() % (random() % 10 == 0 ? 200'000 : 3000), .queue = q});
          // Every thread writes its blocks: an overlap would be a race that ThreadSanitizer sees.
          if (q == no_queue) std::memset(a.address, t, std::min<std::uint64_t>(a.bytes, 512));
          own.emplace_back(a, q);
          break;
        }
        case 3:
        case 4:
          if (!own.empty()) {
            std::swap(own[random() % own.size()], own.back());
            if (own.back().second == no_queue)
              p.free(own.back().first.handle);
            else
              p.free_on(own.back().first.handle, own.back().second,
                        ++lines[own.back().second == lines[0].id ? 0 : 1].submitted);
            own.pop_back();
          }
          break;
        case 5:
          if (!own.empty() && own.back().second == no_queue) {
            others.give(own.back().first.handle);
            own.pop_back();
          }
          break;
        case 6:
          if (const block_handle h = others.take()) p.free(h);
          break;
        case 7:
          if (random() % 100 == 0) p.trim();
          l.timeline->reach(l.submitted > 3 ? l.submitted - 3 : 0);
          break;
        }
        if (own.size() > 200)
          for (; own.size() > 100; own.pop_back())
            p.free(own.back().first.handle);
      }
      for (const auto& [a, q] : own)
        p.free(a.handle);
    });
  std::thread reader([&] {
    std::uint64_t before = 0;
    while (!is_over) {
      const auto s = p.statistics();
      EXPECT_GT(s.sequence, before);
      before = s.sequence;
      (void)p.tags();
      (void)p.map();
    }
  });
  for (auto& t : all)
    t.join();
  is_over = true;
  reader.join();
  while (const block_handle h = others.take())
    p.free(h);
  p.check();
  auto s = p.statistics();
  EXPECT_TRUE(s.is_consistent);
  EXPECT_EQ(s.live_blocks, 0u);
  EXPECT_EQ(s.requested_bytes, 0u);
  EXPECT_EQ(s.allocations, s.frees);
  for (line& l : lines)
    l.timeline->reach(l.submitted);
  p.trim();
  s = p.statistics();
  EXPECT_EQ(s.reserved_bytes, 0u);
  EXPECT_EQ(s.pending_free_bytes, 0u);
  p.check();
}

TEST_F(pool_threads, EndingThreadsGiveTheirBlocksBack) {
  pool p(device, small_options());
  std::vector<block_handle> left;
  for (int round = 0; round < 20; ++round)
    std::thread([&] {
      std::vector<block_handle> own;
      for (int i = 0; i < 16; ++i)
        own.push_back(p.allocate({.bytes = 5000}).handle);
      left.push_back(own.back());
      own.pop_back();
      for (const auto h : own)
        p.free(h);
    }).join();
  EXPECT_EQ(p.statistics().cached_bytes, 0u);
  EXPECT_EQ(p.statistics().live_blocks, 20u);
  EXPECT_LE(p.statistics().reserved_bytes, 4 * mebi) << "threads that follow one another use the same memory";
  for (const auto h : left)
    p.free(h);
  EXPECT_EQ(p.statistics().live_blocks, 0u);
  p.check();
}

TEST_F(pool_threads, OtherThreadsFreesComeBackToTheOwner) {
  pool p(device, small_options());
  const auto calls_after_first = [&] {
    std::vector<block_handle> blocks;
    for (int i = 0; i < 100; ++i)
      blocks.push_back(p.allocate({.bytes = 4096}).handle);
    std::thread([&] {
      for (const auto h : blocks)
        p.free(h);
    }).join();
    return device->counts->calls.load();
  };
  const auto calls = calls_after_first();
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(calls_after_first(), calls) << "what others free is used again";
  EXPECT_EQ(p.statistics().remote_frees, 5100u);
}

TEST_F(pool_threads, LargeBlocksFreedElsewhereGoBackAtOnce) {
  pool p(device, small_options());
  std::vector<block_handle> blocks;
  for (int i = 0; i < 8; ++i)
    blocks.push_back(p.allocate({.bytes = 10 * mebi}).handle);
  std::thread([&] {
    for (const auto h : blocks)
      p.free(h);
  }).join();
  EXPECT_LE(p.statistics().reserved_bytes, small_options().retained_bytes) << "without another call of their owner";
}

TEST_F(pool_threads, AnIdleThreadsCacheIsNoLoss) {
  auto options = small_options();
  options.capacity = 4 * mebi;
  options.cache_bytes = 4 * mebi;
  pool p(device, options);
  std::atomic<bool> has_cached{false}, may_end{false};
  std::thread idle([&] {
    std::vector<block_handle> own;
    for (int i = 0; i < 16; ++i)
      own.push_back(p.allocate({.bytes = mebi / 4}).handle);
    for (const auto h : own)
      p.free(h);
    has_cached = true;
    while (!may_end)
      std::this_thread::yield();
  });
  while (!has_cached)
    std::this_thread::yield();
  const auto a = p.allocate({.bytes = 4 * mebi});
  EXPECT_EQ(p.statistics().shortages, 1u);
  may_end = true;
  idle.join();
  p.free(a.handle);
  p.check();
}

TEST_F(pool_threads, OneOfManyDoubleFreesWins) {
  pool p(device, small_options());
  for (int round = 0; round < 200; ++round) {
    const auto a = p.allocate({.bytes = 1000});
    std::atomic<int> freed{0}, ready{0};
    std::vector<std::thread> all;
    for (int t = 0; t < 3; ++t)
      all.emplace_back([&] {
        ++ready;
        while (ready != 3) {
        }
        try {
          p.free(a.handle);
          ++freed;
        } catch (const error& e) {
          EXPECT_EQ(e.code(), error_code::buffer_released);
        }
      });
    for (auto& t : all)
      t.join();
    ASSERT_EQ(freed, 1);
  }
  p.check();
}

TEST_F(pool_threads, PoolsAndThreadsEndInAnyOrder) {
  for (int round = 0; round < 50; ++round) {
    auto p = std::make_unique<pool>(device, small_options());
    std::atomic<bool> used{false}, may_end{false};
    std::thread t([&] {
      p->free(p->allocate({.bytes = 1000}).handle);
      used = true;
      while (!may_end)
        std::this_thread::yield();
    });
    while (!used)
      std::this_thread::yield();
    if (round % 2 == 0) may_end = true;
    p.reset();
    may_end = true;
    t.join();
  }
  EXPECT_EQ(device->counts->live_segments, 0u);
}

} // namespace
} // namespace dotcompute::memory::test
