// SPDX-License-Identifier: MIT
#include "../temporary_folder.hpp"
#include "compiler/cache/artifact.hpp"
#include "compiler/cache/cache_folder.hpp"
#include "compiler/cache/disk_cache.hpp"
#include "sample_results.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace dotcompute::faults {
namespace {

using namespace compiler;
namespace fs = std::filesystem;

constexpr std::size_t roomy = std::size_t{64} << 20;

struct lines {
  std::vector<std::string> text;
  disk_cache::reporter reporter() {
    return [this](std::string_view line) { text.emplace_back(line); };
  }
};

std::vector<fs::path> entries(const fs::path& folder, const std::string& extension = ".dck") {
  std::vector<fs::path> found;
  if (!fs::exists(folder)) return found;
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (item.is_regular_file() && item.path().extension() == extension) found.push_back(item.path());
  }
  return found;
}

/// Runs `body` in a process of its own; its exit status is `body`'s.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(disk_cache, another_process_finds_what_was_stored) {
  test::temporary_folder folder;
  lines log;
  disk_cache cache(folder / "a/b/c", roomy, log.reporter());
  EXPECT_EQ(cache.find({1, 2}), nullptr);
  cache.store({1, 2}, sample_result());
  EXPECT_EQ(in_child([&] {
              disk_cache other(folder / "a/b/c", roomy, {});
              const auto found = other.find({1, 2});
              return found && same(*found, sample_result()) && !other.find({1, 3}) ? 0 : 1;
            }),
            0);
  EXPECT_TRUE(log.text.empty());
  EXPECT_EQ(entries(folder.path()).size(), 1u);
  struct stat info {};
  ASSERT_EQ(stat(cache.folder().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0700u);
}

TEST(disk_cache, a_damaged_entry_is_deleted_told_and_a_miss) {
  test::temporary_folder folder;
  lines log;
  disk_cache cache(folder.path(), roomy, log.reporter());
  const auto damage = [&](const std::function<void(const fs::path&)>& how) {
    log.text.clear();
    cache.store({3, 4}, sample_result());
    ASSERT_EQ(entries(folder.path()).size(), 1u);
    how(entries(folder.path())[0]);
    EXPECT_EQ(cache.find({3, 4}), nullptr);
    EXPECT_TRUE(entries(folder.path()).empty());
    ASSERT_EQ(log.text.size(), 1u);
    EXPECT_NE(log.text[0].find("damaged"), std::string::npos) << log.text[0];
    EXPECT_NE(log.text[0].find(folder.path()), std::string::npos) << log.text[0];
  };
  damage([](const fs::path& p) { fs::resize_file(p, fs::file_size(p) / 2); });
  damage([](const fs::path& p) { fs::resize_file(p, 0); });
  damage([](const fs::path& p) { fs::resize_file(p, 7); });
  damage([](const fs::path& p) { std::ofstream(p, std::ios::app) << "more"; });
  damage([](const fs::path& p) {
    std::fstream f(p, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(500);
    f.put('\xff');
  });
  // An entry under another's name: whole, and wrong.
  damage([&](const fs::path& p) {
    disk_cache elsewhere(folder / "elsewhere", roomy, {});
    elsewhere.store({9, 9}, sample_result());
    fs::rename(entries(folder / "elsewhere")[0], p);
  });
  cache.store({3, 4}, sample_result());
  EXPECT_NE(cache.find({3, 4}), nullptr);
}

TEST(disk_cache, what_others_may_write_is_not_run) {
  test::temporary_folder folder;
  lines log;
  disk_cache cache(folder.path(), roomy, log.reporter());
  cache.store({3, 4}, sample_result());
  ASSERT_EQ(chmod(entries(folder.path())[0].c_str(), 0666), 0);
  EXPECT_EQ(cache.find({3, 4}), nullptr);
  ASSERT_EQ(log.text.size(), 1u);
  EXPECT_NE(log.text[0].find("trust"), std::string::npos);
  // A link could point at anything.
  const fs::path entry = entries(folder.path())[0];
  fs::rename(entry, folder / "real");
  fs::create_symlink(folder / "real", entry);
  EXPECT_EQ(cache.find({3, 4}), nullptr);
}

TEST(disk_cache, a_folder_that_cannot_be_made_costs_one_line) {
  test::temporary_folder folder;
  std::ofstream(folder / "file") << "not a folder";
  lines log;
  disk_cache cache(folder / "file/cache", roomy, log.reporter());
  for (std::uint64_t i = 0; i < 5; ++i) {
    cache.store({i, i}, sample_result());
    EXPECT_EQ(cache.find({i, i}), nullptr);
  }
  ASSERT_EQ(log.text.size(), 1u);
  EXPECT_NE(log.text[0].find("ENOTDIR"), std::string::npos) << log.text[0];
  EXPECT_NE(log.text[0].find("DOTCOMPUTE_CACHE_DIR"), std::string::npos) << log.text[0];
}

TEST(disk_cache, a_read_only_folder_still_serves_and_costs_one_line) {
  test::temporary_folder folder;
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  disk_cache(folder / "cache", roomy, {}).store({1, 1}, sample_result());
  ASSERT_EQ(chmod((folder / "cache").c_str(), 0755), 0);
  for (const auto& item : fs::recursive_directory_iterator(folder.path())) {
    fs::permissions(item.path(), item.is_directory() ? fs::perms(0555) : fs::perms(0444));
  }
  const int status = in_child([&] {
    // Root passes every permission check, so become somebody else; entries of root are trusted.
    if (geteuid() == 0 && (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)) return 10;
    lines log;
    disk_cache cache(folder / "cache", roomy, log.reporter());
    if (!cache.find({1, 1})) return 11;
    for (std::uint64_t i = 2; i < 6; ++i)
      cache.store({i, i}, sample_result());
    if (cache.find({2, 2})) return 12;
    return log.text.size() == 1 && log.text[0].find("EACCES") != std::string::npos ? 0 : 13;
  });
  EXPECT_EQ(status, 0);
  for (const auto& item : fs::recursive_directory_iterator(folder.path())) {
    if (item.is_directory()) fs::permissions(item.path(), fs::perms(0755));
  }
}

TEST(disk_cache, a_write_that_runs_out_of_room_leaves_nothing) {
  test::temporary_folder folder;
  const int status = in_child([&] {
    // The size limit makes write() stop half-way and then fail, as a full disk does.
    signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, 4096};
    if (setrlimit(RLIMIT_FSIZE, &small) != 0) return 10;
    lines log;
    disk_cache cache(folder.path(), roomy, log.reporter());
    for (std::uint64_t i = 0; i < 3; ++i)
      cache.store({i, i}, sample_result(100000));
    if (cache.find({1, 1})) return 11;
    if (log.text.size() != 1) return 12;
    cache.store({7, 7}, sample_result(10));
    return cache.find({7, 7}) ? 0 : 13;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(entries(folder.path()).size(), 1u);
  EXPECT_TRUE(entries(folder.path(), ".tmp").empty());
}

TEST(disk_cache, the_least_recently_used_entries_are_swept) {
  test::temporary_folder folder;
  disk_cache cache(folder.path(), 300 * 1000, {});
  for (std::uint64_t i = 0; i < 20; ++i)
    cache.store({i << 56, i}, sample_result(10000));
  ASSERT_EQ(entries(folder.path()).size(), 20u);
  // Last used two hours ago, in the order of their numbers; then number 3 is used again.
  for (const fs::path& p : entries(folder.path())) {
    timespec times[2]{};
    times[0].tv_sec = times[1].tv_sec = std::time(nullptr) - 7200 + std::stoi(p.parent_path().filename(), nullptr, 16);
    ASSERT_EQ(utimensat(AT_FDCWD, p.c_str(), times, 0), 0);
  }
  EXPECT_NE(cache.find({3ull << 56, 3}), nullptr);
  for (std::uint64_t i = 20; i < 35; ++i)
    cache.store({i << 56, i}, sample_result(10000));
  cache.sweep();
  std::size_t bytes = 0;
  for (const fs::path& p : entries(folder.path()))
    bytes += fs::file_size(p);
  EXPECT_LE(bytes, 300u * 1000);
  EXPECT_GT(bytes, 150u * 1000);
  EXPECT_NE(cache.find({34ull << 56, 34}), nullptr);
  EXPECT_NE(cache.find({3ull << 56, 3}), nullptr);
  EXPECT_EQ(cache.find({4ull << 56, 4}), nullptr);
}

TEST(disk_cache, abandoned_temporary_files_are_swept_and_others_files_are_not) {
  test::temporary_folder folder;
  disk_cache cache(folder.path(), roomy, {});
  cache.store({0xabull << 56, 1}, sample_result());
  for (const char* name : {"ab/dead.1.0.tmp", "ab/live.2.0.tmp", "ab/notes.txt"})
    std::ofstream(folder / name) << "x";
  timespec old[2]{};
  old[0].tv_sec = old[1].tv_sec = std::time(nullptr) - 7200;
  ASSERT_EQ(utimensat(AT_FDCWD, (folder / "ab/dead.1.0.tmp").c_str(), old, 0), 0);
  cache.sweep();
  EXPECT_FALSE(fs::exists(folder / "ab/dead.1.0.tmp"));
  EXPECT_TRUE(fs::exists(folder / "ab/live.2.0.tmp"));
  EXPECT_TRUE(fs::exists(folder / "ab/notes.txt"));
}

TEST(disk_cache, a_changed_include_is_a_miss_and_the_next_result_replaces_it) {
  test::temporary_folder folder;
  disk_cache cache(folder / "cache", roomy, {});
  std::ofstream(folder / "a.h") << "1";
  result r = sample_result();
  r.included_files.push_back({folder / "a.h", digest_of(std::string_view("1"))});
  cache.store({1, 1}, r);
  EXPECT_NE(cache.find({1, 1}), nullptr);
  std::ofstream(folder / "a.h") << "2";
  EXPECT_EQ(cache.find({1, 1}), nullptr);
  r.included_files[0].contents = digest_of(std::string_view("2"));
  cache.store({1, 1}, r);
  EXPECT_NE(cache.find({1, 1}), nullptr);
}

TEST(disk_cache, many_processes_write_read_and_sweep_the_same_entries) {
  test::temporary_folder folder;
  std::vector<pid_t> children;
  for (unsigned c = 0; c < 4; ++c) {
    const pid_t child = fork();
    if (child == 0) {
      lines log;
      disk_cache cache(folder.path(), 200 * 1000, log.reporter());
      unsigned hits = 0;
      for (std::uint64_t i = 0; i < 400; ++i) {
        const std::uint64_t n = i % 16;
        const digest key{n << 56, n};
        if (const auto found = cache.find(key)) {
          ++hits;
          if (!same(*found, sample_result(5000 + n))) _exit(1);
        }
        cache.store(key, sample_result(5000 + n));
      }
      _exit(!log.text.empty() ? 2 : hits == 0 ? 3 : 0);
    }
    ASSERT_GT(child, 0);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_TRUE(entries(folder.path(), ".tmp").empty());
}

TEST(disk_cache, can_be_turned_off) {
  test::temporary_folder folder;
  disk_cache none("", roomy, {}), zero(folder.path(), 0, {});
  for (disk_cache* cache : {&none, &zero}) {
    EXPECT_FALSE(cache->is_on());
    cache->store({1, 1}, sample_result());
    EXPECT_EQ(cache->find({1, 1}), nullptr);
    cache->sweep();
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

class cache_environment : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : names) {
      const char* value = getenv(name);
      saved_.emplace_back(value != nullptr, value ? value : "");
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (std::size_t i = 0; i < saved_.size(); ++i) {
      if (saved_[i].first)
        setenv(names[i], saved_[i].second.c_str(), 1);
      else
        unsetenv(names[i]);
    }
  }
  static constexpr const char* names[] = {"DOTCOMPUTE_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "DOTCOMPUTE_CACHE_SIZE"};
  std::vector<std::pair<bool, std::string>> saved_;
};

TEST_F(cache_environment, folder_is_chosen_in_order) {
  setenv("HOME", "/home/one", 1);
  EXPECT_EQ(cache_folder(), "/home/one/.cache/dotcompute");
  setenv("XDG_CACHE_HOME", "relative/is/ignored", 1);
  EXPECT_EQ(cache_folder(), "/home/one/.cache/dotcompute");
  setenv("XDG_CACHE_HOME", "/var/cache/one", 1);
  EXPECT_EQ(cache_folder(), "/var/cache/one/dotcompute");
  setenv("DOTCOMPUTE_CACHE_DIR", "/srv/kernels", 1);
  EXPECT_EQ(cache_folder(), "/srv/kernels");
}

TEST_F(cache_environment, size_takes_suffixes) {
  const auto limit = [](const char* text) {
    setenv("DOTCOMPUTE_CACHE_SIZE", text, 1);
    return cache_limit_bytes();
  };
  EXPECT_EQ(cache_limit_bytes(), std::size_t{512} << 20);
  EXPECT_EQ(limit("0"), 0u);
  EXPECT_EQ(limit("1000"), 1000u);
  EXPECT_EQ(limit("64K"), std::size_t{64} << 10);
  EXPECT_EQ(limit("2G"), std::size_t{2} << 30);
  for (const char* bad : {"", "G", "1T", "-1", "1 M", "99999999999999999999", "99999999999G"}) {
    EXPECT_EQ(limit(bad), std::size_t{512} << 20) << bad;
  }
}

} // namespace
} // namespace dotcompute::faults
