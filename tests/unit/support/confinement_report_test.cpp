// SPDX-License-Identifier: MIT
// What confine() says it did is what it did; what it could not do it says.
#include "confined_process.hpp"

#include "support/confinement/filter_program.hpp"
#include "support/sanitized.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace dotcompute::test {
namespace {

using kind = confinement_kind;
constexpr auto cpu = confinement_profile::cpu_worker;

/// For actions that look at the result: 0 or EINVAL.
int holds(bool what) {
  return what ? 0 : EINVAL;
}

class confinement_report : public ::testing::Test {
 protected:
  void SetUp() override {
    if (is_sanitized) GTEST_SKIP() << "not confined under a sanitizer";
  }
  confinement_result result;
  std::function<confinement_result()> confining(confinement_options options = {}) {
    return [this, options] { return result = confine(cpu, options); };
  }
};

/// A system without a call: it answers ENOSYS, as older kernels do.
void take_away(int number) {
  confinement::system_call_rules rules;
  rules.rules.push_back({number, confinement::verdict::not_there, {}, {}});
  rules.rest = confinement::verdict::allow;
  rules.newest = 1 << 20;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  long other = 0;
  if (confinement::install(confinement::compile(rules), other) != 0) _exit(7);
}

TEST_F(confinement_report, is_the_same_for_every_measure_and_its_text) {
  const outcome o = in_confined_process(confining(), [this] {
    for (const confinement_measure& m : result.measures)
      if (m.applied != m.why.empty()) return EINVAL;
    return holds(result.complete() == (result.describe() == "complete") && result.measures.size() == 11);
  });
  EXPECT_EQ(o.text, "done");
  EXPECT_TRUE(o.has(kind::no_new_privileges));
  EXPECT_TRUE(o.has(kind::system_calls));
  EXPECT_FALSE(o.has(kind::dies_with_parent)); // not asked for
}

TEST_F(confinement_report, what_is_applied_can_be_seen) {
  const outcome o = in_confined_process(confining({.open_files = 64}), [] {
    rlimit core{1, 1}, files{};
    if (getrlimit(RLIMIT_CORE, &core) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0) return errno;
    std::size_t open_files = 0;
    while (dup(STDERR_FILENO) >= 0)
      ++open_files;
    return holds(errno == EMFILE && open_files < 64 && core.rlim_max == 0 && files.rlim_max == 64 &&
                 prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
                 prctl(PR_CAPBSET_READ, 0) >= 0);
  });
  EXPECT_EQ(o.text, "done");
}

TEST_F(confinement_report, no_capability_is_left) {
  const outcome o = in_confined_process(confining(), [] {
    struct {
      std::uint32_t version = 0x20080522;
      int pid = 0;
    } header;
    std::uint32_t sets[6] = {1, 1, 1, 1, 1, 1};
    if (syscall(SYS_capget, &header, sets) != 0) return errno;
    return holds((sets[0] | sets[1] | sets[2] | sets[3] | sets[4] | sets[5]) == 0);
  });
  EXPECT_EQ(o.text, "done");
}

TEST_F(confinement_report, address_space_is_limited_when_asked) {
  const outcome o = in_confined_process(confining({.address_space_bytes = std::size_t{1} << 30}), [] {
    const auto reserve = [](std::size_t bytes) {
      return mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    };
    if (reserve(std::size_t{1} << 20) == MAP_FAILED) return errno;
    return holds(reserve(std::size_t{2} << 30) == MAP_FAILED && errno == ENOMEM);
  });
  EXPECT_EQ(o.text, "done");
  EXPECT_TRUE(o.has(kind::address_space));
}

TEST_F(confinement_report, a_process_dies_with_its_parent) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const file_descriptor reading(ends[0]);
  file_descriptor writing(ends[1]);
  const pid_t middle = fork();
  if (middle == 0) {
    const pid_t parent = getpid();
    if (fork() == 0) {
      const confinement_result r = confine(cpu, {.parent = parent});
      const char c = r.applied(kind::dies_with_parent) ? 'y' : 'n';
      if (write(writing.get(), &c, 1) == 1)
        for (;;)
          pause();
    }
    // Ends only when the child is confined: the test kills it then.
    for (;;)
      pause();
  }
  writing.reset();
  char c = 0;
  pollfd p{reading.get(), POLLIN, 0};
  ASSERT_EQ(poll(&p, 1, 20000), 1);
  ASSERT_EQ(read(reading.get(), &c, 1), 1);
  EXPECT_EQ(c, 'y');
  kill(middle, SIGKILL);
  waitpid(middle, nullptr, 0);
  ASSERT_EQ(poll(&p, 1, 20000), 1) << "the confined process still holds its end";
  EXPECT_EQ(read(reading.get(), &c, 1), 0);
}

TEST_F(confinement_report, a_parent_that_is_gone_ends_it_at_once) {
  const outcome o = in_confined_process(confining({.parent = 1 << 30}), [] { return EINVAL; });
  EXPECT_EQ(o.text, "?"); // it left before it could say anything
}

TEST_F(confinement_report, filters_bind_threads_that_run_already_and_landlock_says_that_it_does_not) {
  std::atomic<int> stage{0}, error{-1};
  const outcome o = in_confined_process(
      confining(),
      [&] {
        stage = 1;
        for (int i = 0; i < 2000 && error < 0; ++i)
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        for (const confinement_measure& m : result.measures)
          if (m.kind == kind::files && m.why.find("threads") == std::string::npos) return ENOMSG;
        return error.load();
      },
      [&] {
        std::thread([&] {
          while (stage == 0)
            std::this_thread::yield();
          error = socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
        }).detach();
      });
  EXPECT_EQ(o.text, "EPERM");
  EXPECT_TRUE(o.has(kind::system_calls));
  EXPECT_FALSE(o.has(kind::files));
  EXPECT_FALSE(o.has(kind::capabilities));
}

TEST_F(confinement_report, a_kernel_without_landlock) {
  const outcome o = in_confined_process(
      confining(),
      [this] {
        if (result.describe().find("the kernel has no landlock") == std::string::npos) return ENOMSG;
        // Files can still only be read.
        return open("/tmp/dotcompute-confined", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
      },
      [] { take_away(SYS_landlock_create_ruleset); });
  EXPECT_EQ(o.text, "EACCES");
  for (const kind k : {kind::files, kind::file_truncation, kind::tcp, kind::device_requests, kind::reach})
    EXPECT_FALSE(o.has(k)) << to_string(k);
  EXPECT_TRUE(o.has(kind::system_calls));
}

TEST_F(confinement_report, a_kernel_without_filters) {
  const outcome o = in_confined_process(
      confining(), [this] { return holds(result.describe().find("system_calls (seccomp: ") != std::string::npos); },
      [] { take_away(SYS_seccomp); });
  EXPECT_EQ(o.text, "done");
  EXPECT_FALSE(o.has(kind::system_calls));
}

TEST_F(confinement_report, switched_off_is_said_and_nothing_is_refused) {
  const outcome o = in_confined_process(
      confining(),
      [this] {
        if (result.complete() || result.describe().find("DOTCOMPUTE_CONFINEMENT=off") == std::string::npos)
          return ENOMSG;
        return failure_of(socket(AF_INET, SOCK_STREAM, 0));
      },
      [] { setenv("DOTCOMPUTE_CONFINEMENT", "off", 1); });
  EXPECT_EQ(o.text, "done");
  EXPECT_FALSE(o.has(kind::system_calls));
  EXPECT_FALSE(o.has(kind::files));
  EXPECT_TRUE(o.has(kind::no_core_dump));
}

TEST_F(confinement_report, another_word_than_off_does_not_switch_it_off) {
  const outcome o = in_confined_process(
      confining(), [] { return failure_of(socket(AF_INET, SOCK_STREAM, 0)); },
      [] { setenv("DOTCOMPUTE_CONFINEMENT", "Off", 1); });
  EXPECT_EQ(o.text, "EPERM");
}

TEST_F(confinement_report, twice_is_as_good_as_once) {
  // The second time finds that it may no longer filter, and says so.
  const outcome o = in_confined_process(confining(), [] {
    const confinement_result again = confine(cpu);
    return holds(!again.applied(kind::system_calls) && again.applied(kind::no_core_dump));
  });
  EXPECT_EQ(o.text, "done");
}

} // namespace
} // namespace dotcompute::test
