// SPDX-License-Identifier: MIT
#include "source_file.hpp"

#include "exit_codes.hpp"
#include "files.hpp"

#include <filesystem>
#include <fmt/format.h>

namespace dotcompute::tool {

std::string source_file::options_with_includes(const std::string& options) const {
  if (name == "<stdin>") return options;
  std::error_code unusable;
  const auto folder = std::filesystem::absolute(name, unusable).parent_path().string();
  if (unusable || folder.find('"') != std::string::npos) return options;
  return fmt::format("{}{}-I \"{}\"", options, options.empty() ? "" : " ", folder);
}

compile_options source_file::compile_with(const std::string& options) const {
  compile_options result;
  result.options = options_with_includes(options);
  result.file_name = name;
  return result;
}

source_file read_source(const std::string& file) {
  source_file source{read_text_file(file == "-" ? "/dev/stdin" : file), file == "-" ? "<stdin>" : file};
  if (source.text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw failure(exit_code::input, fmt::format("'{}' is empty", source.name));
  return source;
}

} // namespace dotcompute::tool
