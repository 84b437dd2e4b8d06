// SPDX-License-Identifier: MIT
#include "files.hpp"

#include "exit_codes.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace dotcompute::tool {

namespace {

class descriptor {
 public:
  explicit descriptor(int value) : value_(value) {}
  ~descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return value_; }
  /// close() reports errors of delayed writes, so a writer must look at its result.
  int close() { return ::close(std::exchange(value_, -1)); }

 private:
  int value_;
};

[[noreturn]] void cannot_read(const std::filesystem::path& path, int reason) {
  throw failure(exit_code::input, fmt::format("cannot read '{}': {}", path.string(), std::strerror(reason)));
}

[[noreturn]] void cannot_write(const std::filesystem::path& path, int reason) {
  throw failure(exit_code::output, fmt::format("cannot write '{}': {}", path.string(), std::strerror(reason)));
}

void write_all(int file, std::span<const std::byte> content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const auto written = ::write(file, content.data(), std::min<std::size_t>(content.size(), 1u << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_write(path, errno);
    content = content.subspan(static_cast<std::size_t>(written));
  }
}

std::atomic<int> writers{0};
std::atomic<bool> interrupted{false};
/// The name of what is to be removed when the process is interrupted.
std::atomic<const char*> unfinished{nullptr};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
              std::atomic<const char*>::is_always_lock_free);

// Only lock-free atomics, unlink and _exit: all may be used in a signal handler.
void end_interrupted() {
  if (const char* name = unfinished) ::unlink(name);
  ::_exit(static_cast<int>(exit_code::interrupted));
}

void on_interrupt(int) {
  interrupted = true;
  if (writers == 0) end_interrupted();
}

/// A signal that comes while it lives ends the process when it is destroyed: either the handler sees the writer, or the
/// destructor sees the signal.
struct uninterrupted {
  uninterrupted() { ++writers; }
  ~uninterrupted() {
    --writers;
    if (interrupted) end_interrupted();
  }
  uninterrupted(const uninterrupted&) = delete;
  uninterrupted& operator=(const uninterrupted&) = delete;
};

/// Follows a symbolic link, so that the link stays and its target is replaced.
std::filesystem::path final_target(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto target = std::filesystem::weakly_canonical(path, ignored);
  return ignored || target.empty() ? path : target;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::string temporary_pattern(const std::filesystem::path& target) {
  return (folder_of(target) / ("." + target.filename().string() + ".XXXXXX")).string();
}

/// mkostemp gives 0600; a result gets what any new file would get, or keeps what the old one, if any, had.
mode_t mode_of_result(const struct stat& old) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return old.st_mode ? (old.st_mode & 07777) : (0666 & ~mask);
}

} // namespace

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) cannot_read(path, errno);
  struct stat information {};
  if (::fstat(file.get(), &information) != 0) cannot_read(path, errno);
  if (S_ISDIR(information.st_mode)) cannot_read(path, EISDIR);
  std::vector<std::byte> content(S_ISREG(information.st_mode) ? static_cast<std::size_t>(information.st_size) : 0);
  std::size_t size = 0;
  for (;;) {
    if (size == content.size()) content.resize(content.size() + (S_ISREG(information.st_mode) ? 1 : 65536));
    const auto count = ::read(file.get(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) cannot_read(path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  content.resize(size);
  return content;
}

std::string read_text_file(const std::filesystem::path& path) {
  const auto content = read_file(path);
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> content) {
  const auto target = final_target(path);
  struct stat information {};
  if (::stat(target.c_str(), &information) == 0 && !S_ISREG(information.st_mode)) {
    if (S_ISDIR(information.st_mode)) cannot_write(path, EISDIR);
    descriptor file(::open(target.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) cannot_write(path, errno);
    write_all(file.get(), content, path);
    return;
  }

  const uninterrupted until_renamed;
  std::string temporary = temporary_pattern(target);
  descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) cannot_write(path, errno);
  try {
    write_all(file.get(), content, path);
    if (::fchmod(file.get(), mode_of_result(information)) != 0 || ::fsync(file.get()) != 0 || file.close() != 0 ||
        ::rename(temporary.c_str(), target.c_str()) != 0)
      cannot_write(path, errno);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  write_file(path, std::as_bytes(std::span(content.data(), content.size())));
}

new_file::new_file(const std::filesystem::path& path) : path_(path), target_(final_target(path)) {
  struct stat information {};
  if (::stat(target_.c_str(), &information) == 0 && !S_ISREG(information.st_mode)) {
    if (S_ISDIR(information.st_mode)) cannot_write(path, EISDIR);
    temporary_ = target_;
    return;
  }
  std::string name = temporary_pattern(target_);
  const descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0) cannot_write(path, errno);
  temporary_ = name;
  unfinished = temporary_.c_str();
}

new_file::~new_file() {
  if (temporary_.empty() || temporary_ == target_) return;
  unfinished = nullptr;
  ::unlink(temporary_.c_str());
}

void new_file::publish() {
  if (temporary_.empty() || temporary_ == target_) return;
  const descriptor file(::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC));
  struct stat old {};
  if (::stat(target_.c_str(), &old) != 0) old.st_mode = 0;
  if (file.get() < 0 || ::fchmod(file.get(), mode_of_result(old)) != 0 || ::fsync(file.get()) != 0 ||
      ::rename(temporary_.c_str(), target_.c_str()) != 0)
    cannot_write(path_, errno);
  unfinished = nullptr;
  temporary_.clear();
}

void require_writable(const std::filesystem::path& path) {
  const auto target = final_target(path);
  struct stat information {};
  if (::stat(target.c_str(), &information) == 0) {
    if (S_ISDIR(information.st_mode)) cannot_write(path, EISDIR);
    if (!S_ISREG(information.st_mode)) return;
  }
  const auto folder = folder_of(target);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) cannot_write(path, errno);
}

} // namespace dotcompute::tool
