// SPDX-License-Identifier: MIT
// What confined processes need, tried.
#include "confined_process.hpp"

#include "support/dynamic_library.hpp"
#include "support/processor_budget.hpp"
#include "support/shared_memory.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace dotcompute::test {
namespace {

class confinement_allows : public ::testing::TestWithParam<confinement_profile> {
 protected:
  void expect_done(const attempt& action, const confinement_options& options = {}) {
    EXPECT_EQ(in_confined_process(GetParam(), action, options).text, "done");
  }
};

TEST_P(confinement_allows, threads_that_wait_for_each_other) {
  expect_done([] {
    std::mutex guard;
    std::condition_variable changed;
    int count = 0;
    std::thread threads[8];
    for (auto& t : threads)
      t = std::thread([&] {
        prctl(PR_SET_NAME, "confined");
        const std::lock_guard lock(guard);
        ++count;
        changed.notify_all();
      });
    std::unique_lock lock(guard);
    const bool all = changed.wait_for(lock, std::chrono::seconds(10), [&] { return count == 8; });
    lock.unlock();
    for (auto& t : threads)
      t.join();
    return all ? 0 : ETIMEDOUT;
  });
}

TEST_P(confinement_allows, memory_of_every_kind) {
  expect_done([] {
    void* const pages = mmap(nullptr, 1 << 22, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return errno;
    std::memset(pages, 1, 1 << 22);
    if (madvise(pages, 1 << 22, MADV_HUGEPAGE) != 0 && errno != EINVAL) return errno;
    if (mprotect(pages, 4096, PROT_READ | PROT_EXEC) != 0) return errno;
    if (munmap(pages, 1 << 22) != 0) return errno;
    shared_memory shared("confined", 1 << 20);
    shared.data()[5] = std::byte{7};
    const shared_memory again(file_descriptor(dup(shared.file())), 1 << 20);
    return again.data()[5] == std::byte{7} ? 0 : EIO;
  });
}

TEST_P(confinement_allows, libraries_from_memory) {
  std::ifstream file(SAMPLE_LIBRARY, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(bytes.empty());
  expect_done([&] {
    for (int i = 0; i < 3; ++i) {
      const auto library = dynamic_library::from_bytes("sample", std::as_bytes(std::span(bytes)));
      const auto answer = reinterpret_cast<int (*)(int)>(library.find("sample_answer"));
      if (!answer || answer(2) != 42) return ENOENT;
    }
    return 0;
  });
}

TEST_P(confinement_allows, its_sockets_and_what_travels_through_them) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const file_descriptor ours(ends[0]), theirs(ends[1]);
  expect_done([&] {
    const file_descriptor sent = memory_file("sent", std::as_bytes(std::span("text", 4)));
    char text[] = "hello";
    iovec piece{text, sizeof text};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* const c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = sent.get();
    std::memcpy(CMSG_DATA(c), &number, sizeof number);
    if (sendmsg(theirs.get(), &header, MSG_NOSIGNAL) < 0) return errno;
    if (recvmsg(ours.get(), &header, MSG_CMSG_CLOEXEC) < 0) return errno;
    return CMSG_FIRSTHDR(&header) ? 0 : ENOMSG;
  });
}

TEST_P(confinement_allows, waiting_clocks_signals_and_exceptions) {
  expect_done([] {
    static volatile std::sig_atomic_t seen = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { seen = 1; };
    if (sigaction(SIGUSR1, &action, nullptr) != 0) return errno;
    if (raise(SIGUSR1) != 0 || !seen) return EINTR;
    seen = 0;
    if (kill(getpid(), SIGUSR1) != 0 || !seen) return EINTR;
    const file_descriptor bell(eventfd(1, EFD_CLOEXEC));
    pollfd p{bell.get(), POLLIN, 0};
    if (poll(&p, 1, 1000) != 1) return ETIMEDOUT;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    try {
      throw std::runtime_error("caught");
    } catch (const std::exception&) {
    }
    std::fprintf(stderr, "a confined process still has its standard error\n");
    timespec now{};
    return failure_of(clock_gettime(CLOCK_MONOTONIC, &now));
  });
}

TEST_P(confinement_allows, a_look_at_the_processors_and_its_own_size) {
  expect_done([] {
    for (const char* path : {"/proc/cpuinfo", "/proc/meminfo", "/proc/self/statm", "/proc/self/cgroup",
                             "/sys/devices/system/cpu/online"}) {
      const file_descriptor file(open(path, O_RDONLY | O_CLOEXEC));
      char byte = 0;
      if (!file) return errno;
      if (read(file.get(), &byte, 1) != 1) return EIO;
    }
    return sysconf(_SC_NPROCESSORS_ONLN) > 0 ? 0 : EIO;
  });
}

TEST_P(confinement_allows, reading_what_the_options_name) {
  confinement_options options;
  options.read_paths = {"/etc"};
  expect_done([] { return failure_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }, options);
}

TEST(confinement_allows_gpu_workers, devices_that_the_options_name) {
  confinement_options options;
  options.write_paths = {"/dev/full"};
  const outcome o = in_confined_process(
      confinement_profile::gpu_worker, [] { return failure_of(open("/dev/full", O_RDWR | O_CLOEXEC)); }, options);
  EXPECT_EQ(o.text, "done");
  const outcome other = in_confined_process(confinement_profile::gpu_worker,
                                            [] { return failure_of(open("/dev/full", O_RDWR | O_CLOEXEC)); });
  EXPECT_EQ(other.text, other.has(confinement_kind::files) ? "EACCES" : "done");
}

TEST(confinement_allows_compilers, memory_files_and_pipes_by_name) {
  const outcome o = in_confined_process(confinement_profile::compiler, [] {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    const file_descriptor file = memory_file("object", std::as_bytes(std::span("text", 4)));
    const auto name = [](int number) { return "/proc/self/fd/" + std::to_string(number); };
    if (open(name(file.get()).c_str(), O_RDONLY | O_CLOEXEC) < 0) return errno;
    return failure_of(open(name(ends[1]).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0777));
  });
  EXPECT_EQ(o.text, "done");
}

INSTANTIATE_TEST_SUITE_P(profiles, confinement_allows,
                         ::testing::Values(confinement_profile::cpu_worker, confinement_profile::gpu_worker,
                                           confinement_profile::compiler),
                         [](const auto& p) { return name_of(p.param); });

} // namespace
} // namespace dotcompute::test
