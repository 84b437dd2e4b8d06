// SPDX-License-Identifier: MIT
#include "compiler/server/serve.hpp"

#include "compiler/cache/artifact.hpp"
#include "compiler/server/channel.hpp"
#include "compiler/targets/cpu/kernel_abi.hpp"
#include "support/confinement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dotcompute::compiler {
namespace {

/// Ends this process as soon as nobody waits for its answers any more, also in the middle of a compilation: when the
/// socket's other end closes, and when the parent process ends while a child of it still holds that end.
/// (PR_SET_PDEATHSIG would not do: it fires when the thread that started us ends.)
[[noreturn]] void* watch_parent(void* argument) {
  const serve_options& o = *static_cast<const serve_options*>(argument);
  const file_descriptor parent(static_cast<int>(syscall(SYS_pidfd_open, o.parent, 0)));
  if (getppid() != o.parent) _exit(0);
  // Without a descriptor for the parent (an old kernel, a filter) its end is seen a second late.
  const int pause = parent ? -1 : 1000;
  for (;;) {
    std::array<pollfd, 2> watched{{{o.socket, POLLRDHUP, 0}, {parent.get(), POLLIN, 0}}};
    const int n = ::poll(watched.data(), watched.size(), pause);
    if (n < 0 && errno != EINTR) _exit(0);
    if (n > 0 && (watched[0].revents != 0 || watched[1].revents != 0)) _exit(0);
    if (getppid() != o.parent) _exit(0);
  }
}

std::size_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (!file) return 0;
  unsigned long total = 0, resident = 0;
  const int fields = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return fields == 2 ? static_cast<std::size_t>(resident) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

result failure(const std::string& message) {
  result r;
  r.log = message + '\n';
  r.diagnostics.push_back({severity::error, "", 0, 0, message});
  return r;
}

class server {
 public:
  server(const serve_options& o, const std::string& confinement, const std::function<result(const request&)>& compile,
         const std::function<void()>& warm)
      : options_(o), confinement_(confinement), compile_(compile), warm_(warm), channel_(file_descriptor(o.socket)) {}

  int run() {
    const auto say = [this](frame_kind kind, std::uint64_t number, std::span<const std::byte> payload) {
      // The watching thread ends this process when nobody listens, so there is nothing to wait for in vain.
      return channel_.send(kind, number, payload, time_point::max()) == transfer::done;
    };
    if (!say(frame_kind::hello, 0, encode_hello({cpu::kernel_abi_version, options_.identity, confinement_}))) return 1;
    // A request that is here already would only wait for it.
    if (warm_ && !channel_.has_input()) warm_();
    // One that was started ahead and is not needed leaves sooner.
    auto patience = std::min<std::chrono::milliseconds>(options_.idle_limit, std::chrono::minutes(1));
    for (;; patience = options_.idle_limit) {
      frame f;
      const transfer t = channel_.receive(f, deadline_after(patience));
      if (t == transfer::closed || t == transfer::timed_out) return 0;
      if (t != transfer::done || f.kind != frame_kind::compile) return 1;
      if (!say(frame_kind::answer, f.number, encode(answer(f.payload)))) return 1;
      if (resident_bytes() > options_.resident_limit_bytes) return 0;
    }
  }

 private:
  result answer(std::span<const std::byte> payload) {
    std::string folder, why = "its frame is malformed";
    std::span<const std::byte> artifact;
    request r;
    if (!decode_compile(payload, folder, artifact) || !decode(artifact, r, why)) {
      return failure("the request cannot be read: " + why);
    }
    // Relative paths are the asker's. If its folder is out of reach, they fail as files that are not found.
    if (::chdir(folder.c_str()) != 0 && ::chdir("/") != 0) return failure("no working folder");
    try {
      return compile_(r);
    } catch (const std::exception& e) {
      return failure(fmt::format("internal compiler error in '{}': {}", r.file_name, e.what()));
    }
  }

  const serve_options& options_;
  const std::string& confinement_;
  const std::function<result(const request&)>& compile_;
  const std::function<void()>& warm_;
  channel channel_;
};

void* run_server(void* argument) {
  auto& [one, status] = *static_cast<std::pair<server*, int>*>(argument);
  status = one->run();
  return nullptr;
}

} // namespace

int serve(const serve_options& options, const std::function<result(const request&)>& compile,
          const std::function<void()>& warm) {
  // Before there are other threads, which would stay as they are.
  confinement_options limits;
  limits.address_space_bytes = options.address_space_bytes;
  const std::string confinement = confine(confinement_profile::compiler, limits).describe();
  pthread_t watcher;
  if (pthread_create(&watcher, nullptr, watch_parent, const_cast<serve_options*>(&options)) != 0) return 1;
  pthread_detach(watcher);

  server one(options, confinement, compile, warm);
  std::pair<server*, int> job{&one, 1};
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return 1;
  pthread_t worker;
  // Only what is used of the stack takes memory. Where so much is not granted, the usual size has to do.
  const bool large = pthread_attr_setstacksize(&attributes, options.stack_bytes) == 0 &&
                     pthread_create(&worker, &attributes, run_server, &job) == 0;
  pthread_attr_destroy(&attributes);
  if (large)
    pthread_join(worker, nullptr);
  else
    run_server(&job);
  return job.second;
}

} // namespace dotcompute::compiler
