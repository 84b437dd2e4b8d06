// SPDX-License-Identifier: MIT
// Results on disk, shared by all processes of a user. One file an entry, `<folder>/<2 digits>/<30 digits>.dck`: the
// key, then the artifact. A file only ever appears complete, by rename, and is checked against key and checksum when
// read, so any number of processes may read, write and sweep at once without locks.
#pragma once

#include "compiler/compile.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace dotcompute::compiler {

/// Thread-safe. Nothing here throws for what the file system does: a cache that cannot be read or written only means
/// that compilations happen again, and one line to `report` says why.
class disk_cache {
 public:
  using reporter = std::function<void(std::string_view)>;

  /// An empty folder or a limit of 0 turns the cache off. The folder is made when first written to.
  disk_cache(std::string folder, std::size_t limit_bytes, reporter report);

  /// Null when there is none, or a file it was made from has changed. An entry that is damaged, or that somebody else
  /// than this user or root could have written, is never used: what it holds will be run.
  std::shared_ptr<const result> find(const digest& key);
  /// Also sweeps, now and then.
  void store(const digest& key, const result& value);

  /// Deletes the entries used longest ago until nine tenths of the limit remain, and temporary files that writers left
  /// behind more than an hour ago. One process at a time sweeps; in the others this returns at once.
  void sweep();

  bool is_on() const { return on_; }
  const std::string& folder() const { return folder_; }

 private:
  std::string path_of(const digest& key) const;
  int make_folders(const digest& key) const;
  int write_entry(const digest& key, const std::string& path, const result& value, std::size_t& bytes);
  bool sweep_is_due(std::size_t bytes_written);
  void report_once(int failure, std::string_view doing, const std::string& path);

  const std::string folder_;
  const std::size_t limit_;
  const reporter report_;
  const bool on_;
  std::atomic<std::uint64_t> sequence_{0};
  std::atomic<std::size_t> written_since_sweep_{0};
  std::atomic<bool> looked_at_sweep_stamp_{false};
  std::mutex mutex_;
  std::set<int> reported_; ///< each kind of failure is told once
};

} // namespace dotcompute::compiler
