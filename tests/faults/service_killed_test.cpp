// SPDX-License-Identifier: MIT
// A service that dies takes its worker processes with it, whatever they run.
#include "child_processes.hpp"

#include <dotcompute/dotcompute.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace dotcompute::test {
namespace {

using namespace std::chrono_literals;

/// Opens a device, occupies its worker for ever, says so, and waits to be killed.
[[noreturn]] void serve(int told) {
  open_options options;
  options.isolation = isolation::process;
  const device dev = device::open("cpu:0", options);
  const program p = program::compile(dev, "kernel void spin(global volatile int* x) { while (x[0] != 12345) {} }");
  const buffer<int> x(dev, 16);
  queue q(dev, {.lend_waiting_thread = false});
  q.launch(p.kernel("spin"), {1}, x);
  std::this_thread::sleep_for(300ms); // the spare starts
  const char ready = 1;
  if (::write(told, &ready, 1) != 1) ::_exit(2);
  for (;;)
    ::pause();
}

TEST(service_killed, leaves_no_process_behind) {
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t service = ::fork();
  ASSERT_GE(service, 0);
  if (service == 0) serve(told[1]);
  ::close(told[1]);
  char ready = 0;
  ASSERT_EQ(::read(told[0], &ready, 1), 1);
  const std::vector<pid_t> workers = children_of(service);
  EXPECT_GE(workers.size(), 2u) << "a worker and a spare at least";
  ASSERT_EQ(::kill(service, SIGKILL), 0);
  ASSERT_EQ(::waitpid(service, nullptr, 0), service);
  const auto deadline = std::chrono::steady_clock::now() + 1s;
  for (const pid_t w : workers) {
    const auto runs = [w] {
      const std::string status = status_of(w);
      return !status.empty() && status[0] != 'Z'; // Z: ended, and not reaped yet
    };
    while (runs() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(5ms);
    EXPECT_FALSE(runs()) << "process " << w << " outlived its service by a second";
  }
  ::close(told[0]);
}

} // namespace
} // namespace dotcompute::test
