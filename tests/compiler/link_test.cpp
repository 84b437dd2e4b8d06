// SPDX-License-Identifier: MIT
// Linking in memory.
#include "compile_text.hpp"
#include "compiler/targets/cpu/code_generation.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace dotcompute::tests {

namespace {

using namespace std::chrono_literals;

/// Forks processes that do nothing but hold every descriptor that was open at that moment, until this goes away; each
/// ends by itself after 20 seconds.
class descriptor_holders {
 public:
  descriptor_holders()
      : forking_([this] {
          while (!enough_ && children_.size() < 100) {
            const pid_t child = fork();
            if (child == 0) {
              sleep(20);
              _exit(0);
            }
            if (child > 0) children_.push_back(child);
            std::this_thread::sleep_for(200us);
          }
        }) {}
  ~descriptor_holders() {
    enough_ = true;
    forking_.join();
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

 private:
  std::atomic<bool> enough_{false};
  std::vector<pid_t> children_;
  std::thread forking_;
};

} // namespace

TEST(link, ends_while_processes_forked_meanwhile_hold_its_descriptors) {
  const compiler::result object =
      compile_text("kernel void k(global int* r) { r[get_global_id(0)] = 1; }", compiler::stage::object);
  ASSERT_TRUE(object.succeeded) << object.log;
  const descriptor_holders others;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 30; ++i) {
    std::string why;
    EXPECT_FALSE(cpu::link_shared(object.binary, why).empty()) << why;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
}

TEST(link, says_what_is_wrong_with_an_object) {
  std::string why;
  EXPECT_TRUE(cpu::link_shared(std::vector<std::byte>(100, std::byte{7}), why).empty());
  EXPECT_NE(why, "");
  EXPECT_TRUE(cpu::link_shared({}, why).empty());
}

} // namespace dotcompute::tests
