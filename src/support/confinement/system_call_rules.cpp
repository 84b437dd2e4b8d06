// SPDX-License-Identifier: MIT
#include "support/confinement/system_call_rules.hpp"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <linux/sched.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <span>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

namespace dotcompute::confinement {
namespace {

// Calls newer than the C library's headers have the same numbers on all architectures.
constexpr int fchmodat2_number = 452, pidfd_getfd_number = 438, futex_waitv_number = 449, map_shadow_stack_number = 453,
              futex_wake_number = 454, futex_wait_number = 455, futex_requeue_number = 456, newest_number = 462;

// clang-format off
/// Harmless to others whatever their arguments: memory, threads, clocks, signals of its own, and work on descriptors.
constexpr int harmless[] = {
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mprotect, SYS_mincore, SYS_msync, SYS_mlock,
    SYS_mlock2, SYS_munlock, SYS_mlockall, SYS_munlockall, SYS_pkey_alloc, SYS_pkey_free, SYS_pkey_mprotect,
    SYS_mbind, SYS_get_mempolicy, SYS_set_mempolicy, SYS_membarrier, SYS_memfd_create, map_shadow_stack_number,
    SYS_futex, futex_waitv_number, futex_wake_number, futex_wait_number, futex_requeue_number, SYS_rseq,
    SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address, SYS_gettid, SYS_exit, SYS_exit_group,
    SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
    SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_getcpu, SYS_restart_syscall, SYS_clock_gettime,
    SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getrusage, SYS_times, SYS_sysinfo,
    SYS_uname, SYS_getrandom, SYS_timer_create, SYS_timer_settime, SYS_timer_gettime, SYS_timer_delete,
    SYS_timer_getoverrun, SYS_setitimer, SYS_getitimer, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_rt_sigtimedwait,
    SYS_sigaltstack, SYS_signalfd4, SYS_getpid, SYS_getppid, SYS_getpgid, SYS_getsid, SYS_getuid, SYS_geteuid,
    SYS_getgid, SYS_getegid, SYS_getgroups, SYS_getresuid, SYS_getresgid, SYS_capget, SYS_umask, SYS_getpriority,
    SYS_wait4, SYS_waitid, SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv,
    SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_lseek, SYS_close, SYS_close_range, SYS_dup, SYS_dup3, SYS_pipe2,
    SYS_eventfd2, SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2,
    SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
    SYS_getcwd, SYS_getdents64, SYS_fadvise64, SYS_readahead, SYS_fsync, SYS_fdatasync, SYS_sync_file_range,
    SYS_flock, SYS_sendfile, SYS_copy_file_range, SYS_ftruncate, SYS_fallocate,
    // Sockets that are there already; others cannot be made.
    SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg, SYS_sendto, SYS_recvfrom, SYS_shutdown, SYS_getsockopt,
    SYS_setsockopt, SYS_getsockname, SYS_getpeername,
#if defined(__x86_64__)
    SYS_arch_prctl, SYS_time, SYS_alarm, SYS_pause, SYS_getpgrp, SYS_dup2, SYS_pipe, SYS_eventfd, SYS_poll,
    SYS_select, SYS_epoll_create, SYS_epoll_wait, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_getdents,
    SYS_signalfd,
#endif
};

/// Whoever makes these wants to get out: no library does so by the way, in a process that computes.
constexpr int attacks[] = {
    SYS_ptrace, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_open_tree, SYS_setns, SYS_unshare, SYS_bpf, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_open_by_handle_at, SYS_acct,
    SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname,
    SYS_setdomainname, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_kcmp,
#if defined(SYS_kexec_file_load)
    SYS_kexec_file_load,
#endif
#if defined(__x86_64__)
    SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
};
/// The same, but drivers and libraries for several GPUs use them among processes that belong together.
constexpr int looks_into_others[] = {SYS_process_vm_readv, SYS_process_vm_writev, pidfd_getfd_number};

/// What the profile that allows the rest has to name.
constexpr int refused_to_drivers[] = {
    SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    SYS_perf_event_open, SYS_process_madvise, SYS_migrate_pages, SYS_tkill, SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal, SYS_seccomp, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid,
    SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid, SYS_setfsgid, SYS_capset, SYS_syslog, SYS_vhangup,
    SYS_name_to_handle_at, SYS_fanotify_init, SYS_mknodat, SYS_listen, SYS_accept, SYS_accept4, SYS_setpriority,
    SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr, SYS_ioprio_set, SYS_personality, SYS_fchmod,
    SYS_fchmodat, fchmodat2_number, SYS_fchown, SYS_fchownat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
    SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_utimensat,
#if defined(__x86_64__)
    SYS_mknod, SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
};

constexpr int programs[] = {
    SYS_execve, SYS_execveat,
#if defined(__x86_64__)
    SYS_fork, SYS_vfork,
#endif
};

// clang-format on

class rule_list {
 public:
  void add(std::span<const int> numbers, verdict v) {
    for (const int n : numbers)
      put({n, v, {}, v});
  }
  void add(int number, verdict v) { put({number, v, {}, v}); }
  /// Allowed where the argument, masked, is one of `values`.
  void allow_where(int number, unsigned argument, std::vector<std::uint32_t> values, std::uint32_t mask = ~0u,
                   verdict otherwise = verdict::not_permitted) {
    put({number, verdict::allow, argument_check{argument, mask, std::move(values)}, otherwise});
  }
  void refuse_where(int number, unsigned argument, std::vector<std::uint32_t> values) {
    put({number, verdict::not_permitted, argument_check{argument, ~0u, std::move(values)}, verdict::allow});
  }
  std::vector<system_call_rule> take() { return std::move(rules_); }

 private:
  void put(system_call_rule rule) {
    std::erase_if(rules_, [&](const system_call_rule& r) { return r.number == rule.number; });
    rules_.push_back(std::move(rule));
  }
  std::vector<system_call_rule> rules_;
};

/// What every profile refuses or narrows.
void add_common(rule_list& list, bool narrow_descriptors, bool starts_programs) {
  list.add(attacks, verdict::kill);
  // Threads of this process, in its namespaces, and other processes only where it starts programs. clone3 has its flags
  // in memory, where they could change between the look and the call.
  constexpr std::uint32_t namespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  if (starts_programs)
    list.allow_where(SYS_clone, 0, {0}, CLONE_PTRACE | namespaces);
  else
    list.allow_where(SYS_clone, 0, {CLONE_THREAD}, CLONE_THREAD | CLONE_PTRACE | namespaces);
  list.add(SYS_clone3, verdict::not_there);
  list.add(SYS_openat2, verdict::not_there);
  const auto self = static_cast<std::uint32_t>(getpid());
  list.allow_where(SYS_kill, 0, {self});
  list.allow_where(SYS_tgkill, 0, {self});
  list.allow_where(SYS_prlimit64, 0, {0, self});
  list.allow_where(SYS_prctl, 0,
                   {PR_SET_NAME, PR_GET_NAME, PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, PR_SET_VMA, PR_GET_DUMPABLE,
                    PR_GET_NO_NEW_PRIVS, PR_GET_PDEATHSIG, PR_CAPBSET_READ, PR_GET_SECCOMP, PR_SET_THP_DISABLE,
                    PR_GET_THP_DISABLE});
  if (narrow_descriptors) {
    // Memory of its own may be sealed; what the service shares is sealed against further seals.
    list.allow_where(SYS_fcntl, 1,
                     {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GET_SEALS, F_ADD_SEALS});
    list.allow_where(SYS_ioctl, 1, {TCGETS, TIOCGWINSZ, FIONREAD, FIOCLEX, FIONCLEX, FIONBIO});
    return;
  }
  // Descriptors can send signals to any process.
  list.refuse_where(SYS_fcntl, 1, {F_SETOWN, F_SETOWN_EX, F_SETSIG, F_SETLEASE, F_NOTIFY});
  list.refuse_where(SYS_ioctl, 1, {TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP});
}

} // namespace

system_call_rules rules_for(confinement_profile profile) {
  rule_list list;
  system_call_rules r;
  r.newest = newest_number;
  const bool is_opencl = profile == confinement_profile::opencl_worker;
  if (profile == confinement_profile::gpu_worker || is_opencl) {
    // The driver is closed and changes: what it may not do is named, the rest is allowed.
    r.rest = verdict::allow;
    list.add(looks_into_others, verdict::not_permitted);
    list.add(refused_to_drivers, verdict::not_permitted);
    if (!is_opencl) list.add(programs, verdict::not_permitted);
    // The driver's daemons listen on local sockets.
    list.allow_where(SYS_socket, 0, {AF_UNIX});
    list.allow_where(SYS_socketpair, 0, {AF_UNIX});
    add_common(list, false, is_opencl);
  } else {
    list.add(harmless, verdict::allow);
    list.add(looks_into_others, verdict::kill);
    add_common(list, true, false);
    if (profile == confinement_profile::compiler) {
      // Paths in a request start from the folder of whoever asks; pidfd_open watches the service.
      for (const int n : {SYS_chdir, SYS_fchdir, static_cast<int>(SYS_pidfd_open), SYS_openat})
        list.add(n, verdict::allow);
#if defined(__x86_64__)
      list.add(SYS_open, verdict::allow);
#endif
    } else {
      list.add(SYS_execve, verdict::kill);
      list.add(SYS_execveat, verdict::kill);
      // Reading only, also where landlock is missing.
      constexpr std::uint32_t changes = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
      list.allow_where(SYS_openat, 2, {O_RDONLY}, changes, verdict::no_access);
#if defined(__x86_64__)
      list.allow_where(SYS_open, 1, {O_RDONLY}, changes, verdict::no_access);
#endif
    }
  }
  r.rules = list.take();
  return r;
}

} // namespace dotcompute::confinement
