// SPDX-License-Identifier: MIT
// What a confined process may not do, tried. Each attempt works, or fails with another error, where nothing is
// confined.
#include "confined_process.hpp"

#include "support/dynamic_library.hpp"
#include "support/sanitized.hpp"
#include "support/shared_memory.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace dotcompute::test {
namespace {

using kind = confinement_kind;

/// What there is before the process is confined.
struct surroundings {
  std::string folder;
  int tcp = -1;    ///< a socket that is not connected
  int parent = -1; ///< pidfd of the process that started it
  int sealed = -1; ///< memory file that can neither shrink, nor grow, nor be written, nor sealed further
  int shared = -1; ///< memory file as services share it
  int listener = -1;
  std::string abstract_name;
};
surroundings around;

int open_close(const char* path, int flags) {
  return failure_of(open(path, flags, 0600));
}
int here(const char* name, int flags) {
  return open_close((around.folder + "/" + name).c_str(), flags);
}
int spawn() {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  pid_t child = 0;
  return posix_spawn(&child, name, nullptr, nullptr, arguments, environ);
}
int exec() {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  return failure_of(execve(name, arguments, nullptr));
}
int look_into(long call, pid_t process) {
  // At the same address in the other process, which where nothing is refused gets what it has there.
  static long here_it_goes = 0;
  iovec local{&here_it_goes, sizeof here_it_goes}, remote{&here_it_goes, sizeof here_it_goes};
  return failure_of(syscall(call, process, &local, 1, &remote, 1, 0));
}
int connect_tcp() {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return failure_of(connect(around.tcp, reinterpret_cast<sockaddr*>(&to), sizeof to));
}
int bind_tcp() {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(47001);
  return failure_of(bind(around.tcp, reinterpret_cast<sockaddr*>(&to), sizeof to));
}
int connect_abstract() {
  const int s = socket(AF_UNIX, SOCK_STREAM, 0);
  if (s < 0) return errno;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path + 1, around.abstract_name.data(), around.abstract_name.size());
  return failure_of(connect(s, reinterpret_cast<sockaddr*>(&to),
                            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + around.abstract_name.size())));
}

struct trial {
  const char* name;
  attempt action;
  const char *cpu, *gpu, *compiler; ///< what has to come of it; null: it differs, and is its own affair
  kind cpu_by, gpu_by, compiler_by; ///< what refuses it; where the kernel lacks that, nothing is said
};

constexpr auto calls = kind::system_calls, files = kind::files;

std::vector<trial> trials() {
  const auto by_calls = [](const char* name, attempt a, const char* cpu, const char* gpu, const char* compiler) {
    return trial{name, std::move(a), cpu, gpu, compiler, calls, calls, calls};
  };
  const auto everywhere = [&](const char* name, attempt a, const char* what) {
    return by_calls(name, a, what, what, what);
  };
  std::vector<trial> all{
      {"read_passwords", [] { return open_close("/etc/passwd", O_RDONLY); }, "EACCES", "done", "done", files, files,
       files},
      {"read_own_environment", [] { return open_close("/proc/self/environ", O_RDONLY); }, "EACCES", nullptr, "EACCES",
       files, files, files},
      {"read_environment_of_parent",
       [] { return open_close(("/proc/" + std::to_string(getppid()) + "/environ").c_str(), O_RDONLY); }, "EACCES",
       "EACCES", "EACCES", files, files, files},
      {"write_own_memory", [] { return open_close("/proc/self/mem", O_RDWR); }, "EACCES", "EACCES", "EACCES", calls,
       files, files},
      {"read_own_memory", [] { return open_close("/proc/self/mem", O_RDONLY); }, "EACCES", nullptr, "EACCES", files,
       files, files},
      {"write_memory_of_parent",
       [] { return open_close(("/proc/" + std::to_string(getppid()) + "/mem").c_str(), O_RDWR); }, "EACCES", "EACCES",
       "EACCES", calls, files, files},
      {"create_a_file", [] { return here("new", O_WRONLY | O_CREAT); }, "EACCES", "EACCES", "EACCES", calls, files,
       files},
      {"create_a_nameless_file", [] { return here("", O_WRONLY | O_TMPFILE); }, "EACCES", "EACCES", "EACCES", calls,
       files, files},
      {"write_a_file", [] { return here("old", O_WRONLY); }, "EACCES", "EACCES", "EACCES", calls, files, files},
      {"empty_a_file", [] { return here("old", O_RDONLY | O_TRUNC); }, "EACCES", "EACCES", "EACCES", calls,
       kind::file_truncation, kind::file_truncation},
      {"cut_a_file", [] { return failure_of(truncate((around.folder + "/old").c_str(), 0)); }, "EPERM", "EACCES",
       "EPERM", calls, kind::file_truncation, calls},
      {"remove_a_file", [] { return failure_of(unlink((around.folder + "/old").c_str())); }, "EPERM", "EACCES", "EPERM",
       calls, files, calls},
      {"rename_a_file",
       [] { return failure_of(rename((around.folder + "/old").c_str(), (around.folder + "/other").c_str())); }, "EPERM",
       "EACCES", "EPERM", calls, files, calls},
      {"link_a_file",
       [] { return failure_of(link((around.folder + "/old").c_str(), (around.folder + "/other").c_str())); }, "EPERM",
       "EACCES", "EPERM", calls, files, calls},
      {"make_a_folder", [] { return failure_of(mkdir((around.folder + "/inner").c_str(), 0700)); }, "EPERM", "EACCES",
       "EPERM", calls, files, calls},
      {"connect", connect_tcp, "EPERM", "EACCES", "EPERM", calls, kind::tcp, calls},
      {"bind", bind_tcp, "EPERM", "EACCES", "EPERM", calls, kind::tcp, calls},
      {"connect_to_an_abstract_socket", connect_abstract, "EPERM", "EPERM", "EPERM", calls, kind::reach, calls},
      by_calls(
          "change_permissions", [] { return failure_of(chmod((around.folder + "/old").c_str(), 0666)); }, "EPERM",
          "EPERM", "EPERM"),
      by_calls(
          "local_socket", [] { return failure_of(socket(AF_UNIX, SOCK_STREAM, 0)); }, "EPERM", "done", "EPERM"),
      by_calls("exec", exec, "SIGSYS", "EPERM", "EPERM"),
      by_calls(
          "exec_by_descriptor",
          [] {
            char name[] = "";
            char* arguments[] = {name, nullptr};
            return failure_of(syscall(SYS_execveat, around.shared, "", arguments, nullptr, AT_EMPTY_PATH));
          },
          "SIGSYS", "EPERM", "EPERM"),
      by_calls(
          "read_memory_of_parent", [] { return look_into(SYS_process_vm_readv, getppid()); }, "SIGSYS", "EPERM",
          "SIGSYS"),
      by_calls(
          "write_memory_of_another", [] { return look_into(SYS_process_vm_writev, getppid()); }, "SIGSYS", "EPERM",
          "SIGSYS"),
      by_calls(
          "take_a_descriptor_of_parent", [] { return failure_of(syscall(438, around.parent, 0, 0)); }, "SIGSYS",
          "EPERM", "SIGSYS"),
      by_calls(
          "change_the_folder", [] { return failure_of(chdir("/usr")); }, "EPERM", "done", "done"),
  };
  for (const auto& [name, family, type] :
       {std::tuple{"tcp_socket", AF_INET, SOCK_STREAM}, std::tuple{"udp_socket", AF_INET, SOCK_DGRAM},
        std::tuple{"tcp6_socket", AF_INET6, SOCK_STREAM}, std::tuple{"netlink_socket", AF_NETLINK, SOCK_RAW},
        std::tuple{"packet_socket", AF_PACKET, SOCK_RAW}})
    all.push_back(everywhere(
        name, [family = family, type = type] { return failure_of(socket(family, type, 0)); }, "EPERM"));
  for (trial& t : std::vector<trial> {
         everywhere(
             "fork", [] { return failure_of(fork()); }, "EPERM"),
             everywhere("spawn", spawn, "EPERM"),
             everywhere(
                 "clone3", [] { return failure_of(syscall(SYS_clone3, nullptr, 0)); }, "ENOSYS"),
             everywhere(
                 "thread_in_new_namespace",
                 [] {
                   return failure_of(
                       syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER, 0, 0, 0, 0));
                 },
                 "EPERM"),
             everywhere(
                 "open_with_hidden_flags", [] { return failure_of(syscall(SYS_openat2, AT_FDCWD, "/", nullptr, 0)); },
                 "ENOSYS"),
             everywhere(
                 "call_of_the_future", [] { return failure_of(syscall(500)); }, "ENOSYS"),
             everywhere(
                 "signal_init", [] { return failure_of(kill(1, 0)); }, "EPERM"),
             everywhere(
                 "signal_parent", [] { return failure_of(kill(getppid(), 0)); }, "EPERM"),
             everywhere(
                 "signal_group", [] { return failure_of(kill(0, 0)); }, "EPERM"),
             everywhere(
                 "signal_thread_of_parent", [] { return failure_of(syscall(SYS_tgkill, getppid(), getppid(), 0)); },
                 "EPERM"),
             everywhere(
                 "signal_by_descriptor",
                 [] { return failure_of(syscall(SYS_pidfd_send_signal, around.parent, 0, nullptr, 0)); }, "EPERM"),
             everywhere(
                 "signal_by_file_owner", [] { return failure_of(fcntl(around.tcp, F_SETOWN, getppid())); }, "EPERM"),
             everywhere(
                 "limits_of_parent", [] { return failure_of(prlimit(getppid(), RLIMIT_CORE, nullptr, nullptr)); },
                 "EPERM"),
             everywhere(
                 "become_dumpable", [] { return failure_of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }, "EPERM"),
             everywhere(
                 "become_another", [] { return failure_of(setuid(getuid())); }, "EPERM"),
             everywhere(
                 "add_a_filter", [] { return failure_of(syscall(SYS_seccomp, 0, 0, nullptr)); }, "EPERM"),
             everywhere(
                 "seal_what_is_shared", [] { return failure_of(fcntl(around.shared, F_ADD_SEALS, F_SEAL_WRITE)); },
                 "EPERM"),
             everywhere(
                 "shrink_what_is_shared", [] { return failure_of(ftruncate(around.shared, 0)); }, "EPERM"),
             everywhere(
                 "grow_what_is_shared", [] { return failure_of(ftruncate(around.shared, 1 << 20)); }, "EPERM"),
             everywhere(
                 "shrink_what_is_sealed", [] { return failure_of(ftruncate(around.sealed, 0)); }, "EPERM"),
             everywhere(
                 "punch_what_is_sealed",
                 [] {
                   return failure_of(fallocate(around.sealed, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
                 },
                 "EPERM"),
             everywhere(
                 "write_what_is_sealed", [] { return failure_of(write(around.sealed, "x", 1)); }, "EPERM"),
             everywhere(
                 "map_what_is_sealed",
                 [] {
                   void* at = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, around.sealed, 0);
                   return at == MAP_FAILED ? errno : 0;
                 },
                 "EPERM"),
             everywhere(
                 "type_into_a_terminal", [] { return failure_of(ioctl(0, TIOCSTI, "x")); }, "EPERM"),
             everywhere(
                 "io_uring", [] { return failure_of(syscall(SYS_io_uring_setup, 1, nullptr)); }, "EPERM"),
             everywhere(
                 "userfaultfd", [] { return failure_of(syscall(SYS_userfaultfd, 1)); }, "EPERM"),
             everywhere(
                 "performance_counters", [] { return failure_of(syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0)); },
                 "EPERM"),
             everywhere(
                 "trace_parent", [] { return failure_of(ptrace(PTRACE_SEIZE, getppid(), 0, 0)); }, "SIGSYS"),
             everywhere(
                 "be_traced", [] { return failure_of(ptrace(PTRACE_TRACEME, 0, 0, 0)); }, "SIGSYS"),
             everywhere(
                 "mount", [] { return failure_of(mount("none", "/nowhere", "tmpfs", 0, nullptr)); }, "SIGSYS"),
             everywhere(
                 "unmount", [] { return failure_of(umount2("/nowhere", 0)); }, "SIGSYS"),
             everywhere(
                 "new_namespace", [] { return failure_of(unshare(CLONE_NEWUSER)); }, "SIGSYS"),
             everywhere(
                 "enter_namespace", [] { return failure_of(setns(-1, 0)); }, "SIGSYS"),
             everywhere(
                 "change_root", [] { return failure_of(chroot("/nowhere")); }, "SIGSYS"),
             everywhere(
                 "bpf", [] { return failure_of(syscall(SYS_bpf, 0, nullptr, 0)); }, "SIGSYS"),
             everywhere(
                 "keys", [] { return failure_of(syscall(SYS_keyctl, 0, 0, 0, 0, 0)); }, "SIGSYS"),
             everywhere(
                 "module", [] { return failure_of(syscall(SYS_finit_module, -1, "", 0)); }, "SIGSYS"),
             everywhere(
                 "open_by_handle", [] { return failure_of(syscall(SYS_open_by_handle_at, -1, nullptr, 0)); }, "SIGSYS"),
             everywhere(
                 "set_the_clock", [] { return failure_of(syscall(SYS_clock_settime, CLOCK_REALTIME, nullptr)); },
                 "SIGSYS"),
#if defined(__x86_64__)
             everywhere(
                 "x32_call", [] { return failure_of(syscall(0x40000000 | SYS_getpid)); }, "SIGSYS"),
             everywhere(
                 "vfork_call", [] { return failure_of(syscall(SYS_vfork)); }, "EPERM"),
#endif
       })
    all.push_back(std::move(t));
  return all;
}

class confinement_attempts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (is_sanitized) GTEST_SKIP() << "not confined under a sanitizer";
    std::string pattern = (std::filesystem::temp_directory_path() / "dotcompute-confined-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    around.folder = pattern;
    std::ofstream(around.folder + "/old") << "text";
    around.tcp = socket(AF_INET, SOCK_STREAM, 0);
    around.parent = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
    shared_ = shared_memory("shared", 8192);
    around.shared = shared_.file();
    around.sealed = memfd_create("sealed", MFD_ALLOW_SEALING);
    ASSERT_EQ(ftruncate(around.sealed, 8192), 0);
    ASSERT_EQ(fcntl(around.sealed, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL), 0);
    around.abstract_name = "dotcompute-confined-" + std::to_string(getpid());
    around.listener = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path + 1, around.abstract_name.data(), around.abstract_name.size());
    ASSERT_EQ(bind(around.listener, reinterpret_cast<sockaddr*>(&at),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + around.abstract_name.size())),
              0);
    ASSERT_EQ(listen(around.listener, 4), 0);
  }
  void TearDown() override {
    for (const int file : {around.tcp, around.parent, around.sealed, around.listener})
      if (file >= 0) close(file);
    std::error_code ignored;
    if (!around.folder.empty()) std::filesystem::remove_all(around.folder, ignored);
    around = {};
    shared_ = {};
  }

 private:
  shared_memory shared_;
};

class confinement_refuses : public confinement_attempts, public ::testing::WithParamInterface<confinement_profile> {};

TEST_P(confinement_refuses, what_it_is_not_for) {
  const confinement_profile profile = GetParam();
  unsigned tried = 0, missing = 0;
  for (const trial& t : trials()) {
    const bool is_cpu = profile == confinement_profile::cpu_worker, is_gpu = profile == confinement_profile::gpu_worker;
    const kind by = is_cpu ? t.cpu_by : is_gpu ? t.gpu_by : t.compiler_by;
    const outcome o = in_confined_process(profile, t.action);
    if (!o.has(by)) {
      ++missing;
      continue;
    }
    const char* const expected = is_cpu ? t.cpu : is_gpu ? t.gpu : t.compiler;
    if (!expected) continue;
    ++tried;
    EXPECT_EQ(o.text, expected) << t.name;
  }
  EXPECT_TRUE(std::filesystem::exists(around.folder + "/old"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(around.folder), {}), 1);
  if (missing) std::printf("%u attempts were not made: the kernel lacks what refuses them\n", missing);
  EXPECT_GT(tried, 0u);
}

// Starting programs is what it is for; of the rest it is refused all that system calls keep from a GPU's worker, and so
// are the programs.
TEST_F(confinement_attempts, of_an_opencl_worker_are_those_of_a_gpu_worker_but_for_files_and_programs) {
  unsigned tried = 0;
  for (const trial& t : trials()) {
    const std::string name = t.name;
    if (t.gpu_by != kind::system_calls || !t.gpu || std::string(t.gpu) == "done") continue;
    const auto has = [&name](const char* part) { return name.find(part) != std::string::npos; };
    if (has("exec") || has("fork") || has("spawn")) continue;
    const outcome o = in_confined_process(confinement_profile::opencl_worker, t.action);
    if (!o.has(kind::system_calls)) continue;
    ++tried;
    EXPECT_EQ(o.text, t.gpu) << name;
  }
  EXPECT_GT(tried, 30u);
  const auto in_program = [](const char* command) {
    return in_confined_process(confinement_profile::opencl_worker,
                               [command] {
                                 const int status = std::system(command);
                                 return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
                               })
        .text;
  };
  EXPECT_EQ(in_program("true"), "done");
  EXPECT_NE(in_program("kill -0 $(cut -d ' ' -f 4 /proc/$PPID/stat)"), "done") << "a signal to the worker's parent";
}

// Without this, an attempt that fails for another reason would prove nothing.
TEST_F(confinement_attempts, mean_something_where_nothing_is_confined) {
  const auto unconfined = [] { return confinement_result{}; };
  for (const trial& t : trials()) {
    const std::string name = t.name, text = in_confined_process(unconfined, t.action).text;
    // Seals are the kernel's, with and without confinement.
    const bool seals = name.find("_is_sealed") != std::string::npos || name.find("_is_shared") != std::string::npos;
    const bool needs_root = name == "type_into_a_terminal" || name == "set_the_clock" || name == "mount" ||
                            name == "unmount" || name == "change_root" || name == "module" ||
                            name == "open_by_handle" || name == "packet_socket" || name == "thread_in_new_namespace" ||
                            name == "signal_init";
    const bool may_be_off = name == "io_uring" || name == "call_of_the_future" || name == "clone3" || name == "keys" ||
                            name == "vfork_call"; // which would go on in the stack of its parent
    if (seals || needs_root || may_be_off) continue;
    EXPECT_TRUE(text != t.cpu) << name << ": " << text;
  }
}

// Machine code as a worker loads it, that goes round the C library.
TEST(confinement_refuses_generated_code, system_calls_of_its_own) {
  if (is_sanitized) GTEST_SKIP() << "not confined under a sanitizer";
  std::ifstream file(SAMPLE_LIBRARY, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  const auto call = [&](long number, long a, long b, long c) {
    const auto library = dynamic_library::from_bytes("hostile", std::as_bytes(std::span(bytes)));
    const auto make = reinterpret_cast<long (*)(long, long, long, long)>(library.find("sample_system_call"));
    if (!make) return ENOENT;
    const long answer = make(number, a, b, c);
    return answer < 0 ? static_cast<int>(-answer) : 0;
  };
  const auto pointer = [](const char* text) { return reinterpret_cast<long>(text); };
  const auto outcome_of = [&](long number, long a, long b, long c) {
    return in_confined_process(confinement_profile::cpu_worker, [&, a] { return call(number, a, b, c); }).text;
  };
  EXPECT_EQ(outcome_of(SYS_getpid, 0, 0, 0), "done");
  EXPECT_EQ(outcome_of(SYS_openat, AT_FDCWD, pointer("/etc/passwd"), O_RDWR), "EACCES");
  EXPECT_EQ(outcome_of(SYS_openat, AT_FDCWD, pointer("/tmp/dotcompute-hostile"), O_WRONLY | O_CREAT), "EACCES");
  EXPECT_EQ(outcome_of(SYS_socket, AF_INET, SOCK_STREAM, 0), "EPERM");
  EXPECT_EQ(outcome_of(SYS_clone, SIGCHLD, 0, 0), "EPERM");
  EXPECT_EQ(outcome_of(SYS_kill, getpid(), 0, 0), "EPERM");
  EXPECT_EQ(outcome_of(SYS_execve, pointer("/bin/true"), 0, 0), "SIGSYS");
  EXPECT_EQ(outcome_of(SYS_ptrace, PTRACE_SEIZE, getpid(), 0), "SIGSYS");
}

INSTANTIATE_TEST_SUITE_P(profiles, confinement_refuses,
                         ::testing::Values(confinement_profile::cpu_worker, confinement_profile::gpu_worker,
                                           confinement_profile::compiler),
                         [](const auto& p) { return name_of(p.param); });

} // namespace
} // namespace dotcompute::test
