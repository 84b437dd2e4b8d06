// SPDX-License-Identifier: MIT
#include "files.hpp"

#include "../temporary_folder.hpp"
#include "exit_codes.hpp"

#include <csignal>
#include <functional>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace dotcompute::tool {
namespace {

std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

exit_code code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const failure& e) {
    return e.code();
  }
  return exit_code::success;
}

TEST(files, written_content_returns_and_nothing_is_left_beside_it) {
  const test::temporary_folder folder;
  write_file(folder / "a", std::string_view("first"));
  write_file(folder / "a", std::string_view("second"));
  EXPECT_EQ(read_text_file(folder / "a"), "second");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(files, an_existing_files_mode_is_kept) {
  const test::temporary_folder folder;
  write_file(folder / "a", std::string_view("x"));
  ASSERT_EQ(::chmod((folder / "a").c_str(), 0640), 0);
  write_file(folder / "a", std::string_view("y"));
  struct stat information {};
  ASSERT_EQ(::stat((folder / "a").c_str(), &information), 0);
  EXPECT_EQ(information.st_mode & 07777, 0640u);
}

TEST(files, a_symbolic_link_stays_a_link) {
  const test::temporary_folder folder;
  write_file(folder / "target", std::string_view("old"));
  std::filesystem::create_symlink("target", folder / "link");
  write_file(folder / "link", std::string_view("new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_text_file(folder / "target"), "new");
}

TEST(files, a_write_that_fails_leaves_the_old_file_and_no_other) {
  const test::temporary_folder folder;
  write_file(folder / "a", std::string_view("precious"));
  // A limit on file sizes stands for a full disk; without the signal, write() fails with EFBIG.
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto code = code_of([&] { write_file(folder / "a", std::string_view(std::string(100000, 'x'))); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(code, exit_code::output);
  EXPECT_EQ(read_text_file(folder / "a"), "precious");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(files, what_cannot_be_is_refused) {
  const test::temporary_folder folder;
  EXPECT_EQ(code_of([&] { read_file(folder / "absent"); }), exit_code::input);
  EXPECT_EQ(code_of([&] { read_file(folder.path()); }), exit_code::input);
  EXPECT_EQ(code_of([&] { write_file(folder.path(), std::string_view("x")); }), exit_code::output);
  EXPECT_EQ(code_of([&] { write_file(folder / "no/such/folder", std::string_view("x")); }), exit_code::output);
  EXPECT_EQ(code_of([&] { require_writable(folder / "no/such/folder"); }), exit_code::output);
  EXPECT_EQ(code_of([&] { require_writable(folder / "new"); }), exit_code::success);
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
}

} // namespace
} // namespace dotcompute::tool
