// SPDX-License-Identifier: MIT
#include "compiler/targets/c/words.hpp"

#include <cctype>
#include <vector>

namespace dotcompute::c_text {

namespace {

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

} // namespace

bool names(std::string_view code, std::string_view name) {
  for (std::size_t at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
    const bool begins = at == 0 || !is_name_character(code[at - 1]);
    const std::size_t end = at + name.size();
    if (begins && (end == code.size() || !is_name_character(code[end]))) return true;
  }
  return false;
}

std::string pieces_for(std::string_view code, std::span<const piece> pieces) {
  std::string wanted(code), text;
  // From the back, since a piece may ask for one before it.
  std::vector<std::string_view> chosen;
  for (auto p = pieces.rbegin(); p != pieces.rend(); ++p) {
    if (!names(wanted, p->name)) continue;
    chosen.push_back(p->text);
    wanted += p->text;
  }
  for (auto c = chosen.rbegin(); c != chosen.rend(); ++c)
    text += *c;
  return text;
}

} // namespace dotcompute::c_text
