// SPDX-License-Identifier: MIT
#include "chaos_faults.hpp"

#include "exit_codes.hpp"
#include "milliseconds.hpp"

#include <atomic>
#include <csignal>
#include <fmt/format.h>

namespace dotcompute::tool {

namespace {

constexpr std::chrono::nanoseconds hang_limit = std::chrono::milliseconds(100);
// An H100 had not told of an illegal address after 0.11 s, which must not pass for a hang.
constexpr std::chrono::nanoseconds crash_limit = std::chrono::seconds(5);
constexpr auto patience = std::chrono::seconds(30);
constexpr std::chrono::nanoseconds grace = std::chrono::milliseconds(10); // for what a lease's tenant has begun

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

/// Where each answer is what the guide to leases says.
void revoke_lease(const fault_kind& kind, const device& d, const program& faults, fault_outcome& out) {
  const lease tenant(d, {.name = "chaos"});
  queue q(tenant.device(), {.name = "chaos"});
  const buffer<int> source(tenant.device(), 1024), behind(tenant.device(), 1024);
  const auto seen = buffer<int>::host_shared(tenant.device(), 1024);
  seen.span()[0] = 0;
  const event running = q.launch(faults.kernel(kind.kernel), {1}, source, seen);
  const event waiting = q.fill(behind, 1);
  const auto start = std::chrono::steady_clock::now();
  while (std::atomic_ref(seen.span()[0]).load() == 0)
    if (std::chrono::steady_clock::now() - start > patience)
      throw failure(exit_code::timeout, "the lease's kernel did not begin within 30 s");
  revoke_options at_once = revoke_options::at_once();
  at_once.grace = grace;
  const auto begin = std::chrono::steady_clock::now();
  const revoke_result r = tenant.revoke(at_once);
  out.answered = milliseconds_since(begin);
  for (const event& e : {running, waiting})
    if (const auto failed = e.error(); !failed || failed->code() != kind.answer)
      out.problem = fmt::format("'{}' was expected: {}", to_string(kind.answer), failed ? failed->what() : "no error");
  if (r.commands_abandoned != 2 || r.buffers_ended != 3 || !r.replacement)
    out.problem =
        fmt::format("{} commands were abandoned, not 2, {} buffers ended, not 3, and the worker process was {}",
                    r.commands_abandoned, r.buffers_ended, r.replacement ? "replaced" : "not replaced");
}

} // namespace

// None reads what it writes, so each can be run again: a GPU does not say which of the kernels on it failed.
program compile_faults(const device& d) {
  return program::compile(d, R"(
kernel void wild_write(global const int* in, global int* out) { out[1ul << 42] = 7; }
kernel void wild_read(global const int* in, global int* out) { out[0] = in[1ul << 42]; }
kernel void null_read(global const int* in, global int* out) { out[0] = in[-(long)((ulong)in >> 2)]; }
kernel void endless(global const volatile int* in, global int* out) { while (in[0] != 12345) {} }
kernel void endless_in_sight(global const volatile int* in, global volatile int* out) {
  out[0] = 1;
  while (in[0] != 12345) {}
}
)",
                          {.file_name = "chaos.cl"});
}

fault_outcome cause(const fault_kind& kind, const device& d, const program& faults) {
  fault_outcome out;
  out.kind = &kind;
  const std::uint64_t before = d.recovery_count();
  if (kind.answer == error_code::lease_revoked) {
    revoke_lease(kind, d, faults, out);
  } else if (kind.kernel) {
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
