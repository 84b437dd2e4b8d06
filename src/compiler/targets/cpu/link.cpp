// SPDX-License-Identifier: MIT
// Object to shared object with lld as a library, through memory: no file system is needed.
#include "compiler/targets/cpu/code_generation.hpp"

#include <lld/Common/Driver.h>
#include <llvm/Support/raw_ostream.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

namespace dotcompute::cpu {

namespace {

class memory_file {
 public:
  explicit memory_file(const char* name) : descriptor_(memfd_create(name, MFD_CLOEXEC)) {}
  ~memory_file() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  bool write(const std::vector<std::byte>& bytes) const {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      done += static_cast<std::size_t>(n);
    }
    return true;
  }

 private:
  int descriptor_;
};

/// A pipe that a thread empties until its last writer is gone. lld replaces regular output files by renaming, which an
/// anonymous file cannot have done to it; to a pipe it simply writes.
class drained_pipe {
 public:
  drained_pipe() {
    if (pipe2(ends_, O_CLOEXEC) != 0) return;
    reader_ = std::thread([this] {
      std::byte chunk[65536];
      for (;;) {
        const ssize_t n = ::read(ends_[0], chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        bytes_.insert(bytes_.end(), chunk, chunk + n);
      }
    });
  }
  ~drained_pipe() { finish(); }
  drained_pipe(const drained_pipe&) = delete;
  drained_pipe& operator=(const drained_pipe&) = delete;

  bool is_open() const { return ends_[1] >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(ends_[1]); }

  std::vector<std::byte> finish() {
    if (!reader_.joinable()) return {};
    close(ends_[1]);
    reader_.join();
    close(ends_[0]);
    return std::move(bytes_);
  }

 private:
  int ends_[2] = {-1, -1};
  std::vector<std::byte> bytes_;
  std::thread reader_;
};

} // namespace

std::vector<std::byte> link_shared(const std::vector<std::byte>& object, std::string& error) {
  const memory_file in("dotcompute.o");
  drained_pipe out;
  if (!in.is_open() || !out.is_open() || !in.write(object)) {
    error = std::string("cannot create an anonymous file: ") + std::strerror(errno);
    return {};
  }
  const std::string in_path = in.path(), out_path = out.path();
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
