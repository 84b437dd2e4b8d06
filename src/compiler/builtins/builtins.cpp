// SPDX-License-Identifier: MIT
#include "compiler/builtins/builtins.hpp"

#include <cstddef>
#include <unordered_map>

namespace dotcompute::builtins {

extern const library_file embedded_files[];
extern const std::size_t embedded_file_count;

namespace {

using index = std::unordered_map<std::string_view, const library_file*>;

/// The library's files keep to one form that makes this scan exact: a definition starts in the first column with its
/// type, has its parameters on the same line and ends that line with an opening brace; a declaration ends with ';'.
void add_definitions(const library_file& file, index& functions) {
  std::string_view rest = file.text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty() || line.front() == ' ' || line.front() == '/' || line.front() == '#' || line.back() != '{')
      continue;
    const std::size_t name = line.find(" __dc_");
    const std::size_t parenthesis = line.find('(');
    if (name == std::string_view::npos || parenthesis == std::string_view::npos || parenthesis < name) continue;
    functions.emplace(line.substr(name + 1, parenthesis - name - 1), &file);
  }
}

index scan() {
  index functions;
  for (const library_file& file : files())
    add_definitions(file, functions);
  return functions;
}

} // namespace

std::span<const library_file> files() {
  return {embedded_files, embedded_file_count};
}

const library_file* find(std::string_view function) {
  static const index functions = scan(); // initialised once, also when several threads ask first
  const auto found = functions.find(function);
  return found == functions.end() ? nullptr : found->second;
}

} // namespace dotcompute::builtins
