// SPDX-License-Identifier: MIT
#include "support/confinement.hpp"

#include "support/confinement/file_rules.hpp"
#include "support/confinement/system_call_rules.hpp"
#include "support/log.hpp"
#include "support/sanitized.hpp"
#include "support/system_error.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <unistd.h>

namespace dotcompute {
namespace {

using kind = confinement_kind;

void note(confinement_result& result, kind measure, bool applied, const char* call) {
  result.measures.push_back({measure, applied, applied ? "" : std::string(call) + ": " + describe_errno(errno)});
}

/// Hard limits as well, so that they stay. A limit that is stricter already stays as it is.
bool limit(int resource, rlim_t most) {
  rlimit r{};
  if (getrlimit(static_cast<decltype(RLIMIT_CORE)>(resource), &r) != 0) return false;
  r.rlim_max = std::min(r.rlim_max, most);
  r.rlim_cur = std::min(r.rlim_cur, r.rlim_max);
  return setrlimit(static_cast<decltype(RLIMIT_CORE)>(resource), &r) == 0;
}

void tie_to(pid_t parent, confinement_result& result) {
  if (parent == 0) return;
  const bool tied = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
  note(result, kind::dies_with_parent, tied, "prctl(PR_SET_PDEATHSIG)");
  // It may have died before it could be noticed.
  if (getppid() != parent) _exit(0);
}

void drop_capabilities(confinement_profile profile, confinement_result& result) {
  if (!confinement::is_single_threaded()) {
    result.measures.push_back({kind::capabilities, false, "other threads run already, and keep theirs"});
    return;
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  bool done = syscall(SYS_capget, &header, sets) == 0;
  const std::uint32_t useful = profile == confinement_profile::compiler     ? 1u << CAP_DAC_READ_SEARCH
                               : profile == confinement_profile::gpu_worker ? 1u << CAP_IPC_LOCK
                                                                            : 0u;
  const std::uint32_t kept = useful & sets[0].permitted;
  sets[0] = {kept, kept, 0};
  sets[1] = {};
  done = done && syscall(SYS_capset, &header, sets) == 0;
  note(result, kind::capabilities, done, "capset");
}

void filter_system_calls(confinement_profile profile, confinement_result& result) {
  long other = 0;
  const int failure = confinement::install(confinement::compile(confinement::rules_for(profile)), other);
  std::string why;
  if (failure == EBUSY && other > 0)
    why = "thread " + std::to_string(other) + " has a filter of its own";
  else if (failure != 0)
    why = "seccomp: " + describe_errno(failure);
  result.measures.push_back({kind::system_calls, failure == 0, why});
}

bool is_switched_off() {
  const char* const text = std::getenv("DOTCOMPUTE_CONFINEMENT");
  if (!text || std::strcmp(text, "on") == 0 || *text == '\0') return false;
  if (std::strcmp(text, "off") == 0) return true;
  log::error("DOTCOMPUTE_CONFINEMENT is '{}', neither 'on' nor 'off': taken as 'on'", text);
  return false;
}

void refuse(confinement_result& result, std::initializer_list<kind> measures, const char* why) {
  for (const kind k : measures)
    result.measures.push_back({k, false, why});
}

} // namespace

std::string_view to_string(confinement_kind k) noexcept {
  switch (k) {
  case kind::no_new_privileges: return "no_new_privileges";
  case kind::capabilities: return "capabilities";
  case kind::no_core_dump: return "no_core_dump";
  case kind::not_dumpable: return "not_dumpable";
  case kind::open_files: return "open_files";
  case kind::address_space: return "address_space";
  case kind::dies_with_parent: return "dies_with_parent";
  case kind::files: return "files";
  case kind::file_truncation: return "file_truncation";
  case kind::tcp: return "tcp";
  case kind::device_requests: return "device_requests";
  case kind::reach: return "reach";
  case kind::system_calls: return "system_calls";
  }
  return "unknown";
}

bool confinement_result::applied(confinement_kind k) const noexcept {
  return std::any_of(measures.begin(), measures.end(),
                     [k](const confinement_measure& m) { return m.kind == k && m.applied; });
}

bool confinement_result::complete() const noexcept {
  return !measures.empty() &&
         std::all_of(measures.begin(), measures.end(), [](const confinement_measure& m) { return m.applied; });
}

std::string confinement_result::describe() const {
  if (measures.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < measures.size(); ++i) {
    if (measures[i].applied) continue;
    text += text.empty() ? "without " : ", ";
    text += to_string(measures[i].kind);
    // A reason that several share is told once.
    if (i + 1 == measures.size() || measures[i + 1].applied || measures[i + 1].why != measures[i].why)
      text += " (" + measures[i].why + ")";
  }
  return text.empty() ? "complete" : text;
}

confinement_result confine(confinement_profile profile, const confinement_options& options) {
  confinement_result result;
  // What the C library reads once, when it is first asked.
  ::tzset();
  const char* const why_not = is_switched_off() ? "switched off by DOTCOMPUTE_CONFINEMENT=off"
                              : is_sanitized    ? "built with a sanitizer, which traces its own process"
                                                : nullptr;
  note(result, kind::no_new_privileges, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl(PR_SET_NO_NEW_PRIVS)");
  if (why_not)
    refuse(result, {kind::capabilities}, why_not);
  else
    drop_capabilities(profile, result);
  note(result, kind::no_core_dump, limit(RLIMIT_CORE, 0), "setrlimit(RLIMIT_CORE)");
  note(result, kind::not_dumpable, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "prctl(PR_SET_DUMPABLE)");
  note(result, kind::open_files, limit(RLIMIT_NOFILE, options.open_files), "setrlimit(RLIMIT_NOFILE)");
  if (options.address_space_bytes != 0) {
    if (is_sanitized)
      refuse(result, {kind::address_space}, "built with a sanitizer, whose shadow takes most of the address space");
    else
      note(result, kind::address_space, limit(RLIMIT_AS, options.address_space_bytes), "setrlimit(RLIMIT_AS)");
  }
  tie_to(options.parent, result);
  if (why_not) {
    log::warning("this process is not confined: {}", why_not);
    refuse(result,
           {kind::files, kind::file_truncation, kind::tcp, kind::device_requests, kind::reach, kind::system_calls},
           why_not);
    return result;
  }
  confinement::restrict_files(profile, options, result);
  filter_system_calls(profile, result);
  return result;
}

} // namespace dotcompute
