// SPDX-License-Identifier: MIT
#include "compiler/frontend/build_options.hpp"

#include <algorithm>
#include <array>

namespace dotcompute::frontend {

namespace {

/// Words separated by white space; double quotes keep spaces together, a backslash keeps the next quote or backslash.
std::vector<std::string> split(std::string_view text, std::string& error) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false, quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escapes = c == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (c == '\0') {
      error = "the build options contain a zero byte";
      return {};
    }
    if (escapes) {
      word += text[++i];
      in_word = true;
    } else if (c == '"') {
      quoted = !quoted;
      in_word = true;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quoted) error = "a quote in the build options is not closed";
  if (in_word) words.push_back(std::move(word));
  return words;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

} // namespace

build_options parse_build_options(std::string_view text) {
  build_options options;
  const std::vector<std::string> words = split(text, options.error);
  std::vector<std::string>& arguments = options.clang_arguments;
  std::string standard = "CL1.2";
  for (std::size_t i = 0; i < words.size() && options.error.empty(); ++i) {
    const std::string& word = words[i];
    const std::string_view letter = std::string_view(word).substr(0, 2);
    if (is_one_of(letter, {"-D", "-U", "-I"})) {
      std::string value = word.substr(2);
      if (value.empty() && i + 1 < words.size()) value = words[++i];
      if (value.empty()) {
        options.error = "build option '" + word + "' lacks its value";
        break;
      }
      arguments.emplace_back(letter);
      arguments.push_back(std::move(value));
    } else if (word.starts_with("-cl-std=")) {
      standard = word.substr(8);
      if (!is_one_of(standard, {"CL", "CL1.0", "CL1.1", "CL1.2", "CL2.0", "CL3.0"}))
        options.error = "build option '" + word + "': expected CL1.0, CL1.1, CL1.2, CL2.0 or CL3.0";
    } else if (is_one_of(word, {"-w", "-Werror", "-cl-single-precision-constant", "-cl-finite-math-only",
                                "-cl-no-signed-zeros"})) {
      arguments.push_back(word);
    } else if (word == "-cl-fast-relaxed-math") {
      options.fast_relaxed_math = true;
      arguments.push_back(word);
    } else if (word == "-cl-unsafe-math-optimizations") {
      options.unsafe_math = true;
      arguments.push_back(word);
    } else if (word == "-cl-mad-enable") {
      options.mad_enable = true;
    } else if (word == "-cl-denorms-are-zero") {
      options.denormals_are_zero = true;
    } else if (word == "-cl-opt-disable") {
      options.optimize = false;
    } else if (!is_one_of(word, {"-cl-kernel-arg-info", "-cl-strict-aliasing", "-cl-fp32-correctly-rounded-divide-sqrt",
                                 "-cl-uniform-work-group-size", "-g"})) {
      // The listed ones need nothing: what they ask for always holds, or they only permit.
      options.error = "build option '" + word + "' is not known";
    }
  }
  arguments.push_back("-cl-std=" + standard);
  // The version of the platform, whatever version of the language is asked for.
  arguments.insert(arguments.begin(), {"-D", "__OPENCL_VERSION__=120"});
  return options;
}

} // namespace dotcompute::frontend
