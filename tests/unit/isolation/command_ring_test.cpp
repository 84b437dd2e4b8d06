// SPDX-License-Identifier: MIT
// The ring of commands: order, the end of the ring, fullness, another process at the other end, damage.
#include "isolation/command_ring.hpp"
#include "support/futex.hpp"
#include "support/shared_memory.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <deque>
#include <random>

namespace dotcompute::isolated {
namespace {

class command_ring : public ::testing::Test {
 protected:
  shared_memory memory{"dotcompute test ring", queue_memory_bytes};
  command_writer writer{memory.data()};
  command_reader reader{memory.data()};
  queue_page& page() { return *reinterpret_cast<queue_page*>(memory.data()); }

  bool put(std::uint64_t number, std::uint32_t bytes) {
    std::byte* const record = writer.prepare(record_kind::launch, bytes, number, number / 2);
    if (!record) return false;
    std::memset(record + sizeof(record_header), static_cast<int>(number % 251), bytes - sizeof(record_header));
    writer.publish();
    return true;
  }
  static bool is_record(const record_header* r, std::uint64_t number, std::uint32_t bytes) {
    if (!r || r->kind != record_kind::launch || r->number != number || r->acknowledged != number / 2) return false;
    if (reinterpret_cast<std::uintptr_t>(r) % record_alignment != 0 || r->bytes < bytes) return false;
    const auto* const b = reinterpret_cast<const unsigned char*>(r);
    for (std::uint32_t i = sizeof(record_header); i < bytes; ++i)
      if (b[i] != number % 251) return false;
    return true;
  }
};

TEST_F(command_ring, is_empty_at_first) {
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_EQ(writer.used(), 0u);
  EXPECT_TRUE(writer.is_sound());
}

TEST_F(command_ring, what_is_prepared_is_seen_when_it_is_published) {
  ASSERT_NE(writer.prepare(record_kind::marker, sizeof(record_header), 1), nullptr);
  EXPECT_EQ(reader.next(), nullptr);
  writer.publish();
  ASSERT_NE(reader.next(), nullptr);
  EXPECT_EQ(reader.next()->kind, record_kind::marker);
}

TEST_F(command_ring, records_of_any_size_come_in_order_many_times_around) {
  std::mt19937 random(7);
  std::deque<std::pair<std::uint64_t, std::uint32_t>> expected;
  std::uint64_t number = 0, passed = 0;
  while (passed < 20ull * ring_bytes) {
    const std::uint32_t bytes = sizeof(record_header) + random() % (ring_bytes / 4);
    if (random() % 2 && put(number + 1, bytes)) {
      expected.emplace_back(++number, bytes);
    } else if (const record_header* const r = reader.next()) {
      ASSERT_FALSE(expected.empty());
      ASSERT_TRUE(is_record(r, expected.front().first, expected.front().second)) << expected.front().first;
      passed += r->bytes;
      reader.consume(*r);
      expected.pop_front();
    } else {
      ASSERT_TRUE(expected.empty());
    }
    ASSERT_TRUE(writer.is_sound());
    ASSERT_LE(writer.used(), ring_bytes);
  }
}

TEST_F(command_ring, a_full_ring_refuses_and_takes_again) {
  std::uint64_t count = 0;
  while (put(count + 1, record_alignment))
    ++count;
  EXPECT_EQ(count, ring_bytes / record_alignment);
  EXPECT_EQ(writer.used(), ring_bytes);
  EXPECT_EQ(writer.prepare(record_kind::marker, sizeof(record_header), 0), nullptr);
  for (std::uint64_t i = 1; i <= count; ++i) {
    const record_header* const r = reader.next();
    ASSERT_TRUE(is_record(r, i, record_alignment));
    reader.consume(*r);
    if (i == 1) {
      EXPECT_TRUE(put(count + 1, record_alignment));
    }
  }
  EXPECT_TRUE(is_record(reader.next(), count + 1, record_alignment));
}

TEST_F(command_ring, a_record_that_would_lie_over_the_end_begins_at_the_start) {
  ASSERT_TRUE(put(1, ring_bytes - record_alignment));
  reader.consume(*reader.next());
  ASSERT_TRUE(put(2, 2 * record_alignment));
  const record_header* const r = reader.next();
  ASSERT_TRUE(is_record(r, 2, 2 * record_alignment));
  EXPECT_EQ(reinterpret_cast<const std::byte*>(r), memory.data() + ring_offset);
  reader.consume(*r);
  EXPECT_EQ(writer.used(), 0u);
}

TEST_F(command_ring, claims_that_cannot_be_true_are_noticed) {
  ASSERT_TRUE(put(1, 256));
  for (const std::uint64_t claim : {std::uint64_t{1}, std::uint64_t{384}, ~std::uint64_t{0}}) {
    page().consumed.store(claim);
    EXPECT_FALSE(writer.is_sound()) << claim;
  }
  EXPECT_EQ(writer.prepare(record_kind::marker, sizeof(record_header), 2), nullptr);
  page().consumed.store(256);
  EXPECT_TRUE(writer.is_sound());
}

TEST_F(command_ring, bytes_that_are_no_records_end_the_reading_process) {
  auto* const header = reinterpret_cast<record_header*>(memory.data() + ring_offset);
  for (const std::uint32_t bytes : {0u, 1u, 127u, ring_bytes + 128u, 0xffffff80u}) {
    ASSERT_NE(writer.prepare(record_kind::marker, sizeof(record_header), 1), nullptr);
    page().written.store(128);
    header->bytes = bytes;
    EXPECT_EXIT((command_reader(memory.data()).next(), ::_exit(0)), ::testing::KilledBySignal(SIGABRT), "") << bytes;
  }
}

TEST_F(command_ring, another_process_reads_and_sleeps_and_is_woken) {
  constexpr std::uint64_t count = 20000;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(20);
    const shared_memory mapped(file_descriptor(::dup(memory.file())), queue_memory_bytes);
    command_reader theirs(mapped.data());
    auto& p = *reinterpret_cast<queue_page*>(mapped.data());
    for (std::uint64_t n = 1; n <= count;) {
      if (const record_header* const r = theirs.next()) {
        if (!is_record(r, n, 128 + n % 1000)) ::_exit(1);
        theirs.consume(*r);
        ++n;
        continue;
      }
      const std::uint32_t seen = p.command_bell.load();
      p.worker_sleeps.store(1);
      // Far longer than the test has: a wake-up that is lost is a failure.
      if (!theirs.next())
        futex_wait(p.command_bell, seen, deadline_after(std::chrono::seconds(60)), futex_scope::shared);
      p.worker_sleeps.store(0);
    }
    ::_exit(0);
  }
  const time_point deadline = deadline_after(std::chrono::seconds(20));
  for (std::uint64_t n = 1; n <= count && std::chrono::steady_clock::now() < deadline;) {
    if (put(n, 128 + static_cast<std::uint32_t>(n % 1000))) ++n;
    if (n % 64 == 0) ::usleep(20); // so that it falls asleep now and then
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

} // namespace
} // namespace dotcompute::isolated
