// SPDX-License-Identifier: MIT
#include "compiler/cache/included_files.hpp"

#include "compiler/cache/file_bytes.hpp"

#include <ctime>
#include <string>
#include <sys/stat.h>

namespace dotcompute::compiler {
namespace {

constexpr std::size_t largest_include = std::size_t{64} << 20;

std::int64_t nanoseconds(const timespec& t) {
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

bool sign(const char* path, file_signature& s) {
  struct stat info {};
  if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return false;
  s.device = info.st_dev;
  s.inode = info.st_ino;
  s.size = static_cast<std::uint64_t>(info.st_size);
  s.modified_ns = nanoseconds(info.st_mtim);
  s.changed_ns = nanoseconds(info.st_ctim);
  return true;
}

} // namespace

bool may_include_files(std::string_view source, std::string_view options) {
  // Every directive that can read a file spells "include" (also "include_next"), and so does the option "-include";
  // a macro cannot make a directive. The preprocessor joins lines that end in a backslash before it looks.
  constexpr std::string_view word = "include";
  if (options.find(word) != std::string_view::npos || source.find(word) != std::string_view::npos) return true;
  // So does clang with spaces behind the backslash.
  std::string joined;
  for (std::size_t at = 0; at < source.size(); ++at) {
    const std::size_t end = source[at] == '\\' ? source.find_first_not_of(" \t\v\f\r", at + 1) : at;
    if (source[at] == '\\' && end != std::string_view::npos && source[end] == '\n')
      at = end;
    else
      joined += source[at];
  }
  return joined.find(word) != std::string::npos;
}

bool unchanged(const std::vector<included_file>& files, std::vector<file_signature>& signatures) {
  signatures.resize(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    file_signature now;
    if (!sign(files[i].path.c_str(), now)) return false;
    if (now == signatures[i]) continue;
    std::vector<std::byte> contents;
    if (read_file(files[i].path.c_str(), largest_include, contents) != 0) return false;
    if (digest_of(contents) != files[i].contents) return false;
    // Time stamps tick every few milliseconds: a file changed in the last moments could change again under the same
    // stamp, so it is read again next time.
    timespec clock{};
    clock_gettime(CLOCK_REALTIME, &clock);
    const bool settled = nanoseconds(clock) - now.changed_ns > 100'000'000;
    signatures[i] = settled ? now : file_signature{};
  }
  return true;
}

} // namespace dotcompute::compiler
