// SPDX-License-Identifier: MIT
// What a pool records can be played again, and hostile logs do no harm.
#include "fake_device.hpp"
#include "memory/recorder.hpp"
#include "memory/replay.hpp"

#include <fstream>
#include <random>

namespace dotcompute::memory::test {
namespace {

class replays : public pools {
 protected:
  replays() : path("/tmp/dotcompute_replay_test_" + std::to_string(::getpid()) + ".log") {}
  ~replays() override { ::unlink(path.c_str()); }
  const std::string path;
};

TEST_F(replays, WhatWasRecorded) {
  std::uint64_t live_bytes = 0;
  {
    pool p(device, small_options());
    const auto line = std::make_shared<fake_queue>();
    const queue_id q = p.attach_queue(line);
    const auto before = p.allocate({.bytes = 1000});
    auto recording = p.record(path);
    EXPECT_EQ(failure_of([&] { p.record(path); }).code(), error_code::invalid_argument) << "and the file is left alone";
    p.free(before.handle); // allocated before the recording: not in it
    const tag_id tag = p.tag("tenant");
    std::mt19937 random(1);
    std::vector<std::pair<block_handle, std::uint64_t>> live;
    for (int i = 0; i < 3000; ++i)
      if (live.size() < 50 || random() % 2) {
        const std::uint64_t bytes = 1 + random() % 50'000;
        live.emplace_back(
            p.allocate({.bytes = bytes, .tag = random() % 2 ? tag : untagged, .queue = random() % 2 ? q : no_queue})
                .handle,
            bytes);
      } else {
        std::swap(live[random() % live.size()], live.back());
        if (random() % 2) {
          p.free_on(live.back().first, q, static_cast<std::uint64_t>(i));
          line->reach(static_cast<std::uint64_t>(i));
        } else {
          p.free(live.back().first);
        }
        live.pop_back();
      }
    for (const auto& [h, bytes] : live)
      live_bytes += bytes;
    EXPECT_THROW(p.allocate({.bytes = std::uint64_t{1} << 45}), allocation_error);
    recording->finish();
    const auto replayed = replay(read_log_file(path));
    EXPECT_FALSE(replayed.problem) << replayed.problem->text;
    EXPECT_EQ(replayed.at_end.requested_bytes, live_bytes);
    EXPECT_EQ(replayed.at_end.live_blocks, live.size());
    EXPECT_EQ(replayed.allocations - replayed.frees, live.size());
    EXPECT_EQ(replayed.recorded_failures, 1u);
    EXPECT_EQ(replayed.failures, 0u);
    EXPECT_EQ(replayed.ignored, 0u);
    EXPECT_GT(replayed.replay_nanoseconds, 0);
    EXPECT_GT(replayed.at_end.queue_ordered_frees, 100u);
    EXPECT_GE(replayed.at_peak.allocated_bytes, replayed.at_end.allocated_bytes);
    for (const auto& [h, bytes] : live)
      p.free(h);
    p.record(path); // another one may follow
  }
  EXPECT_LT(read_log_file(path).size(), 100u);
}

TEST_F(replays, ALogThatWasCutShortIsPlayedAsFarAsItGoes) {
  {
    pool p(device, small_options());
    const auto recording = p.record(path);
    for (int i = 0; i < 100; ++i)
      p.free(p.allocate({.bytes = 1000}).handle);
  }
  auto bytes = read_log_file(path);
  bytes.resize(bytes.size() / 2);
  const auto r = replay(bytes);
  ASSERT_TRUE(r.problem);
  EXPECT_GT(r.allocations, 30u);
  EXPECT_LE(r.problem->offset, bytes.size());
}

TEST_F(replays, SmallerDevicesFail) {
  {
    pool p(device, small_options());
    const auto recording = p.record(path);
    std::vector<block_handle> live;
    for (int i = 0; i < 100; ++i)
      live.push_back(p.allocate({.bytes = mebi}).handle);
    for (const auto h : live)
      p.free(h);
  }
  const auto bytes = read_log_file(path);
  EXPECT_EQ(replay(bytes).failures, 0u);
  const auto small = replay(bytes, {.capacity = 50 * mebi});
  EXPECT_EQ(small.failures, 50u);
  EXPECT_EQ(small.ignored, 50u) << "frees of what there was no memory for";
}

TEST_F(replays, HostileLogsDoNoHarm) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    auto bytes = log_writer(0).take();
    for (int i = 0; i < 400; ++i)
      bytes.push_back(static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 9));
    replay_result r;
    ASSERT_NO_THROW(r = replay(bytes));
    ASSERT_LE(r.events, 400u);
  }
  EXPECT_EQ(failure_of([] { replay({}); }).code(), error_code::file_invalid);
  EXPECT_EQ(failure_of([] { read_log_file("/does/not/exist"); }).code(), error_code::file_not_found);
  EXPECT_EQ(failure_of([] { read_log_file("/dev/zero"); }).code(), error_code::file_invalid);
}

} // namespace
} // namespace dotcompute::memory::test
