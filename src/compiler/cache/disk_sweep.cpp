// SPDX-License-Identifier: MIT
// Keeps the disk cache within its limit.
#include "compiler/cache/disk_cache.hpp"
#include "support/file_descriptor.hpp"

#include <algorithm>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace dotcompute::compiler {
namespace {

constexpr std::time_t abandoned_seconds = 3600;

struct cached_file {
  timespec used;
  std::size_t bytes;
  std::string path;
};

struct folder_closer {
  void operator()(DIR* d) const { ::closedir(d); }
};
using open_folder = std::unique_ptr<DIR, folder_closer>;

bool is_key_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// Collects the entries of one of the 256 folders and deletes what writers that died left there.
void look_through(const std::string& folder, std::vector<cached_file>& found, std::size_t& total) {
  const open_folder listing(::opendir(folder.c_str()));
  if (!listing) return;
  while (const dirent* item = ::readdir(listing.get())) {
    const std::string_view name = item->d_name;
    const bool entry = name.ends_with(".dck"), temporary = name.ends_with(".tmp");
    if (!entry && !temporary) continue; // not ours
    struct stat info {};
    if (fstatat(dirfd(listing.get()), item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
      continue;
    std::string path = folder + '/' + item->d_name;
    if (temporary) {
      if (std::time(nullptr) - info.st_mtim.tv_sec > abandoned_seconds) ::unlink(path.c_str());
      continue;
    }
    // What counts is the room taken on the disk: small files take whole blocks.
    const std::size_t bytes =
        std::max<std::size_t>(static_cast<std::size_t>(info.st_blocks) * 512, static_cast<std::size_t>(info.st_size));
    total += bytes;
    found.push_back({info.st_mtim, bytes, std::move(path)});
  }
}

} // namespace

void disk_cache::sweep() {
  if (!on_) return;
  const std::string stamp = folder_ + "/sweep.lock";
  const file_descriptor lock(::open(stamp.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return;
  written_since_sweep_ = 0;
  (void)futimens(lock.get(), nullptr);

  std::vector<cached_file> entries;
  std::size_t total = 0;
  const open_folder listing(::opendir(folder_.c_str()));
  if (!listing) return;
  while (const dirent* item = ::readdir(listing.get())) {
    const std::string_view name = item->d_name;
    if (name.size() != 2 || !is_key_digit(name[0]) || !is_key_digit(name[1])) continue;
    look_through(folder_ + '/' + item->d_name, entries, total);
  }
  if (total <= limit_) return;
  std::sort(entries.begin(), entries.end(), [](const cached_file& a, const cached_file& b) {
    return a.used.tv_sec != b.used.tv_sec ? a.used.tv_sec < b.used.tv_sec : a.used.tv_nsec < b.used.tv_nsec;
  });
  for (const cached_file& file : entries) {
    if (total <= limit_ / 10 * 9) break;
    // A reader that has the file open keeps it; one that comes later compiles again.
    if (::unlink(file.path.c_str()) == 0) total -= file.bytes;
  }
}

} // namespace dotcompute::compiler
