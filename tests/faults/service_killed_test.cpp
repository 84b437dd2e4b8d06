// SPDX-License-Identifier: MIT
// A service that dies takes its worker and compiler processes with it, whatever they do, and its memory.
#include "../child_processes.hpp"

#include <dotcompute/dotcompute.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace dotcompute::test {
namespace {

using namespace std::chrono_literals;

enum class moment { in_a_kernel, worker_stopped, in_recoveries };

/// Opens a device, has its worker do what `when` says, tells so, and waits to be killed.
[[noreturn]] void serve(int told, moment when) {
  open_options options;
  options.isolation = isolation::process;
  options.refuse_after = 0;
  const device dev = device::open("cpu:0", options);
  const program p = program::compile(dev, "kernel void spin(global volatile int* x) { while (x[0] != 12345) {} }");
  const buffer<int> x(dev, 16 << 20);
  queue q(dev, {.lend_waiting_thread = false});
  q.fill(x, 7);
  q.finish();
  q.launch(p.kernel("spin"), {1}, x);
  std::this_thread::sleep_for(300ms); // the spare starts
  if (when == moment::worker_stopped) ::kill(static_cast<pid_t>(*dev.worker_process()), SIGSTOP);
  const char ready = 1;
  if (::write(told, &ready, 1) != 1) ::_exit(2);
  while (when == moment::in_recoveries) {
    queue hung(dev, {.time_limit = 1ms});
    hung.launch(p.kernel("spin"), {1}, x);
    (void)dev.await_recoveries(dev.recovery_count() + 1, 100ms);
  }
  for (;;)
    ::pause();
}

/// Of the memory files of a process.
std::set<ino_t> memory_of(pid_t process) {
  std::set<ino_t> found;
  std::error_code ignored;
  for (const char* const folder : {"/fd", "/map_files"})
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(process) + folder, ignored)) {
      struct stat about {};
      if (std::filesystem::read_symlink(entry, ignored).string().starts_with("/memfd:dotcompute") &&
          ::stat(entry.path().c_str(), &about) == 0)
        found.insert(about.st_ino);
    }
  return found;
}

bool runs(pid_t process) {
  const std::string status = status_of(process);
  return !status.empty() && status[0] != 'Z'; // Z: ended, and not reaped yet
}

class service_killed : public ::testing::TestWithParam<moment> {};

TEST_P(service_killed, leaves_nothing_behind) {
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t service = ::fork();
  ASSERT_GE(service, 0);
  if (service == 0) serve(told[1], GetParam());
  ::close(told[1]);
  char ready = 0;
  ASSERT_EQ(::read(told[0], &ready, 1), 1);
  if (GetParam() == moment::in_recoveries) std::this_thread::sleep_for(50ms); // some have gone by, one is under way
  ASSERT_EQ(::kill(service, SIGSTOP), 0);                                     // so that it starts none meanwhile
  const std::vector<pid_t> children = children_of(service);
  const std::set<ino_t> memory = memory_of(service);
  EXPECT_GE(children.size(), GetParam() == moment::in_recoveries ? 1u : 2u) << "a worker and a spare at least";
  EXPECT_GE(memory.size(), 3u) << "a segment, a queue's and a worker's page at least";
  ASSERT_EQ(::kill(service, SIGKILL), 0);
  ASSERT_EQ(::waitpid(service, nullptr, 0), service);
  const auto deadline = std::chrono::steady_clock::now() + 1s;
  for (const pid_t c : children) {
    while (runs(c) && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(5ms);
    EXPECT_FALSE(runs(c)) << "process " << c << " outlived its service by a second: " << status_of(c);
  }
  // What no process holds is the system's again.
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t p = std::atoi(entry.path().filename().c_str());
    if (p <= 0 || p == ::getpid()) continue;
    for (const ino_t held : memory_of(p))
      EXPECT_FALSE(memory.contains(held)) << "process " << p << " still has memory of the service";
  }
  ::close(told[0]);
}

INSTANTIATE_TEST_SUITE_P(moments, service_killed,
                         ::testing::Values(moment::in_a_kernel, moment::worker_stopped, moment::in_recoveries),
                         [](const auto& p) {
                           switch (p.param) {
                           case moment::in_a_kernel: return "in_a_kernel";
                           case moment::worker_stopped: return "worker_stopped";
                           case moment::in_recoveries: break;
                           }
                           return "in_recoveries";
                         });

} // namespace
} // namespace dotcompute::test
