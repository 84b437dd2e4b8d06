// SPDX-License-Identifier: MIT
#include "compiler/server/compiler_process.hpp"

#include "support/log.hpp"
#include "support/spawn.hpp"
#include "support/system_error.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

namespace dotcompute::compiler {
namespace {

constexpr std::size_t last_words_bytes = 2048;

/// Waits for the end of child `id`: true when it was reaped, or cannot be since the service reaps all its children
/// itself (`status` is then -1).
bool reap(pid_t id, time_point deadline, int& status) {
  for (auto pause = std::chrono::microseconds(50);; pause = std::min(2 * pause, std::chrono::microseconds(5000))) {
    const pid_t ended = waitpid(id, &status, WNOHANG);
    if (ended == id) return true;
    if (ended < 0 && errno != EINTR) {
      status = -1;
      return true;
    }
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
  }
}

} // namespace

std::string death::describe() const {
  switch (how) {
  case manner::exited: return fmt::format("exited with status {}", number);
  case manner::signalled: {
    const char* text = sigdescr_np(number);
    return fmt::format("died of signal {} ({})", number, text ? text : "unknown");
  }
  case manner::unknown: break;
  }
  return "ended in a way that is not known, since this process reaps its children itself";
}

std::unique_ptr<compiler_process> compiler_process::start(const std::string& executable) {
  const std::string operation = "start the compiler process " + executable;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw system_error(errno, operation, "socketpair");
  file_descriptor ours(ends[0]), theirs(ends[1]);
  file_descriptor words(memfd_create("dotcompute-compiler-messages", MFD_CLOEXEC));
  if (!words) throw system_error(errno, operation, "memfd_create");
  // Whoever writes, writes at the end, also after we have cut it short.
  if (fcntl(words.get(), F_SETFL, O_APPEND) != 0) throw system_error(errno, operation, "fcntl");
  pid_t id = -1;
  const int passed[] = {theirs.get()};
  static_assert(compiler_socket == 3);
  if (const int failure = spawn_server(executable, passed, words.get(), id)) {
    throw error(error_code::compiler_unavailable, fmt::format("posix_spawn failed: {}", describe_errno(failure)),
                {"", 0, operation,
                 "Check that the file is an executable for this machine, or name another one in "
                 "DOTCOMPUTE_COMPILER."});
  }
  log::debug("compiler process {} started: {}", id, executable);
  return std::unique_ptr<compiler_process>(new compiler_process(executable, id, std::move(ours), std::move(words)));
}

compiler_process::compiler_process(std::string executable, pid_t id, file_descriptor socket, file_descriptor words)
    : executable_(std::move(executable)), id_(id), channel_(std::move(socket)), words_(std::move(words)) {}

compiler_process::~compiler_process() {
  if (id_ > 0) bury();
}

void compiler_process::disown() {
  id_ = -1;
  channel_.close();
}

compiler_process::reply compiler_process::greet(time_point deadline, const std::stop_token& stop) {
  reply r;
  frame f;
  r.state = channel_.receive(f, deadline, stop);
  if (r.state == transfer::failed) r.problem = describe_errno(errno);
  if (r.state == transfer::malformed) r.problem = "it does not speak this version of the protocol";
  if (r.state != transfer::done) return r;
  if (f.kind != frame_kind::hello || !decode_hello(f.payload, greeting_)) {
    r.state = transfer::malformed;
    r.problem = "it did not say hello";
  }
  greeted_ = r.state == transfer::done;
  return r;
}

compiler_process::reply compiler_process::ask(std::span<const std::byte> compile_payload, time_point deadline,
                                              const std::stop_token& stop) {
  // The request goes out before the hello is waited for: a process that just starts finds it and begins at once.
  reply r;
  r.state = channel_.send(frame_kind::compile, ++number_, compile_payload, deadline, stop);
  if (r.state == transfer::done && !greeted_) {
    if (reply greeting = greet(deadline, stop); greeting.state != transfer::done) return greeting;
  }
  frame f;
  if (r.state == transfer::done) r.state = channel_.receive(f, deadline, stop);
  switch (r.state) {
  case transfer::done:
    if (f.kind != frame_kind::answer || f.number != number_) {
      r.state = transfer::malformed;
      r.problem = fmt::format("a frame of kind {} for request {} came instead of the answer to request {}",
                              static_cast<unsigned>(f.kind), f.number, number_);
      break;
    }
    r.answer = std::move(f.payload);
    break;
  case transfer::malformed: r.problem = "bytes came that are no frame"; break;
  case transfer::failed: r.problem = describe_errno(errno); break;
  case transfer::closed:
  case transfer::timed_out:
  case transfer::stopped: break;
  }
  // What it wrote belonged to requests that went well.
  struct stat info {};
  if (r.state == transfer::done && fstat(words_.get(), &info) == 0 && info.st_size > 0) {
    [[maybe_unused]] const int ignored = ftruncate(words_.get(), 0);
  }
  return r;
}

std::string compiler_process::last_words() const {
  struct stat info {};
  if (fstat(words_.get(), &info) != 0 || info.st_size <= 0) return {};
  const auto size = static_cast<std::size_t>(info.st_size);
  std::string text(std::min(size, last_words_bytes), '\0');
  const ssize_t n = pread(words_.get(), text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  for (char& c : text) {
    if (c != '\n' && c != '\t' && static_cast<unsigned char>(c) < 32) c = '?';
  }
  return text;
}

death compiler_process::bury() {
  death d;
  if (id_ <= 0) return d;
  int status = 0;
  // A process that closed its socket is about to end by itself; how it does is worth a moment's wait.
  const bool leaving = channel_.is_closed();
  bool ended =
      reap(id_, deadline_after(leaving ? std::chrono::milliseconds(500) : std::chrono::milliseconds(0)), status);
  if (!ended) {
    ::kill(id_, SIGKILL);
    ended = reap(id_, deadline_after(std::chrono::seconds(5)), status);
    if (!ended) log::warning("compiler process {} does not end after SIGKILL; it is left behind", id_);
  }
  if (ended && status >= 0 && WIFSIGNALED(status)) {
    d.how = death::manner::signalled;
    d.number = WTERMSIG(status);
  } else if (ended && status >= 0 && WIFEXITED(status)) {
    d.how = death::manner::exited;
    d.number = WEXITSTATUS(status);
  }
  d.last_words = last_words();
  channel_.close();
  id_ = -1;
  return d;
}

} // namespace dotcompute::compiler
