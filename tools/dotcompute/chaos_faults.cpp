// SPDX-License-Identifier: MIT
#include "chaos_faults.hpp"

#include "exit_codes.hpp"
#include "milliseconds.hpp"

#include <csignal>
#include <fmt/format.h>

namespace dotcompute::tool {

namespace {

constexpr std::chrono::nanoseconds hang_limit = std::chrono::milliseconds(100);
// An H100 had not told of an illegal address after 0.11 s, which must not pass for a hang.
constexpr std::chrono::nanoseconds crash_limit = std::chrono::seconds(5);
constexpr auto patience = std::chrono::seconds(30);

void run_kernel(const fault_kind& kind, const device& d, const program& faults, fault_outcome& out) {
  queue q(d, {.name = "chaos", .time_limit = kind.answer == error_code::kernel_hung ? hang_limit : crash_limit});
  const buffer<int> source(d, 1024), victim(d, 1024);
  const auto begin = std::chrono::steady_clock::now();
  const event e = q.launch(faults.kernel(kind.kernel), {1}, source, victim);
  try {
    if (!e.wait_for(patience)) throw failure(exit_code::timeout, "the kernel did not end within 30 s");
    e.wait();
    out.problem = "the kernel was to fail and did not";
  } catch (const error& failed) {
    if (failed.code() != kind.answer)
      out.problem = fmt::format("'{}' was expected: {}", to_string(kind.answer), failed.what());
  }
  out.answered = milliseconds_since(begin);
  try {
    q.finish();
  } catch (const error&) {
  } // the same error
}

} // namespace

// None reads what it writes, so each can be run again: a GPU does not say which of the kernels on it failed.
program compile_faults(const device& d) {
  return program::compile(d, R"(
kernel void wild_write(global const int* in, global int* out) { out[1ul << 42] = 7; }
kernel void wild_read(global const int* in, global int* out) { out[0] = in[1ul << 42]; }
kernel void null_read(global const int* in, global int* out) { out[0] = in[-(long)((ulong)in >> 2)]; }
kernel void endless(global const volatile int* in, global int* out) { while (in[0] != 12345) {} }
)",
                          {.file_name = "chaos.cl"});
}

fault_outcome cause(const fault_kind& kind, const device& d, const program& faults) {
  fault_outcome out;
  out.kind = &kind;
  const std::uint64_t before = d.recovery_count();
  if (kind.kernel) {
    run_kernel(kind, d, faults, out);
  } else if (kind.name == "reset") {
    (void)d.reset(reset_options::after_error());
  } else {
    const auto worker = d.worker_process();
    if (worker) ::kill(static_cast<pid_t>(*worker), kind.name == "kill" ? SIGKILL : SIGSTOP);
  }
  if (!d.await_recoveries(before + 1, patience))
    throw failure(exit_code::device_failed,
                  fmt::format("{} has not come back within 30 s of the fault '{}'", d.id(), kind.name));
  out.recovery = d.recoveries().back();
  return out;
}

} // namespace dotcompute::tool
