// SPDX-License-Identifier: MIT
// The CPU driver's threads: all of them work, chunks are stolen, nothing is done twice or lost.
#include "drivers/cpu/thread_pool.hpp"
#include "support/futex.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace dotcompute::test {
namespace {

using namespace std::chrono_literals;
using cpu::job_functions;
using cpu::thread_pool;

constexpr std::uint32_t thread_count = 4;

/// Waits until `reached` holds; false after ten seconds.
template <class Condition>
bool eventually(Condition&& reached) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (!reached()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Runs a job to its end from the calling thread, wherever it ends.
template <class Context>
void run(thread_pool& pool, const job_functions& functions, Context context, std::uint64_t chunks,
         time_point leave_by = time_point::max()) {
  std::atomic<bool> finished{false};
  cpu::parallel_job* job = pool.acquire_job();
  ASSERT_NE(job, nullptr);
  const drivers::completion done{
      [](void* flag, std::int64_t, bool) { static_cast<std::atomic<bool>*>(flag)->store(true); }, &finished};
  job->prepare(functions, context, 0, chunks, pool.threads(), done);
  if (pool.run_job(job, leave_by, true) == drivers::progress::continues) {
    ASSERT_TRUE(eventually([&] { return finished.load(); }));
  } else {
    EXPECT_FALSE(finished) << "who finishes the job itself is not called";
  }
}

TEST(thread_pool, AllThreadsWorkAtTheSameTime) {
  thread_pool pool("test", thread_count);
  std::atomic<std::uint32_t> inside{0}, lonely{0};
  struct context {
    std::atomic<std::uint32_t>*inside, *lonely;
  };
  // Each chunk ends only when as many chunks as there are threads have begun.
  run(pool,
      {[](void* c, std::uint64_t) noexcept {
         auto& job = *static_cast<context*>(c);
         job.inside->fetch_add(1);
         if (!eventually([&] { return job.inside->load() >= thread_count; })) job.lonely->fetch_add(1);
         return true;
       },
       nullptr},
      context{&inside, &lonely}, thread_count);
  EXPECT_EQ(inside, thread_count);
  EXPECT_EQ(lonely, 0u);
}

TEST(thread_pool, ChunksOfABusyThreadAreStolen) {
  thread_pool pool("test", 2);
  std::atomic<std::uint32_t> others{0};
  std::atomic<bool> alone{false};
  struct context {
    std::atomic<std::uint32_t>* others;
    std::atomic<bool>* alone;
  };
  // The first chunk holds its thread until all the others are done, half of which began as that thread's own.
  run(pool,
      {[](void* c, std::uint64_t chunk) noexcept {
         auto& job = *static_cast<context*>(c);
         if (chunk != 0)
           job.others->fetch_add(1);
         else if (!eventually([&] { return job.others->load() == 99; }))
           job.alone->store(true);
         return true;
       },
       nullptr},
      context{&others, &alone}, 100);
  EXPECT_FALSE(alone);
}

TEST(thread_pool, EveryChunkOnce) {
  thread_pool pool("test", thread_count);
  for (const std::uint64_t chunks : {1u, 2u, 3u, 5u, 100u, 10000u}) {
    for (int round = 0; round < 20; ++round) {
      std::vector<std::atomic<int>> seen(chunks);
      run(pool,
          {[](void* c, std::uint64_t chunk) noexcept {
             (**static_cast<std::vector<std::atomic<int>>**>(c))[chunk].fetch_add(1);
             return true;
           },
           nullptr},
          &seen, chunks);
      for (auto& s : seen)
        ASSERT_EQ(s, 1);
    }
  }
}

TEST(thread_pool, JobsOfManyCallersSideBySide) {
  thread_pool pool("test", thread_count);
  std::atomic<std::uint64_t> total{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 6; ++t)
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round)
        run(pool,
            {[](void* c, std::uint64_t) noexcept {
               (*static_cast<std::atomic<std::uint64_t>**>(c))->fetch_add(1);
               return true;
             },
             nullptr},
            &total, 37);
    });
  for (auto& c : callers)
    c.join();
  EXPECT_EQ(total, 6u * 50 * 37);
}

TEST(thread_pool, ALentThreadLeavesAtItsDeadlineAndTheRestIsDone) {
  for (const std::uint32_t threads : {1u, 2u}) {
    thread_pool pool("test", threads);
    std::atomic<std::uint64_t> total{0};
    // The deadline has passed before the first chunk, so the caller does no more than one.
    run(pool,
        {[](void* c, std::uint64_t) noexcept {
           (*static_cast<std::atomic<std::uint64_t>**>(c))->fetch_add(1);
           return true;
         },
         nullptr},
        &total, 500, std::chrono::steady_clock::now());
    EXPECT_EQ(total, 500u);
  }
}

TEST(thread_pool, AFailedChunkFailsTheJobAfterTheOthers) {
  thread_pool pool("test", 1);
  std::uint64_t total = 0;
  cpu::parallel_job* job = pool.acquire_job();
  job->prepare({[](void* c, std::uint64_t chunk) noexcept {
                  ++**static_cast<std::uint64_t**>(c);
                  return chunk != 3;
                },
                nullptr},
               &total, 0, 10, 1, {});
  EXPECT_EQ(pool.run_job(job, time_point::max(), true), drivers::progress::out_of_memory);
  EXPECT_EQ(total, 10u);
}

TEST(thread_pool, PlacesForJobsRunOutAndComeBack) {
  thread_pool pool("test", 1);
  std::set<cpu::parallel_job*> taken;
  while (cpu::parallel_job* job = pool.acquire_job())
    ASSERT_TRUE(taken.insert(job).second);
  EXPECT_EQ(taken.size(), 64u);
  for (cpu::parallel_job* job : taken) {
    job->prepare({[](void*, std::uint64_t) noexcept { return true; }, nullptr}, 0, 0, 1, 1, {});
    EXPECT_EQ(pool.run_job(job, time_point::max(), true), drivers::progress::done);
  }
  EXPECT_NE(pool.acquire_job(), nullptr);
}

/// Work that counts how often it was run.
class counted_work : public drivers::background_work {
 public:
  std::uint64_t submitted() const noexcept override { return submitted_; }
  std::uint64_t completed() const noexcept override { return completed_; }
  std::int64_t last_submission() const noexcept override { return 0; }
  bool is_taken_care_of() const noexcept override { return false; }
  void run() noexcept override { completed_ = submitted_.load(); }

  std::atomic<std::uint64_t> submitted_{0}, completed_{0};
};

TEST(thread_pool, RunsWhatIsPosted) {
  thread_pool pool("test", 2);
  auto work = std::make_shared<counted_work>();
  for (std::uint64_t i = 1; i <= 200; ++i) {
    work->submitted_ = i;
    pool.post(work);
    ASSERT_TRUE(eventually([&] { return work->completed_ == i; }));
  }
}

TEST(thread_pool, TheWatchRunsWhatNobodyDoes) {
  thread_pool pool("test", 2);
  auto work = std::make_shared<counted_work>();
  pool.look_after(work);
  for (std::uint64_t i = 1; i <= 200; ++i) {
    work->submitted_ = i;
    pool.expect_soon();
    ASSERT_TRUE(eventually([&] { return work->completed_ == i; }));
    // Now and then long enough for the watch to end.
    if (i % 50 == 0) std::this_thread::sleep_for(3ms);
  }
  pool.forget(work.get());
}

TEST(thread_pool, WatchesWhileAllThreadsAreBusy) {
  thread_pool pool("test", 1);
  auto work = std::make_shared<counted_work>();
  pool.look_after(work);
  struct context {
    thread_pool* pool;
    counted_work* work;
    std::atomic<bool>* stuck;
  };
  std::atomic<bool> stuck{false};
  // Long after the job began, its thread is asked to watch; it comes out between two chunks.
  run(pool,
      {[](void* c, std::uint64_t chunk) noexcept {
         auto& job = *static_cast<context*>(c);
         if (chunk == 10) {
           job.work->submitted_ = 1;
           job.pool->expect_soon();
         }
         if (chunk == 400 && job.work->completed_ == 0) job.stuck->store(true);
         return true;
       },
       nullptr},
      context{&pool, work.get(), &stuck}, 500, std::chrono::steady_clock::now());
  EXPECT_FALSE(stuck);
  EXPECT_TRUE(eventually([&] { return work->completed_ == 1; }));
}

} // namespace
} // namespace dotcompute::test
