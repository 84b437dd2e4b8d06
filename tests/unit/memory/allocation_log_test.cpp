// SPDX-License-Identifier: MIT
#include "memory/allocation_log.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace dotcompute::memory::test {
namespace {

std::vector<std::byte> sample(std::vector<log_event>* written = nullptr) {
  log_writer w(1234);
  const auto write = [&](log_event e) {
    w.write(e);
    if (written) written->push_back(e);
  };
  log_event e;
  e.operation = log_operation::tag;
  e.name = "tenant";
  e.tag = 1;
  write(e);
  e = {};
  e.operation = log_operation::allocate;
  e.time = 100;
  e.thread = 1;
  e.bytes = 70'000;
  e.alignment = 4096;
  e.kind = buffer_kind::scratch;
  e.tag = 1;
  e.queue = 2;
  e.completed = 17;
  write(e);
  e = {};
  e.operation = log_operation::allocate;
  e.time = 5'000'000'000;
  e.thread = 2;
  e.bytes = ~std::uint64_t{0};
  e.block = 1;
  write(e);
  e = {};
  e.operation = log_operation::free_on;
  e.time = 5'000'000'001;
  e.thread = 1;
  e.block = 0;
  e.queue = 2;
  e.number = 20;
  e.completed = 18;
  write(e);
  e = {};
  e.operation = log_operation::free;
  e.time = 5'000'000'001;
  e.thread = 2;
  e.block = 1;
  write(e);
  e = {};
  e.operation = log_operation::failed;
  e.time = 5'000'000'002;
  e.thread = 1;
  e.bytes = 1;
  e.cause = allocation_failure::budget;
  write(e);
  e = {};
  e.operation = log_operation::trim;
  e.time = 5'000'000'003;
  e.thread = 1;
  write(e);
  e = {};
  e.operation = log_operation::budget;
  e.time = 5'000'000'003;
  e.thread = 1;
  e.tag = 1;
  e.has_budget = true;
  e.bytes = 300;
  write(e);
  e = {};
  e.operation = log_operation::end;
  w.write(e);
  return w.take();
}

TEST(allocation_log, ReadsWhatWasWritten) {
  std::vector<log_event> written;
  const auto bytes = sample(&written);
  log_reader r(bytes);
  EXPECT_EQ(r.start(), 1234u);
  for (const log_event& w : written) {
    const auto e = r.next();
    ASSERT_TRUE(e) << r.problem()->text;
    EXPECT_EQ(e->operation, w.operation);
    EXPECT_EQ(e->time, w.time);
    EXPECT_EQ(e->thread, w.thread);
    EXPECT_EQ(e->block, w.block);
    EXPECT_EQ(e->bytes, w.bytes);
    EXPECT_EQ(e->alignment, w.alignment);
    EXPECT_EQ(e->kind, w.kind);
    EXPECT_EQ(e->tag, w.tag);
    EXPECT_EQ(e->queue, w.queue);
    EXPECT_EQ(e->number, w.number);
    EXPECT_EQ(e->completed, w.completed);
    EXPECT_EQ(e->cause, w.cause);
    EXPECT_EQ(e->has_budget, w.has_budget);
    EXPECT_EQ(e->name, w.name);
  }
  EXPECT_FALSE(r.next());
  EXPECT_FALSE(r.problem());
}

TEST(allocation_log, SaysWhereItWasCutShort) {
  const auto bytes = sample();
  for (std::size_t length = 24; length < bytes.size(); ++length) {
    log_reader r(std::span<const std::byte>(bytes).first(length));
    while (r.next()) {
    }
    ASSERT_TRUE(r.problem()) << length;
    EXPECT_LE(r.problem()->offset, length);
    EXPECT_NE(r.problem()->text.find("cut short"), std::string::npos) << length << ": " << r.problem()->text;
    EXPECT_FALSE(r.next()) << "and stays there";
  }
}

TEST(allocation_log, RefusesOtherFiles) {
  auto bytes = sample();
  EXPECT_THROW(log_reader(std::span<const std::byte>(bytes).first(23)), error);
  EXPECT_THROW(log_reader(std::span<const std::byte>()), error);
  bytes[8] = std::byte{2};
  try {
    log_reader r(bytes);
    FAIL();
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::file_invalid);
    EXPECT_NE(e.message().find("version is 2"), std::string::npos);
  }
  bytes[0] = std::byte{0};
  EXPECT_THROW(log_reader(std::span<const std::byte>(bytes)), error);
}

RC_GTEST_PROP(allocation_log, AnyBytesAreReadToTheirEnd, (std::vector<std::uint8_t> tail)) {
  auto bytes = log_writer(0).take();
  for (const std::uint8_t b : tail)
    bytes.push_back(std::byte{static_cast<unsigned char>(b % 12)});
  log_reader r(bytes);
  std::size_t events = 0;
  while (r.next())
    ++events;
  RC_ASSERT(events <= tail.size());
}

RC_GTEST_PROP(allocation_log, NumbersOfAnySizeSurvive, (std::uint64_t size, std::uint64_t thread)) {
  log_writer w(0);
  log_event e;
  e.operation = log_operation::allocate;
  e.bytes = size;
  e.thread = thread;
  w.write(e);
  const auto bytes = w.take();
  log_reader r(bytes);
  const auto back = r.next();
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->bytes == size);
  RC_ASSERT(back->thread == thread);
}

} // namespace
} // namespace dotcompute::memory::test
