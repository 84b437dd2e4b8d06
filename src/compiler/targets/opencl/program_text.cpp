// SPDX-License-Identifier: MIT
#include "compiler/targets/opencl/program_text.hpp"

#include <algorithm>

namespace dotcompute::compiler::opencl {

std::vector<std::byte> encode(const program_text& text) {
  std::vector<std::byte> bytes;
  bytes.reserve(text.options.size() + 1 + text.source.size());
  const auto append = [&bytes](const std::string& part) {
    std::transform(part.begin(), part.end(), std::back_inserter(bytes),
                   [](char c) { return static_cast<std::byte>(c); });
  };
  append(text.options);
  bytes.push_back(std::byte{0});
  append(text.source);
  return bytes;
}

std::optional<program_text> decode(std::span<const std::byte> bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), std::byte{0});
  if (end == bytes.end()) return {};
  const auto text = [](auto from, auto to) {
    std::string s(static_cast<std::size_t>(to - from), '\0');
    std::transform(from, to, s.begin(), [](std::byte b) { return static_cast<char>(b); });
    return s;
  };
  return program_text{text(bytes.begin(), end), text(end + 1, bytes.end())};
}

std::string driver_options(const std::string& user_options, const std::string& folder) {
  std::string options = user_options;
  const auto add = [&options](const std::string& option) { options += (options.empty() ? "" : " ") + option; };
  if (options.find("-cl-std=") == std::string::npos) add("-cl-std=CL1.2");
  if (!folder.empty()) add(folder.find_first_of(" \t") == std::string::npos ? "-I " + folder : "-I \"" + folder + "\"");
  return options;
}

} // namespace dotcompute::compiler::opencl
