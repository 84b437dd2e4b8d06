// SPDX-License-Identifier: MIT
#include "compiler/server/locate.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <sstream>
#include <unistd.h>

/// Where the programs are that were installed with this library. A static library cannot ask where it was loaded from,
/// so its CMake package adds this to whatever links it; elsewhere it is not defined.
extern "C" [[gnu::weak]] const char dotcompute_programs_folder[];

namespace dotcompute::compiler {
namespace {

namespace fs = std::filesystem;

class search {
 public:
  search(const char* program, std::vector<std::string>& tried) : name_(program), tried_(tried) {}

  bool try_file(const fs::path& file) {
    std::error_code failure;
    if (fs::is_regular_file(file, failure) && ::access(file.c_str(), X_OK) == 0) {
      found_ = file.string();
      return true;
    }
    tried_.push_back(file.string());
    return false;
  }

  /// Beside something that belongs to dotcompute: a library, a tool, a program linked with it.
  bool try_around(const fs::path& folder) {
    return try_file(folder / name_) || try_file(folder / ".." / "libexec" / "dotcompute" / name_) ||
           // <prefix>/lib/<machine>/libdotcompute.so
           try_file(folder / ".." / ".." / "libexec" / "dotcompute" / name_);
  }

  /// Programs of a build tree lie below its top, which has CMake's cache.
  bool try_build_tree(fs::path folder) {
    std::error_code failure;
    for (unsigned level = 0; level < 6 && folder.has_relative_path(); ++level, folder = folder.parent_path()) {
      if (fs::exists(folder / "CMakeCache.txt", failure)) return try_file(folder / "worker" / name_);
    }
    return false;
  }

  bool try_path_variable() {
    const char* path = std::getenv("PATH");
    if (!path) return false;
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (folder.empty() || folder.front() != '/') continue;
      std::error_code failure;
      // The command line tool is installed in bin, its compiler in libexec.
      const fs::path tool = fs::path(folder) / "dotcompute";
      if (!fs::exists(tool, failure)) continue;
      const fs::path real = fs::canonical(tool, failure);
      if (!failure && try_around(real.parent_path())) return true;
    }
    return false;
  }

  const std::string& found() const { return found_; }

 private:
  const char* const name_;
  std::vector<std::string>& tried_;
  std::string found_;
};

fs::path folder_of_this_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&locate_compiler), &info) == 0 || !info.dli_fname) return {};
  std::error_code failure;
  const fs::path path = fs::canonical(info.dli_fname, failure);
  return failure ? fs::path() : path.parent_path();
}

fs::path folder_of_executable() {
  std::error_code failure;
  const fs::path path = fs::read_symlink("/proc/self/exe", failure);
  return failure ? fs::path() : path.parent_path();
}

} // namespace

std::string locate_program(const char* program, const char* variable, std::vector<std::string>& tried) {
  search s(program, tried);
  if (const char* given = std::getenv(variable); given && *given) {
    // Somebody who names one wants that one: no other is taken in its place.
    s.try_file(given);
    return s.found();
  }
  for (const fs::path& folder : {folder_of_this_library(), folder_of_executable()}) {
    if (!folder.empty() && (s.try_around(folder) || s.try_build_tree(folder))) return s.found();
  }
  if (const char* const folder = dotcompute_programs_folder; folder && s.try_file(fs::path(folder) / program))
    return s.found();
  if (s.try_file(fs::path(DOTCOMPUTE_LIBEXEC_FOLDER) / program)) return s.found();
  s.try_path_variable();
  return s.found();
}

std::string locate_compiler(std::vector<std::string>& tried) {
  return locate_program("dotcompute-compiler", "DOTCOMPUTE_COMPILER", tried);
}

} // namespace dotcompute::compiler
