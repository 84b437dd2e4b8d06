// SPDX-License-Identifier: MIT
#include "compiler/cache/file_bytes.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dotcompute::compiler {

int read_open_file(int file, std::size_t limit, std::vector<std::byte>& contents) {
  struct stat info {};
  if (fstat(file, &info) != 0) return errno;
  if (!S_ISREG(info.st_mode)) return EINVAL;
  if (static_cast<std::size_t>(info.st_size) > limit) return EFBIG;
  contents.resize(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < contents.size()) {
    const ssize_t n = ::read(file, contents.data() + done, contents.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) break; // it shrank while we read; what is there is what counts
    done += static_cast<std::size_t>(n);
  }
  contents.resize(done);
  return 0;
}

int read_file(const char* path, std::size_t limit, std::vector<std::byte>& contents) {
  int file = -1;
  do
    file = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  while (file < 0 && errno == EINTR);
  if (file < 0) return errno;
  const int failure = read_open_file(file, limit, contents);
  ::close(file);
  return failure;
}

int write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return EIO;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

} // namespace dotcompute::compiler
