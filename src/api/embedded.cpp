// SPDX-License-Identifier: MIT
#include "api/embedded.hpp"

#include <dotcompute/error.hpp>
#include <dotcompute/program.hpp>

#include <map>
#include <mutex>
#include <string>

namespace dotcompute {
namespace {

struct registry {
  std::mutex guard;
  std::map<std::string, std::span<const std::byte>, std::less<>> programs;
};

// Made at first use: objects that register themselves may be constructed before anything of this file.
registry& all() {
  static registry instance;
  return instance;
}

} // namespace

embedded_program::embedded_program(const char* name, const void* artifact, std::size_t bytes) {
  const std::lock_guard lock(all().guard);
  all().programs[name] = {static_cast<const std::byte*>(artifact), bytes};
}

namespace api {

std::span<const std::byte> find_embedded(std::string_view name) {
  const std::lock_guard lock(all().guard);
  const auto found = all().programs.find(name);
  if (found != all().programs.end()) return found->second;
  std::string names;
  for (const auto& [other, bytes] : all().programs)
    names += (names.empty() ? "" : ", ") + other;
  throw error(error_code::embedded_not_found,
              "no program '" + std::string(name) + "' is embedded; there is " + (names.empty() ? "none" : names),
              {"", 0, "load an embedded program", "Add it with dotcompute_add_kernels(TARGET FILE.cl)."});
}

} // namespace api
} // namespace dotcompute
