// SPDX-License-Identifier: MIT
// Object to shared object with lld as a library, through anonymous memory: no file system is needed.
#include "compiler/targets/cpu/code_generation.hpp"

#include <lld/Common/Driver.h>
#include <llvm/Support/raw_ostream.h>

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>
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

  std::vector<std::byte> read() const {
    struct stat about {};
    if (fstat(descriptor_, &about) != 0 || about.st_size <= 0) return {};
    std::vector<std::byte> bytes(static_cast<std::size_t>(about.st_size));
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n = pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return {};
      done += static_cast<std::size_t>(n);
    }
    return bytes;
  }

 private:
  int descriptor_;
};

} // namespace

std::vector<std::byte> link_shared(const std::vector<std::byte>& object, std::string& error) {
  const memory_file in("dotcompute.o"), out("dotcompute.so");
  if (!in.is_open() || !out.is_open() || !in.write(object)) {
    error = std::string("cannot create an anonymous file: ") + std::strerror(errno);
    return {};
  }
  const std::string in_path = in.path(), out_path = out.path();
  // memcpy and its like come from the process that loads the result. Writing through the descriptor needs a plain write
  // instead of a renamed temporary.
  const char* arguments[] = {"ld.lld",     "-shared", "--no-mmap-output-file", "--threads=1", "-z", "now",
                             "--hash-style=gnu", "-o", out_path.c_str(), in_path.c_str()};
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const lld::Result linked = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (linked.retCode != 0) {
    error = stream.str();
    return {};
  }
  std::vector<std::byte> bytes = out.read();
  if (bytes.empty()) error = "the linker wrote nothing";
  return bytes;
}

} // namespace dotcompute::cpu
