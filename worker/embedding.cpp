// SPDX-License-Identifier: MIT
#include "embedding.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace dotcompute::compiler {
namespace {

std::string literal(const std::string& text) {
  std::string quoted = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\', quoted += static_cast<char>(c);
    else if (c < 32 || c >= 127)
      quoted += fmt::format("\\{:03o}", c);
    else
      quoted += static_cast<char>(c);
  }
  return quoted + '"';
}

std::string escape_for_make(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (c == ' ' || c == '#' || c == '\\') text += '\\';
    if (c == '$') text += '$';
    text += c;
  }
  return text;
}

} // namespace

std::string embedding(const std::string& name, const std::string& symbol, std::span<const std::byte> artifact) {
  // Words compile several times faster than bytes. Their order is little-endian, as on every machine that is supported.
  std::string text = "// Written by dotcompute-compiler; changes are lost.\n"
                     "#include <dotcompute/program.hpp>\n\n"
                     "namespace {\n\n"
                     "const unsigned long long artifact[] = {\n";
  text.reserve(text.size() + artifact.size() * 3);
  for (std::size_t i = 0; i < artifact.size(); i += 8) {
    std::uint64_t word = 0;
    for (std::size_t k = 0; k < 8 && i + k < artifact.size(); ++k) {
      word |= static_cast<std::uint64_t>(artifact[i + k]) << (8 * k);
    }
    fmt::format_to(std::back_inserter(text), "0x{:x}ull,{}", word, i % 64 == 56 ? "\n" : "");
  }
  fmt::format_to(std::back_inserter(text),
                 "}};\n\nconst dotcompute::embedded_program registration({}, artifact, {});\n\n}} // namespace\n",
                 literal(name), artifact.size());
  if (!symbol.empty()) {
    fmt::format_to(std::back_inserter(text), "\nextern \"C\" {{\nextern const char {0};\nconst char {0} = 0;\n}}\n",
                   symbol);
  }
  return text;
}

std::string dependency_rule(const std::string& output, const std::vector<std::string>& inputs) {
  std::string text = escape_for_make(output) + ':';
  for (const std::string& input : inputs)
    text += " \\\n  " + escape_for_make(input);
  return text + '\n';
}

} // namespace dotcompute::compiler
