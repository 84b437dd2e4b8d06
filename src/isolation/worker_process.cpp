// SPDX-License-Identifier: MIT
#include "isolation/worker_process.hpp"

#include "support/log.hpp"
#include "support/spawn.hpp"
#include "support/system_error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
extern "C" { // glibc 2.36 declares these without it
#include <sys/pidfd.h>
}
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace dotcompute::isolated {
namespace {

constexpr auto silence_limit = std::chrono::seconds(5); // a beat comes every 50 ms, unless the machine is overloaded
constexpr std::size_t last_words_bytes = 2048;
constexpr const char* unreadable = "the worker process answers in a way that cannot be read";

std::string describe_signal(int number) {
  const char* const text = sigdescr_np(number);
  return fmt::format("signal {} ({})", number, text ? text : "unknown");
}

bool is_readable(int descriptor) {
  pollfd p{descriptor, POLLIN, 0};
  return ::poll(&p, 1, 0) > 0;
}

} // namespace

worker_process::worker_process(driver_description device, file_descriptor socket, file_descriptor prints)
    : device_(std::move(device)), page_("dotcompute worker", sizeof(worker_page)), socket_(std::move(socket)),
      prints_(std::move(prints)), last_beat_at_(std::chrono::steady_clock::now()) {}

std::unique_ptr<worker_process> worker_process::start(const std::string& executable, const driver_description& device) {
  const std::string operation = "start the worker process of " + device.id;
  int control[2], printing[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0)
    throw system_error(errno, operation, "socketpair");
  file_descriptor ours(control[0]), theirs(control[1]);
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, printing) != 0)
    throw system_error(errno, operation, "socketpair");
  file_descriptor our_prints(printing[0]), their_prints(printing[1]);
  std::unique_ptr<worker_process> w(new worker_process(device, std::move(ours), std::move(our_prints)));
  prepare(w->page().lives);
  w->words_ = file_descriptor(::memfd_create("dotcompute-worker-messages", MFD_CLOEXEC));
  if (!w->words_) throw system_error(errno, operation, "memfd_create");
  if (::fcntl(w->words_.get(), F_SETFL, O_APPEND) != 0) throw system_error(errno, operation, "fcntl");
  w->alarm_ = file_descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!w->alarm_) throw system_error(errno, operation, "eventfd");
  int life[2];
  if (::pipe2(life, O_CLOEXEC) != 0) throw system_error(errno, operation, "pipe2");
  const file_descriptor their_life(life[0]);
  w->life_ = file_descriptor(life[1]);
  const int passed[] = {theirs.get(), their_prints.get(), w->alarm_.get(), their_life.get()};
  if (const int failure = spawn_server(executable, passed, w->words_.get(), w->id_)) {
    if (failure == EAGAIN)
      throw error(error_code::out_of_threads, "posix_spawn failed: " + describe_errno(failure),
                  {device.id, 0, operation, "Raise the limit of processes (ulimit -u, or the cgroup's pids.max)."});
    if (failure == ENOMEM || failure == EMFILE || failure == ENFILE)
      throw system_error(failure, operation, "posix_spawn");
    throw error(
        error_code::system_call_failed, fmt::format("posix_spawn failed: {}", describe_errno(failure)),
        {device.id, 0, operation,
         "Check that " + executable + " is an executable for this machine, or name another in DOTCOMPUTE_WORKER."});
  }
  // Children are reaped here alone, so the number cannot be another process's yet.
  w->end_ = file_descriptor(::pidfd_open(w->id_, 0));
  if (!w->end_) throw system_error(errno, operation, "pidfd_open");
  const exchange sent =
      w->socket_.send(message_kind::open, encode(device), w->page_.file(), deadline_after(std::chrono::seconds(1)));
  if (sent == exchange::failed) throw system_error(errno, operation, "sendmsg");
  log::debug("worker process {} of {} started", w->id_, device.id);
  return w;
}

worker_process::~worker_process() {
  if (id_ <= 0 || !is_ours()) return;
  kill();
  if (!end_) {
    ::waitpid(id_, nullptr, 0);
    return;
  }
  if (!await_end(deadline_after(std::chrono::seconds(1)))) {
    log::warning("worker process {} of {} has not ended a second after SIGKILL; it is left behind", id_, device_.id);
    return;
  }
  reap();
}

void worker_process::kill() noexcept {
  if (id_ <= 0 || !is_ours()) return;
  if (end_)
    ::pidfd_send_signal(end_.get(), SIGKILL, nullptr, 0);
  else
    ::kill(id_, SIGKILL);
}

bool worker_process::has_ended() const noexcept {
  return is_readable(end_.get());
}

bool worker_process::await_end(time_point deadline) const noexcept {
  for (;;) {
    pollfd p{end_.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (::poll(&p, 1, static_cast<int>(std::max<long>(left, 0))) > 0) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
}

bool worker_process::await_silence(time_point deadline) noexcept {
  return isolated::await_silence(page().lives, deadline);
}

void worker_process::reap() noexcept {
  const std::lock_guard lock(reaping_);
  if (status_ < 0 && has_ended()) ::waitpid(id_, &status_, WNOHANG);
}

std::string worker_process::describe_end() const {
  const std::lock_guard lock(reaping_);
  if (status_ < 0 && has_ended()) ::waitpid(id_, &status_, WNOHANG);
  std::string text = "ended";
  if (status_ >= 0 && WIFSIGNALED(status_)) text = "died of " + describe_signal(WTERMSIG(status_));
  if (status_ >= 0 && WIFEXITED(status_)) text = fmt::format("exited with status {}", WEXITSTATUS(status_));
  const std::string words = last_words();
  return words.empty() ? text : text + ", saying: " + words;
}

std::string worker_process::last_words() const {
  struct stat about {};
  if (::fstat(words_.get(), &about) != 0 || about.st_size <= 0) return {};
  const auto size = static_cast<std::size_t>(about.st_size);
  std::string text(std::min(size, last_words_bytes), '\0');
  const ssize_t n = ::pread(words_.get(), text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

message worker_process::receive_first(time_point deadline) {
  message m;
  const exchange state = socket_.receive(m, deadline);
  if (state == exchange::closed) {
    await_end(deadline_after(std::chrono::milliseconds(100)));
    throw worker_gone("the worker process " + describe_end() + " while it opened the device");
  }
  if (state != exchange::done) throw worker_gone("the worker process does not open the device");
  byte_reader in(m.payload);
  if (m.kind == message_kind::refusal) throw read_error(in, device_.id, 1);
  return m;
}

void worker_process::receive_open(time_point deadline) {
  const message m = receive_first(deadline);
  byte_reader in(m.payload);
  if (m.kind != message_kind::answer || !decode(in, description_)) throw worker_gone(unreadable);
  is_open_ = true;
}

device_listing worker_process::await_listing(time_point deadline) {
  const std::lock_guard lock(asking_);
  const message m = receive_first(deadline);
  byte_reader in(m.payload);
  device_listing found;
  if (m.kind != message_kind::answer || !decode(in, found)) throw worker_gone(unreadable);
  return found;
}

const device_description& worker_process::await_open(time_point deadline) {
  const std::lock_guard lock(asking_);
  if (!is_open_) receive_open(deadline);
  return description_;
}

worker_process::reply worker_process::ask(message_kind kind, std::span<const std::byte> payload, int file,
                                          time_point deadline) {
  if (!is_ours())
    throw error(error_code::stale_handle,
                fmt::format("the device was opened by process {}; this is {}, which fork() made", owner_, ::getpid()),
                {device_.id, 1, "ask the worker process", "Open the device in this process as well."});
  const std::lock_guard lock(asking_);
  if (!is_open_) receive_open(deadline);
  exchange state = socket_.send(kind, payload, file, deadline);
  message m;
  if (state == exchange::done) state = socket_.receive(m, deadline);
  switch (state) {
  case exchange::done: break;
  case exchange::failed: throw worker_gone("the worker process cannot be asked: " + describe_errno(errno));
  case exchange::timed_out:
    socket_.close(); // a late answer would be taken for the next one's
    throw worker_gone("the worker process did not answer in time");
  case exchange::closed:
    await_end(deadline_after(std::chrono::milliseconds(100)));
    throw worker_gone("the worker process " + describe_end());
  }
  byte_reader in(m.payload);
  if (m.kind == message_kind::refusal) {
    const error e = read_error(in, device_.id, 1);
    if (e.kind() == error_class::device_lost) throw worker_gone("the worker process lost the device: " + e.message());
    throw e;
  }
  if (m.kind != message_kind::answer) throw worker_gone(unreadable);
  if (m.has_lost_file) throw system_error(EMFILE, "take a file from the worker process", "recvmsg");
  return {std::move(m.payload), std::move(m.file)};
}

std::optional<worker_symptom> worker_process::examine() noexcept {
  using kind = worker_symptom::kind;
  const worker_page& p = page();
  switch (static_cast<worker_fault>(p.fault.load(std::memory_order_seq_cst))) {
  case worker_fault::none: break;
  case worker_fault::signal: {
    // Sent by somebody, so that no command is to blame.
    if (p.signal_code == SI_USER || p.signal_code == SI_QUEUE)
      return worker_symptom{kind::died, 0, "the worker process was sent " + describe_signal(p.signal), {}};
    worker_symptom s{kind::signal, p.queue, describe_signal(p.signal), {}};
    if (p.signal == SIGSEGV || p.signal == SIGBUS) s.text += fmt::format(" at address 0x{:x}", p.address);
    if (p.signal == SIGFPE) s.text += fmt::format(", code {}", p.signal_code);
    return s;
  }
  case worker_fault::driver: {
    error e = read_refusal(p.driver_error, device_.id);
    return worker_symptom{kind::driver, p.queue, e.message(), std::move(e)};
  }
  default: return worker_symptom{kind::corrupted, 0, "the page that it shares with the service is damaged", {}};
  }
  if (has_ended()) return worker_symptom{kind::died, 0, "the worker process " + describe_end(), {}};
  siginfo_t stopped{};
  if (::waitid(P_PIDFD, static_cast<id_t>(end_.get()), &stopped, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
      stopped.si_pid != 0)
    return worker_symptom{
        kind::stopped, 0, "the worker process was stopped by " + describe_signal(stopped.si_status), {}};
  const auto now = std::chrono::steady_clock::now();
  if (const std::uint32_t beat = p.heartbeat.load(std::memory_order_relaxed); beat != last_beat_ || !is_open_) {
    last_beat_ = beat;
    last_beat_at_ = now;
  } else if (now - last_beat_at_ > silence_limit) {
    return worker_symptom{kind::silent, 0, "the worker process has not moved for 5 s", {}};
  }
  return {};
}

} // namespace dotcompute::isolated
