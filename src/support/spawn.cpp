// SPDX-License-Identifier: MIT
#include "support/spawn.hpp"

#include "support/file_descriptor.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>
#include <vector>

namespace dotcompute {
namespace {

/// Frees what posix_spawn's two descriptions hold.
struct spawn_description {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  bool actions_made = false, attributes_made = false;
  ~spawn_description() {
    if (actions_made) posix_spawn_file_actions_destroy(&actions);
    if (attributes_made) posix_spawnattr_destroy(&attributes);
  }
};

int describe(spawn_description& d, std::span<const file_descriptor> passed, int words) {
  if (int e = posix_spawn_file_actions_init(&d.actions)) return e;
  d.actions_made = true;
  if (int e = posix_spawnattr_init(&d.attributes)) return e;
  d.attributes_made = true;

  for (int standard : {STDIN_FILENO, STDOUT_FILENO}) {
    if (int e = posix_spawn_file_actions_addopen(&d.actions, standard, "/dev/null", O_RDWR, 0)) return e;
  }
  if (int e = posix_spawn_file_actions_adddup2(&d.actions, words, STDERR_FILENO)) return e;
  int next = STDERR_FILENO + 1;
  for (const file_descriptor& p : passed)
    if (int e = posix_spawn_file_actions_adddup2(&d.actions, p.get(), next++)) return e;
  // Descriptors of the service that were opened without close-on-exec, by whatever library, stay behind.
  if (int e = posix_spawn_file_actions_addclosefrom_np(&d.actions, next)) return e;

  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  if (int e = posix_spawnattr_setsigmask(&d.attributes, &none)) return e;
  if (int e = posix_spawnattr_setsigdefault(&d.attributes, &all)) return e;
  if (int e = posix_spawnattr_setpgroup(&d.attributes, 0)) return e;
  return posix_spawnattr_setflags(&d.attributes,
                                  POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

/// The service's environment, but for the variable that would make the loader resolve each of LLVM's symbols first.
std::vector<char*> environment() {
  std::vector<char*> variables;
  for (char** v = environ; v && *v; ++v) {
    if (std::strncmp(*v, "LD_BIND_NOW=", 12) != 0) variables.push_back(*v);
  }
  variables.push_back(nullptr);
  return variables;
}

} // namespace

int spawn_server(const std::string& executable, std::span<const int> passed, int words, pid_t& process) {
  // A service that closed its standard descriptors may own 0 to 9 under other meanings; the actions above would
  // overwrite one before it is copied. Copies from 16 on are out of their way.
  std::vector<file_descriptor> high;
  for (const int number : passed) {
    high.emplace_back(fcntl(number, F_DUPFD_CLOEXEC, 16));
    if (!high.back()) return errno;
  }
  const file_descriptor high_words(fcntl(words, F_DUPFD_CLOEXEC, 16));
  if (!high_words) return errno;
  spawn_description d;
  if (int e = describe(d, high, high_words.get())) return e;

  std::string name = executable, mode = "--serve", parent = std::to_string(getpid());
  char* const arguments[] = {name.data(), mode.data(), parent.data(), nullptr};
  std::vector<char*> variables = environment();
  return posix_spawn(&process, executable.c_str(), &d.actions, &d.attributes, arguments, variables.data());
}

} // namespace dotcompute
