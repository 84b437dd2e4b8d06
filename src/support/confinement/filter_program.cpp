// SPDX-License-Identifier: MIT
#include "support/confinement/filter_program.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2)
#endif

namespace dotcompute::confinement {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "system call numbers of this architecture are not known here"
#endif

sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter give(verdict v) {
  std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  switch (v) {
  case verdict::allow: action = SECCOMP_RET_ALLOW; break;
  case verdict::not_permitted: action = SECCOMP_RET_ERRNO | EPERM; break;
  case verdict::no_access: action = SECCOMP_RET_ERRNO | EACCES; break;
  case verdict::not_there: action = SECCOMP_RET_ERRNO | ENOSYS; break;
  case verdict::kill: break;
  }
  return BPF_STMT(BPF_RET | BPF_K, action);
}

/// Skips `forward` instructions unless the comparison holds.
sock_filter unless(int comparison, std::uint32_t value, std::size_t forward) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), value, 0,
                  static_cast<std::uint8_t>(forward));
}

void append(std::vector<sock_filter>& program, const system_call_rule& rule) {
  std::vector<sock_filter> body;
  if (rule.check) {
    const argument_check& c = *rule.check;
    // Both architectures are little-endian: the lower half comes first.
    body.push_back(load(offsetof(seccomp_data, args) + c.argument * sizeof(std::uint64_t)));
    body.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, c.mask));
    for (const std::uint32_t value : c.values) {
      body.push_back(unless(BPF_JEQ, value, 1));
      body.push_back(give(rule.then));
    }
    body.push_back(give(rule.otherwise));
  } else {
    body.push_back(give(rule.then));
  }
  program.push_back(unless(BPF_JEQ, static_cast<std::uint32_t>(rule.number), body.size()));
  program.insert(program.end(), body.begin(), body.end());
}

} // namespace

std::vector<sock_filter> compile(const system_call_rules& rules) {
  std::vector<sock_filter> program;
  program.push_back(load(offsetof(seccomp_data, arch)));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
  program.push_back(give(verdict::kill));
  program.push_back(load(offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  // Numbers with this bit are those of the x32 ABI, under the same architecture.
  program.push_back(unless(BPF_JGE, 0x40000000, 1));
  program.push_back(give(verdict::kill));
#endif
  program.push_back(unless(BPF_JGT, static_cast<std::uint32_t>(rules.newest), 1));
  program.push_back(give(verdict::not_there));
  for (const system_call_rule& rule : rules.rules)
    append(program, rule);
  program.push_back(give(rules.rest));
  return program;
}

int install(const std::vector<sock_filter>& program, long& other_thread) {
  other_thread = 0;
  sock_fprog described{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  // Kernels before 5.16 slow down all memory access of filtered threads unless told that side channels are not what
  // the filter is for.
  for (const unsigned long speed : {SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0UL}) {
    const long answer = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | speed, &described);
    if (answer == 0) return 0;
    if (answer > 0) {
      other_thread = answer;
      return EBUSY;
    }
    if (errno != EINVAL) return errno;
  }
  return EINVAL;
}

} // namespace dotcompute::confinement
