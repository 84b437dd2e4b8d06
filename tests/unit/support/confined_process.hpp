// SPDX-License-Identifier: MIT
// Something done in a process of its own after it was confined, and what came of it.
#pragma once

#include "support/confinement.hpp"
#include "support/file_descriptor.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <functional>
#include <string>

namespace dotcompute::test {

/// Done in the child: 0, or the errno of the call that failed.
using attempt = std::function<int()>;

/// The errno of a system call's answer.
inline int failure_of(long answer) {
  return answer < 0 ? errno : 0;
}

struct outcome {
  std::string text;          ///< "done", "EPERM", "SIGSYS", ...; "unfinished" after 20 s
  confinement_result result; ///< only whether each measure was applied
  bool has(confinement_kind kind) const { return result.applied(kind); }
};

/// Confines a child of this process, which has to have one thread, and does `action` there. `prepare` is done before.
inline outcome in_confined_process(const std::function<confinement_result()>& confine_it, const attempt& action,
                                   const std::function<void()>& prepare = {}) {
  int ends[2];
  outcome o;
  if (pipe(ends) != 0) {
    ADD_FAILURE() << "pipe: " << strerrorname_np(errno);
    return o;
  }
  file_descriptor reading(ends[0]), writing(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    struct {
      bool applied[confinement_kinds] = {};
      int error = -1;
    } told;
    if (prepare) prepare();
    const confinement_result result = confine_it();
    for (std::size_t k = 0; k < confinement_kinds; ++k)
      told.applied[k] = result.applied(static_cast<confinement_kind>(k));
    // Told before as well, since the action may be the last.
    if (write(writing.get(), &told, sizeof told) < 0) _exit(9);
    try {
      told.error = action();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "in the confined process: %s\n", e.what());
      _exit(8);
    }
    _exit(write(writing.get(), &told, sizeof told) < 0 ? 9 : 0);
  }
  writing.reset();
  struct {
    bool applied[confinement_kinds] = {};
    int error = -1;
  } told;
  for (;;) {
    pollfd p{reading.get(), POLLIN, 0};
    const int n = poll(&p, 1, 20000);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      o.text = "unfinished";
      kill(child, SIGKILL);
      break;
    }
    if (read(reading.get(), &told, sizeof told) != sizeof told) break; // its end is closed
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  for (std::size_t k = 0; k < confinement_kinds; ++k)
    o.result.measures.push_back({static_cast<confinement_kind>(k), told.applied[k], {}});
  if (!o.text.empty()) return o;
  if (WIFSIGNALED(status))
    o.text = std::string("SIG") + sigabbrev_np(WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    o.text = "exited with " + std::to_string(WEXITSTATUS(status));
  else
    o.text = told.error == 0 ? "done" : strerrorname_np(told.error) ? strerrorname_np(told.error) : "?";
  return o;
}

inline outcome in_confined_process(confinement_profile profile, const attempt& action,
                                   const confinement_options& options = {}) {
  return in_confined_process([&] { return confine(profile, options); }, action);
}

inline const char* name_of(confinement_profile profile) {
  switch (profile) {
  case confinement_profile::cpu_worker: return "cpu_worker";
  case confinement_profile::gpu_worker: return "gpu_worker";
  case confinement_profile::opencl_worker: return "opencl_worker";
  case confinement_profile::compiler: return "compiler";
  }
  return "";
}

} // namespace dotcompute::test
