// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/nvrtc_location.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <sys/stat.h>

namespace dotcompute::cuda {

namespace {

namespace fs = std::filesystem;

constexpr const char* library_names[] = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"};

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

void add(std::vector<std::string>& folders, std::string folder) {
  if (!folder.empty() && std::find(folders.begin(), folders.end(), folder) == folders.end())
    folders.push_back(std::move(folder));
}

/// Lines of /etc/ld.so.conf: a folder each, or "include PATTERN", of which only "FOLDER/*.conf" is in use.
void add_loader_folders(std::vector<std::string>& folders, const fs::path& file, unsigned depth) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    line.erase(line.find_last_not_of(" \t") + 1);
    if (!line.starts_with("include ") && !line.starts_with("include\t")) {
      if (line.starts_with('/')) add(folders, line);
      continue;
    }
    if (depth > 2) continue;
    const fs::path pattern = line.substr(line.find_first_not_of(" \t", 7));
    std::error_code ignored;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(pattern.parent_path(), ignored))
      if (entry.path().extension() == ".conf") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& f : files)
      add_loader_folders(folders, f, depth + 1);
  }
}

std::vector<std::string> search_folders() {
  std::vector<std::string> folders;
  const std::string_view paths = environment("LD_LIBRARY_PATH");
  for (std::size_t at = 0; at < paths.size();) {
    const std::size_t end = std::min(paths.find(':', at), paths.size());
    add(folders, std::string(paths.substr(at, end - at)));
    at = end + 1;
  }
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"})
    if (const auto root = environment(variable); !root.empty()) add(folders, std::string(root) + "/lib64");
  add_loader_folders(folders, "/etc/ld.so.conf", 0);
  for (const char* folder : {"/usr/local/cuda/lib64", "/opt/cuda/lib64", "/usr/lib/x86_64-linux-gnu",
                             "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/lib/wsl/lib"})
    add(folders, folder);
  return folders;
}

bool is_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::string resolved(const std::string& path) {
  std::error_code failure;
  const fs::path real = fs::canonical(path, failure);
  return failure ? path : real.string();
}

} // namespace

nvrtc_location find_nvrtc() {
  nvrtc_location location;
  if (const auto named = environment("DOTCOMPUTE_NVRTC"); !named.empty()) {
    location.looked.emplace_back(named);
    if (is_file(location.looked.front())) location.path = resolved(location.looked.front());
    return location;
  }
  location.looked = search_folders();
  for (const char* name : library_names)
    for (const std::string& folder : location.looked) {
      const std::string path = folder + "/" + name;
      if (!is_file(path)) continue;
      location.path = resolved(path);
      return location;
    }
  return location;
}

std::string nvrtc_identity() {
  const std::string path = find_nvrtc().path;
  struct stat info {};
  if (path.empty() || ::stat(path.c_str(), &info) != 0) return {};
  return path + ' ' + std::to_string(info.st_size) + ' ' + std::to_string(info.st_mtim.tv_sec) + '.' +
         std::to_string(info.st_mtim.tv_nsec);
}

} // namespace dotcompute::cuda
