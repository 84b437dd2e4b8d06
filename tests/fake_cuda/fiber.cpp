// SPDX-License-Identifier: MIT
// For x86-64 and its System V calling convention.
#include "fiber.hpp"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

// Leaves what a function must preserve on the stack, remembers the stack, and goes on with another one on which the
// same was done.
asm(R"(
.text
.local fake_cuda_switch
.type fake_cuda_switch, @function
fake_cuda_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
.local fake_cuda_arrive
fake_cuda_arrive:
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size fake_cuda_switch, . - fake_cuda_switch
)");
extern "C" void fake_cuda_switch(void** save_own, void* other);
extern "C" void fake_cuda_arrive();

namespace fake_cuda {
namespace {

// Pages are only there once they are touched.
constexpr std::size_t stack_bytes = 512 << 10, guard_bytes = 64 << 10, signal_stack_bytes = 64 << 10;

thread_local fiber* running = nullptr;

std::byte* map(std::size_t bytes) {
  void* const memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(memory);
}

} // namespace

fiber::fiber() : stack_(map(stack_bytes)) {
  mprotect(stack_, guard_bytes, PROT_NONE);
}

fiber::~fiber() {
  munmap(stack_, stack_bytes);
}

void fiber::prepare(body b, void* argument) {
  body_ = b;
  argument_ = argument;
  // As fake_cuda_switch would have left it, had begin() called it as its first act: six registers, where to return to,
  // and a place that makes the stack as uneven as a call does.
  auto* const top = reinterpret_cast<void**>(stack_ + stack_bytes) - 8;
  std::memset(top, 0, 8 * sizeof(void*));
  top[6] = reinterpret_cast<void*>(&fiber::begin);
  own_ = top;
  state_ = state::suspended;
}

fiber::state fiber::resume() {
  running = this;
  fake_cuda_switch(&outer_, own_);
  running = nullptr;
  return state_;
}

void fiber::suspend() {
  fiber& f = *running;
  f.state_ = state::suspended;
  fake_cuda_switch(&f.own_, f.outer_);
}

void fiber::stop(status code) {
  fiber& f = *running;
  f.state_ = state::faulted;
  f.fault_ = code;
  fake_cuda_switch(&f.own_, f.outer_);
  std::abort(); // nobody resumes it
}

void fiber::begin() {
  fiber& f = *running;
  f.body_(f.argument_);
  f.state_ = state::idle;
  fake_cuda_switch(&f.own_, f.outer_);
  std::abort(); // nobody resumes it
}

/// Process-wide; installed once.
struct fault_handlers {
  static constexpr int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  struct sigaction before[4]{};

  static fault_handlers& get() {
    static fault_handlers& one = *new fault_handlers;
    return one;
  }

  void install() {
    struct sigaction action {};
    action.sa_sigaction = &handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < 4; ++i)
      sigaction(signals[i], &action, &before[i]);
  }

  static status code_of(int signal) {
    switch (signal) {
    case SIGILL: return illegal_instruction;
    case SIGFPE: return launch_failed;
    default: return illegal_address;
    }
  }

  static void handle(int signal, siginfo_t* information, void* where) {
    if (running != nullptr) {
      fiber& f = *running;
      f.state_ = fiber::state::faulted;
      f.fault_ = code_of(signal);
      // Returning from the signal goes on in resume(), with the mask of before.
      greg_t* const registers = static_cast<ucontext_t*>(where)->uc_mcontext.gregs;
      registers[REG_RSP] = reinterpret_cast<greg_t>(f.outer_);
      registers[REG_RIP] = reinterpret_cast<greg_t>(&fake_cuda_arrive);
      return;
    }
    fault_handlers& all = get();
    for (int i = 0; i < 4; ++i) {
      if (signals[i] != signal) continue;
      struct sigaction& earlier = all.before[i];
      if ((earlier.sa_flags & SA_SIGINFO) != 0 && earlier.sa_sigaction != nullptr) {
        earlier.sa_sigaction(signal, information, where);
      } else if (earlier.sa_handler != SIG_DFL && earlier.sa_handler != SIG_IGN) {
        earlier.sa_handler(signal);
      } else {
        // The fault happens again when this returns, and is then dealt with as if this had not been here.
        sigaction(signal, &earlier, nullptr);
      }
    }
  }
};

fault_guard::fault_guard() : signal_stack_(map(signal_stack_bytes)) {
  static std::once_flag once;
  std::call_once(once, [] { fault_handlers::get().install(); });
  stack_t stack{};
  stack.ss_sp = signal_stack_;
  stack.ss_size = signal_stack_bytes;
  sigaltstack(&stack, nullptr);
}

fault_guard::~fault_guard() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
  munmap(signal_stack_, signal_stack_bytes);
}

} // namespace fake_cuda
