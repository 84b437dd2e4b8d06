// SPDX-License-Identifier: MIT
// Object to shared object with lld as a library, through memory: no file system is needed.
#include "compiler/targets/cpu/code_generation.hpp"
#include "support/file_descriptor.hpp"

#include <lld/Common/Driver.h>
#include <llvm/Support/raw_ostream.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

namespace dotcompute::cpu {

namespace {

std::string path_of(const file_descriptor& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

bool write_all(int file, const std::vector<std::byte>& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

/// A pipe that a thread empties. lld replaces regular output files by renaming, which an anonymous file cannot have
/// done to it; to a pipe it simply writes. The thread is told when lld is done: the pipe's end says so only once every
/// copy of its other end is closed, also those that lld left open on its way out of an error, and those in processes
/// that were forked meanwhile.
class drained_pipe {
 public:
  drained_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    read_end_ = file_descriptor(ends[0]);
    write_end_ = file_descriptor(ends[1]);
    done_ = file_descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!done_ || fcntl(read_end_.get(), F_SETFL, O_NONBLOCK) != 0) return;
    reader_ = std::thread([this] { drain(); });
  }
  ~drained_pipe() { finish(); }
  drained_pipe(const drained_pipe&) = delete;
  drained_pipe& operator=(const drained_pipe&) = delete;

  bool is_open() const { return reader_.joinable(); }
  std::string path() const { return path_of(write_end_); }

  /// What was written before this call.
  std::vector<std::byte> finish() {
    if (!reader_.joinable()) return {};
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(done_.get(), &one, sizeof one); // cannot fail: the counter is zero
    reader_.join();
    return std::move(bytes_);
  }

 private:
  void drain() {
    std::vector<std::byte> chunk(65536);
    for (;;) {
      std::array<pollfd, 2> watched{{{read_end_.get(), POLLIN, 0}, {done_.get(), POLLIN, 0}}};
      if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
      // Looked at before reading: what was written before the word came is then found.
      const bool is_last = watched[1].revents != 0;
      ssize_t n;
      while ((n = ::read(read_end_.get(), chunk.data(), chunk.size())) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0) bytes_.insert(bytes_.end(), chunk.data(), chunk.data() + n);
      }
      if (is_last || (n < 0 && errno != EAGAIN)) return;
    }
  }

  file_descriptor read_end_, write_end_, done_;
  std::vector<std::byte> bytes_;
  std::thread reader_;
};

} // namespace

std::vector<std::byte> link_shared(const std::vector<std::byte>& object, std::string& error) {
  const file_descriptor in(memfd_create("dotcompute.o", MFD_CLOEXEC));
  drained_pipe out;
  if (!in || !out.is_open() || !write_all(in.get(), object)) {
    error = std::string("cannot create an anonymous file: ") + std::strerror(errno);
    return {};
  }
  const std::string in_path = path_of(in), out_path = out.path();
  // memcpy and its like come from the process that loads the result.
  const char* arguments[] = {"ld.lld",           "-shared", "--no-mmap-output-file", "--threads=1",  "-z", "now",
                             "--hash-style=gnu", "-o",      out_path.c_str(),        in_path.c_str()};
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const lld::Result linked = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (linked.retCode != 0) {
    error = stream.str();
    return {};
  }
  std::vector<std::byte> bytes = out.finish();
  if (bytes.empty()) error = "the linker wrote nothing";
  return bytes;
}

} // namespace dotcompute::cpu
