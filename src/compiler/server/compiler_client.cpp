// SPDX-License-Identifier: MIT
#include "compiler/server/compiler_client.hpp"

#include "compiler/cache/artifact.hpp"
#include "compiler/cache/request_key.hpp"
#include "compiler/targets/cpu/kernel_abi.hpp"
#include "support/log.hpp"

#include <climits>
#include <csignal>
#include <unistd.h>

namespace dotcompute::compiler {
namespace {

/// More digests than this are forgotten, oldest knowledge first lost in bulk: a service that meets as many different
/// crashing kernels has other troubles.
constexpr std::size_t most_crash_records = 4096;

std::string working_folder() {
  char path[PATH_MAX];
  return getcwd(path, sizeof path) ? std::string(path) : std::string("/");
}

} // namespace

void compiler_client::check_refused(const digest& key, const request& r) {
  std::lock_guard lock(mutex_);
  const auto found = crashes_.find(key);
  if (found != crashes_.end() && found->second.times >= 2) throw refused(r, found->second.last);
}

bool compiler_client::count_crash(const digest& key, const death& d) {
  std::lock_guard lock(mutex_);
  if (crashes_.size() >= most_crash_records) crashes_.clear();
  crash_record& record = crashes_[key];
  record.last = d.describe();
  return ++record.times >= 2;
}

compiler_client::outcome compiler_client::take(process_pool::lease& process, const request& r,
                                               std::span<const std::byte> answer) {
  const hello& greeting = process->greeting();
  const std::string executable = process->executable();
  if (greeting.kernel_abi != cpu::kernel_abi_version) {
    throw unusable(r, executable,
                   fmt::format("its kernels are of ABI version {}, this library calls version {}", greeting.kernel_abi,
                               cpu::kernel_abi_version),
                   {});
  }
  outcome o;
  o.is_ours = greeting.identity == compiler_identity();
  if (!o.is_ours) {
    std::lock_guard lock(mutex_);
    if (!std::exchange(told_of_other_build_, true)) {
      log::warning(
          "the compiler {} is of another build ({}) than this library ({}): what it compiles is not kept on disk",
          executable, greeting.identity, compiler_identity());
    }
  }
  if (greeting.confinement != "complete") {
    std::lock_guard lock(mutex_);
    if (!std::exchange(told_of_confinement_, true))
      log::warning("the compiler process is not fully confined: {}", greeting.confinement);
  }
  auto value = std::make_shared<result>();
  std::string why;
  if (!decode(answer, *value, why)) throw unusable(r, executable, "its answer is malformed: " + why, {});
  o.value = std::move(value);
  process.give_back();
  return o;
}

compiler_client::outcome compiler_client::compile(const digest& key, const request& r,
                                                  std::chrono::milliseconds timeout, const std::stop_token& stop) {
  check_refused(key, r);
  const time_point deadline = deadline_after(timeout);
  const std::vector<std::byte> payload = encode_compile(working_folder(), encode(r));
  for (;;) {
    process_pool::lease process = pool_.acquire(deadline, stop);
    if (!process) {
      if (stop.stop_requested()) throw cancelled(r);
      throw late(r, timeout, true);
    }
    const compiler_process::reply reply = process->ask(payload, deadline, stop);
    switch (reply.state) {
    case transfer::done: return take(process, r, reply.answer);
    case transfer::stopped: throw cancelled(r);
    case transfer::timed_out: throw late(r, timeout, false);
    case transfer::malformed:
    case transfer::failed: {
      const std::string executable = process->executable();
      const death d = process->bury();
      // We ended it ourselves, unless it had died of something else first.
      const bool by_us = d.how == death::manner::signalled && d.number == SIGKILL;
      throw unusable(r, executable, reply.problem, by_us ? death{{}, 0, d.last_words} : d);
    }
    case transfer::closed: break;
    }
    const bool greeted = process->has_greeted();
    const std::string executable = process->executable();
    const death d = process->bury();
    if (!greeted) throw unusable(r, executable, "it ended before it was ready", d);
    const bool twice = count_crash(key, d);
    log::warning("{}: the compiler process {}", describe(r), d.describe());
    if (twice || std::chrono::steady_clock::now() >= deadline) throw crashed(r, d, twice);
  }
}

} // namespace dotcompute::compiler
