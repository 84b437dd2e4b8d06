// SPDX-License-Identifier: MIT
#include "compiler/cache/cache_folder.hpp"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <pwd.h>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace dotcompute::compiler {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::string_view(value) : std::string_view();
}

/// A relative path would mean another folder after each change of directory.
bool is_absolute(std::string_view path) {
  return !path.empty() && path.front() == '/';
}

std::string home_of_user_database() {
  std::vector<char> space(16384);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, space.data(), space.size(), &found) != 0 || !found || !entry.pw_dir) return {};
  return entry.pw_dir;
}

std::size_t bytes_from_environment(const char* variable, std::size_t usual) {
  const std::string_view text = environment(variable);
  if (text.empty()) return usual;
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc()) return usual;
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  unsigned shift = 0;
  if (suffix == "K" || suffix == "k")
    shift = 10;
  else if (suffix == "M" || suffix == "m")
    shift = 20;
  else if (suffix == "G" || suffix == "g")
    shift = 30;
  else if (!suffix.empty())
    return usual;
  if (number > (UINT64_MAX >> shift)) return usual;
  return static_cast<std::size_t>(number << shift);
}

} // namespace

std::string cache_folder() {
  if (const auto path = environment("DOTCOMPUTE_CACHE_DIR"); is_absolute(path)) return std::string(path);
  if (const auto path = environment("XDG_CACHE_HOME"); is_absolute(path)) return std::string(path) + "/dotcompute";
  std::string home(environment("HOME"));
  if (!is_absolute(home)) home = home_of_user_database();
  return is_absolute(home) ? home + "/.cache/dotcompute" : std::string();
}

std::size_t cache_limit_bytes() {
  return bytes_from_environment("DOTCOMPUTE_CACHE_SIZE", std::size_t{512} << 20);
}

std::size_t compiler_memory_bytes() {
  return bytes_from_environment("DOTCOMPUTE_COMPILER_MEMORY", std::size_t{4} << 30);
}

} // namespace dotcompute::compiler
