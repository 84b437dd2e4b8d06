// SPDX-License-Identifier: MIT
#include "compiler/cache/disk_cache.hpp"

#include "compiler/cache/artifact.hpp"
#include "compiler/cache/byte_stream.hpp"
#include "compiler/cache/file_bytes.hpp"
#include "compiler/cache/included_files.hpp"
#include "support/file_descriptor.hpp"
#include "support/system_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dotcompute::compiler {
namespace {

constexpr std::size_t largest_entry = std::size_t{256} << 20;
constexpr std::size_t key_bytes = 16;
/// An entry's time of use is only written when the one on record is older than this: reading should not write.
constexpr std::time_t use_granularity_seconds = 60;
constexpr std::time_t sweep_interval_seconds = 3600;

/// Makes every missing folder of an absolute path, private to the user.
int make_path(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      // EROFS and EACCES also come for folders that exist where nothing may be made.
      const int failure = errno;
      struct stat info {};
      if (stat(part.c_str(), &info) != 0) return failure;
      if (!S_ISDIR(info.st_mode)) return ENOTDIR;
    }
    if (end == std::string::npos) return 0;
  }
}

bool is_trusted(const struct stat& info) {
  return (info.st_uid == geteuid() || info.st_uid == 0) && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

} // namespace

disk_cache::disk_cache(std::string folder, std::size_t limit_bytes, reporter report)
    : folder_(std::move(folder)), limit_(limit_bytes), report_(std::move(report)),
      on_(!folder_.empty() && limit_bytes != 0) {}

std::string disk_cache::path_of(const digest& key) const {
  const std::string name = to_hex(key);
  return fmt::format("{}/{}/{}.dck", folder_, std::string_view(name).substr(0, 2), std::string_view(name).substr(2));
}

std::shared_ptr<const result> disk_cache::find(const digest& key) {
  if (!on_) return nullptr;
  const std::string path = path_of(key);
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) {
    if (errno != ENOENT) report_once(errno, "read", path);
    return nullptr;
  }
  struct stat info {};
  if (fstat(file.get(), &info) != 0) {
    report_once(errno, "read", path);
    return nullptr;
  }
  if (!is_trusted(info)) {
    report_once(EPERM, "trust (others than its owner may write it)", path);
    return nullptr;
  }
  std::vector<std::byte> bytes;
  if (const int failure = read_open_file(file.get(), largest_entry, bytes)) {
    report_once(failure, "read", path);
    return nullptr;
  }
  std::string why = "it is too short";
  auto value = std::make_shared<result>();
  bool good = false;
  if (bytes.size() > key_bytes) {
    byte_reader front{std::span(bytes).first(key_bytes)};
    digest stored;
    stored.high = front.word();
    stored.low = front.word();
    why = "it belongs to another key";
    good = stored == key && decode(std::span(bytes).subspan(key_bytes), *value, why);
  }
  if (!good) {
    if (report_) report_(fmt::format("kernel cache: deleting damaged entry {}: {}; it is compiled again", path, why));
    ::unlink(path.c_str());
    return nullptr;
  }
  std::vector<file_signature> signatures;
  if (!unchanged(value->included_files, signatures)) return nullptr;
  if (std::time(nullptr) - info.st_mtim.tv_sec > use_granularity_seconds) {
    // Fails on a read-only file system, where nothing is ever swept either.
    (void)futimens(file.get(), nullptr);
  }
  return value;
}

int disk_cache::make_folders(const digest& key) const {
  return make_path(folder_ + '/' + to_hex(key).substr(0, 2));
}

int disk_cache::write_entry(const digest& key, const std::string& path, const result& value, std::size_t& bytes) {
  byte_writer front;
  front.word(key.high);
  front.word(key.low);
  const std::vector<std::byte> artifact = encode(value);
  bytes = key_bytes + artifact.size();

  // The name is this process's and this call's own; O_EXCL guards against a process id that was used before.
  const std::string temporary = fmt::format("{}.{}.{}.tmp", path, getpid(), sequence_.fetch_add(1));
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  file_descriptor file(::open(temporary.c_str(), flags, 0600));
  if (!file && errno == EEXIST && ::unlink(temporary.c_str()) == 0) {
    file = file_descriptor(::open(temporary.c_str(), flags, 0600));
  }
  if (!file) return errno;
  // No fsync: after a power cut the checksum tells an entry that never reached the disk from one that did.
  int failure = write_all(file.get(), front.view());
  if (!failure) failure = write_all(file.get(), artifact);
  if (!failure && ::close(file.release()) != 0) failure = errno;
  if (!failure && ::rename(temporary.c_str(), path.c_str()) != 0) failure = errno;
  if (failure) ::unlink(temporary.c_str());
  return failure;
}

void disk_cache::store(const digest& key, const result& value) {
  if (!on_) return;
  const std::string path = path_of(key);
  std::size_t bytes = 0;
  int failure = write_entry(key, path, value, bytes);
  if (failure == ENOENT) {
    failure = make_folders(key);
    if (!failure) failure = write_entry(key, path, value, bytes);
  }
  if (failure) {
    report_once(failure, "write", path);
    return;
  }
  if (sweep_is_due(bytes)) sweep();
}

bool disk_cache::sweep_is_due(std::size_t bytes_written) {
  if (written_since_sweep_.fetch_add(bytes_written) + bytes_written > limit_ / 10) return true;
  if (looked_at_sweep_stamp_.exchange(true)) return false;
  // Many short processes, none of which writes much, still have to sweep between them.
  struct stat info {};
  if (stat((folder_ + "/sweep.lock").c_str(), &info) != 0) return true;
  return std::time(nullptr) - info.st_mtim.tv_sec > sweep_interval_seconds;
}

void disk_cache::report_once(int failure, std::string_view doing, const std::string& path) {
  {
    std::lock_guard lock(mutex_);
    if (!reported_.insert(failure).second) return;
  }
  if (!report_) return;
  report_(fmt::format("kernel cache: cannot {} {}: {}; kernels are compiled without it (set DOTCOMPUTE_CACHE_DIR to a "
                      "folder of this user with free space)",
                      doing, path, describe_errno(failure)));
}

} // namespace dotcompute::compiler
