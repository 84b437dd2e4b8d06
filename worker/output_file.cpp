// SPDX-License-Identifier: MIT
#include "output_file.hpp"

#include "compiler/cache/file_bytes.hpp"
#include "support/file_descriptor.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dotcompute::compiler {

int write_file_whole(const std::string& path, std::span<const std::byte> bytes) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    // Devices and pipes cannot be replaced, only written to.
    const file_descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return file ? write_all(file.get(), bytes) : errno;
  }
  const std::string temporary = path + '.' + std::to_string(getpid()) + ".tmp";
  file_descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file) return errno;
  int failure = write_all(file.get(), bytes);
  if (!failure && ::close(file.release()) != 0) failure = errno;
  if (!failure && std::rename(temporary.c_str(), path.c_str()) != 0) failure = errno;
  if (failure) ::unlink(temporary.c_str());
  return failure;
}

} // namespace dotcompute::compiler
