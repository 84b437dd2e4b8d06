// SPDX-License-Identifier: MIT
#include "fresh_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace dotcompute::benchmark {

temporary_folder::temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "dotcompute-bench-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error(fmt::format("cannot make {}: {}", name, std::strerror(errno)));
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace {

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) merged.push_back(text);
  }
  for (const auto& [name, value] : added)
    merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Everything until the writer closes; false when the time is over first.
bool read_all(int from, std::string& text, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{from, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    char block[4096];
    const auto count = ::read(from, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    text.append(block, static_cast<std::size_t>(count));
  }
}

} // namespace

std::string run_fresh(const std::filesystem::path& executable, const std::vector<std::string>& arguments,
                      const std::map<std::string, std::string>& environment, std::chrono::milliseconds limit) {
  std::vector<std::string> argument_texts{executable.string()};
  argument_texts.insert(argument_texts.end(), arguments.begin(), arguments.end());
  auto environment_texts = merged_environment(environment);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error(fmt::format("pipe2: {}", std::strerror(errno)));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int status = ::posix_spawn(&child, executable.c_str(), &actions, nullptr, pointers(argument_texts).data(),
                                   pointers(environment_texts).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (status != 0) {
    ::close(ends[0]);
    throw std::runtime_error(fmt::format("cannot start {}: {}", executable.string(), std::strerror(status)));
  }

  std::string text;
  const bool in_time = read_all(ends[0], text, std::chrono::steady_clock::now() + limit);
  ::close(ends[0]);
  if (!in_time) ::kill(child, SIGKILL);
  int ended = 0;
  while (::waitpid(child, &ended, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) throw std::runtime_error(fmt::format("{} took longer than {} ms", executable.string(), limit.count()));
  if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
    throw std::runtime_error(fmt::format("{} {} failed", executable.string(), fmt::join(arguments, " ")));
  return text;
}

} // namespace dotcompute::benchmark
