// SPDX-License-Identifier: MIT
#include "isolation/fault_handler.hpp"

#include "drivers/fault_origin.hpp"
#include "support/system_error.hpp"

#include <csignal>
#include <memory>
#include <unistd.h>

namespace dotcompute::isolated {

namespace {

constexpr std::size_t handler_stack_bytes = 64 << 10; // AVX-512 state alone takes 3 KiB of it

/// For the handler, where a kernel has used the thread's stack up. A sanitizer has one of its own, and gives it back
/// when the thread ends.
class alternate_stack {
 public:
  alternate_stack() : room_(new std::byte[handler_stack_bytes]) {
    stack_t stack{};
    stack.ss_sp = room_.get();
    stack.ss_size = handler_stack_bytes;
    if (::sigaltstack(&stack, &before_) != 0) throw system_error(errno, "start a thread of the worker", "sigaltstack");
  }
  ~alternate_stack() { ::sigaltstack(&before_, nullptr); }
  alternate_stack(const alternate_stack&) = delete;
  alternate_stack& operator=(const alternate_stack&) = delete;

 private:
  std::unique_ptr<std::byte[]> room_;
  stack_t before_{};
};

worker_page* reported_to = nullptr; // set before the handler is

// Only what is allowed in a signal handler: atomics, system calls.
void on_fault(int number, siginfo_t* information, void*) {
  std::uint32_t none = 0;
  static std::atomic<std::uint32_t> first{0};
  if (first.compare_exchange_strong(none, 1)) {
    reported_to->signal = number;
    reported_to->signal_code = information->si_code;
    reported_to->address = reinterpret_cast<std::uintptr_t>(information->si_addr);
    reported_to->queue = drivers::fault_origin;
    announce_fault(*reported_to, worker_fault::signal);
  }
  for (;;)
    ::pause();
}

} // namespace

void announce_fault(worker_page& page, worker_fault kind) noexcept {
  page.fault.store(static_cast<std::uint32_t>(kind), std::memory_order_seq_cst);
  const std::uint64_t one = 1;
  // Nobody to tell when it fails; the service then finds the page's word when it looks by itself.
  [[maybe_unused]] const ssize_t ignored = ::write(worker_alarm, &one, sizeof one);
}

void guard_thread() {
  live(reported_to->lives);
  thread_local const alternate_stack for_faults;
}

void catch_faults(worker_page& page) {
  reported_to = &page;
  struct sigaction action {};
  action.sa_sigaction = &on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
    if (::sigaction(number, &action, nullptr) != 0) throw system_error(errno, "start the worker", "sigaction");
}

} // namespace dotcompute::isolated
