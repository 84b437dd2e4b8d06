// SPDX-License-Identifier: MIT
// A compiler process that misbehaves on request: the first word of the source says how. It speaks the protocol through
// the same code as the real one, and goes round it where it has to.
#include "compiler/cache/artifact.hpp"
#include "compiler/cache/request_key.hpp"
#include "compiler/server/channel.hpp"
#include "compiler/server/serve.hpp"
#include "compiler/targets/cpu/kernel_abi.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace dotcompute;
using namespace dotcompute::compiler;

void send_raw(const void* bytes, std::size_t size) {
  if (::send(compiler_socket, bytes, size, MSG_NOSIGNAL) < 0) _exit(9);
}

void pause_for_ever() {
  for (;;)
    ::pause();
}

/// One line a compilation, so that tests can count them. Opened before the process is confined.
int journal = -1;

void note(const request& r) {
  if (journal < 0) return;
  const std::string line = std::to_string(getpid()) + ' ' + r.source + '\n';
  if (write(journal, line.data(), line.size()) < 0) _exit(9);
}

/// What is refused to a confined compiler, by name, and what came of it.
std::string try_to_escape(const std::string& folder) {
  std::ostringstream text;
  const auto tell = [&](const char* what, long answer) {
    text << what << ' ' << (answer >= 0 ? "done" : strerrorname_np(errno)) << "; ";
  };
  tell("write", open((folder + "/escaped").c_str(), O_WRONLY | O_CREAT, 0600));
  tell("remove", rmdir(folder.c_str()));
  tell("socket", socket(AF_INET, SOCK_STREAM, 0));
  tell("environment", open("/proc/self/environ", O_RDONLY));
  tell("fork", fork());
  tell("kill", kill(getppid(), 0));
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  tell("exec", execve(name, arguments, nullptr));
  return text.str();
}

std::string report_surroundings() {
  std::ostringstream text;
  text << "descriptors";
  for (int file = 0; file < 1024; ++file) {
    std::error_code failure;
    const auto target = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), failure);
    // What the process may read of itself, and its own eye on its parent.
    const bool own = target.string().find("/proc/") != std::string::npos || target == "anon_inode:[pidfd]";
    if (!failure && !own) text << ' ' << file;
  }
  rlimit core{}, space{};
  getrlimit(RLIMIT_CORE, &core);
  getrlimit(RLIMIT_AS, &space);
  text << "; core " << core.rlim_cur << "; group " << (getpgrp() == getpid() ? "own" : "shared") << "; folder "
       << std::filesystem::current_path().string();
  return text.str();
}

result misbehave(const request& r) {
  note(r);
  std::istringstream words(r.source);
  std::string what;
  long number = 0;
  words >> what >> number;
  result good;
  good.succeeded = true;
  good.log = std::to_string(getpid());
  if (what == "crash") {
    std::fprintf(stderr, "assertion failed: the fake compiler was told to crash\n");
    signal(static_cast<int>(number), SIG_DFL);
    raise(static_cast<int>(number));
    pause_for_ever();
  }
  // Crashes in the first process that meets it, whose id the test cannot know: the journal remembers.
  if (what == "crash-once") {
    std::string lines(4096, ' ');
    lines.resize(static_cast<std::size_t>(std::max<ssize_t>(0, pread(journal, lines.data(), lines.size(), 0))));
    if (std::count(lines.begin(), lines.end(), '\n') < 2) raise(SIGSEGV);
  }
  if (what == "escape") {
    std::string folder;
    words >> folder;
    good.log = try_to_escape(folder);
  }
  if (what == "trace") syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0);
  if (what == "crash-deep") {
    struct recursion {
      static int go(unsigned n) {
        volatile char space[4096];
        space[0] = static_cast<char>(n);
        return n == 0 ? 0 : go(n - 1) + space[0];
      }
    };
    std::exit(recursion::go(~0u)); // 16 TiB of stack
  }
  if (what == "exit") std::_Exit(static_cast<int>(number));
  if (what == "hang") pause_for_ever();
  if (what == "hang-deaf") {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    for (;;) {
    }
  }
  if (what == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds(number));
  if (what == "throw") throw std::runtime_error("the fake compiler was told to throw");
  if (what == "fail") {
    good.succeeded = false;
    good.log = "bad source";
    good.diagnostics.push_back({severity::error, r.file_name, 1, 1, "bad source"});
  }
  if (what == "garbage") {
    const std::string text(200, 'g');
    send_raw(text.data(), text.size());
    pause_for_ever();
  }
  if (what == "bad-artifact" || what == "wrong-number" || what == "huge" || what == "half-header" || what == "half") {
    frame_header header;
    header.kind = frame_kind::answer;
    header.number = what == "wrong-number" ? 999999 : 1;
    const std::vector<std::byte> payload = encode(good);
    header.payload_bytes = what == "huge" ? ~std::uint64_t{0} : payload.size();
    std::vector<std::byte> bytes(sizeof header + payload.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, payload.data(), payload.size());
    if (what == "bad-artifact") bytes.back() ^= std::byte{1};
    if (what == "half-header") bytes.resize(10);
    if (what == "half") bytes.resize(sizeof header + payload.size() / 2);
    send_raw(bytes.data(), bytes.size());
    // `number` 1: then dies; else: says no more.
    if (number == 1) std::_Exit(3);
    pause_for_ever();
  }
  if (what == "memory") {
    std::vector<char*> blocks;
    for (;;) {
      blocks.push_back(new char[64 << 20]);
      blocks.back()[0] = 1;
    }
  }
  if (what == "surroundings") good.log = report_surroundings();
  if (what == "big") good.binary.resize(static_cast<std::size_t>(number));
  return good;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--serve") return 64;
  const std::string start = std::getenv("FAKE_COMPILER_START") ? std::getenv("FAKE_COMPILER_START") : "";
  if (const char* path = std::getenv("FAKE_COMPILER_JOURNAL"))
    journal = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  serve_options o;
  o.socket = compiler_socket;
  o.parent = static_cast<pid_t>(std::atol(argv[2]));
  o.identity = start == "other-build" ? "another build" : std::string(compiler_identity());
  o.address_space_bytes = std::size_t{2} << 30;
  if (start == "exit") {
    std::fprintf(stderr, "error while loading shared libraries: libfake.so: cannot open shared object file\n");
    return 127;
  }
  if (start == "silent") pause_for_ever();
  if (start == "garbage") {
    const std::string text(100, 'g');
    send_raw(text.data(), text.size());
    pause_for_ever();
  }
  if (start == "other-abi") {
    frame_header header;
    header.kind = frame_kind::hello;
    const auto payload = encode_hello({cpu::kernel_abi_version + 1, o.identity, "complete"});
    header.payload_bytes = payload.size();
    send_raw(&header, sizeof header);
    send_raw(payload.data(), payload.size());
    channel c{file_descriptor(compiler_socket)};
    frame f;
    if (c.receive(f, deadline_after(std::chrono::seconds(30))) != transfer::done) return 1;
    c.send(frame_kind::answer, f.number, encode(result{}), deadline_after(std::chrono::seconds(30)));
    pause_for_ever();
  }
  if (start == "short-idle") o.idle_limit = std::chrono::milliseconds(30);
  if (start == "fat") o.resident_limit_bytes = 1;
  return serve(o, misbehave, {});
}
