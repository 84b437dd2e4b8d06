// SPDX-License-Identifier: MIT
// Printed text between two threads that read it.
#include "isolation/print_pipe.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

namespace dotcompute::isolated {
namespace {

using namespace std::chrono_literals;

class print_pipe : public ::testing::Test {
 protected:
  print_pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    worker = file_descriptor(ends[0]);
    reader.emplace(file_descriptor(ends[1]));
  }
  file_descriptor worker;
  std::optional<print_reader> reader;
};

TEST_F(print_pipe, a_text_longer_than_a_packet_arrives_whole) {
  const std::string text(70000, 'x');
  std::thread writer([&] { write_print(worker.get(), text); });
  std::string got;
  int calls = 0;
  for (const auto until = std::chrono::steady_clock::now() + 10s;
       calls == 0 && std::chrono::steady_clock::now() < until;)
    reader->drain([&](std::string_view t) {
      got = t;
      ++calls;
    });
  writer.join();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(got, text);
}

TEST_F(print_pipe, a_patient_reader_returns_after_the_text_that_another_has_taken_was_handed_on) {
  write_print(worker.get(), "line");
  std::atomic<bool> taken{false}, handed_on{false};
  std::thread first([&] {
    reader->drain([&](std::string_view) {
      taken = true;
      std::this_thread::sleep_for(50ms);
      handed_on = true;
    });
  });
  while (!taken)
    std::this_thread::yield();
  reader->drain([](std::string_view) {}, 10s);
  EXPECT_TRUE(handed_on);
  first.join();
}

TEST_F(print_pipe, a_receiver_that_reads_again_does_not_wait_for_itself) {
  write_print(worker.get(), "line");
  const auto began = std::chrono::steady_clock::now();
  int calls = 0;
  reader->drain([&](std::string_view) {
    ++calls;
    reader->drain([&](std::string_view) { ++calls; }, 10s);
  });
  EXPECT_EQ(calls, 1);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

} // namespace
} // namespace dotcompute::isolated
