// SPDX-License-Identifier: MIT
// Executables that are no workers: each is a typed error before its deadline, and nothing stays behind.
#include "isolation/worker_process.hpp"

#include <dotcompute/dotcompute.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace dotcompute::isolated {
namespace {

using namespace std::chrono_literals;

class no_worker : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "dotcompute-worker-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override {
    std::filesystem::remove_all(folder);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a process was left behind";
    EXPECT_EQ(errno, ECHILD);
  }
  std::string script(const std::string& text) {
    const std::string path = folder / "worker";
    std::ofstream(path) << "#!/bin/sh\n" << text << '\n';
    ::chmod(path.c_str(), 0755);
    return path;
  }
  /// What opening throws, which must be a worker_gone that comes before the deadline plus 100 ms.
  static std::string failure(const std::string& executable, std::chrono::milliseconds time) {
    driver_description d;
    d.id = "cpu:0";
    const auto w = worker_process::start(executable, d);
    const auto began = std::chrono::steady_clock::now();
    std::string text = "nothing was thrown";
    try {
      w->await_open(deadline_after(time));
    } catch (const worker_gone& e) {
      text = e.what();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, time + 100ms);
    return text;
  }
  std::filesystem::path folder;
};

TEST_F(no_worker, an_executable_that_does_not_exist) {
  driver_description d;
  d.id = "cpu:0";
  try {
    worker_process::start("/nowhere/dotcompute-worker", d);
    FAIL() << "nothing was thrown";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::system_call_failed);
    EXPECT_NE(std::string(e.what()).find("/nowhere/dotcompute-worker"), std::string::npos) << e.what();
    EXPECT_NE(e.remedy().find("DOTCOMPUTE_WORKER"), std::string::npos);
  }
}

TEST_F(no_worker, one_that_ends_at_once_is_quoted) {
  const std::string text = failure(script("echo this is no worker >&2; exit 3"), 5s);
  EXPECT_NE(text.find("exited with status 3"), std::string::npos) << text;
  EXPECT_NE(text.find("this is no worker"), std::string::npos) << text;
}

TEST_F(no_worker, one_that_dies_of_a_signal) {
  const std::string text = failure(script("kill -KILL $$"), 5s);
  EXPECT_NE(text.find("signal 9"), std::string::npos) << text;
}

TEST_F(no_worker, one_that_says_nothing) {
  const std::string text = failure(script("exec sleep 60"), 300ms);
  EXPECT_NE(text.find("does not open"), std::string::npos) << text;
}

TEST_F(no_worker, one_that_talks_nonsense) {
  const std::string text = failure(script("printf 'nonsense that is long enough' >&3; exec sleep 60"), 5s);
  EXPECT_NE(text.find("cannot be read"), std::string::npos) << text;
}

TEST_F(no_worker, one_that_talks_nonsense_and_ends) {
  EXPECT_NE(failure(script("printf '\\011' >&3"), 5s), "nothing was thrown");
}

TEST_F(no_worker, opening_a_device_with_it_is_an_error_that_names_it) {
  const char* const given = std::getenv("DOTCOMPUTE_WORKER");
  const std::string before = given ? given : "";
  ::setenv("DOTCOMPUTE_WORKER", script("echo no worker at all >&2; exit 3").c_str(), 1);
  open_options o;
  o.isolation = isolation::process;
  try {
    device::open("cpu:0", o);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::device_lost) << e.what();
    EXPECT_NE(std::string(e.what()).find("no worker at all"), std::string::npos) << e.what();
  }
  if (given)
    ::setenv("DOTCOMPUTE_WORKER", before.c_str(), 1);
  else
    ::unsetenv("DOTCOMPUTE_WORKER");
}

} // namespace
} // namespace dotcompute::isolated
