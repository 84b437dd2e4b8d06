// SPDX-License-Identifier: MIT
#include "random/program.hpp"

#include <cctype>

namespace random_programs {
namespace {

std::string rendered(const expression& e);
std::string rendered(const std::vector<statement>& body, std::size_t depth);

/// The number behind the mark at `at`, which moves past it.
std::size_t number_behind(const std::string& text, std::size_t& at) {
  std::size_t n = 0;
  while (at + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[at + 1])) != 0) {
    n = n * 10 + static_cast<std::size_t>(text[++at] - '0');
  }
  return n;
}

std::string rendered(const expression& e) {
  std::string result;
  for (std::size_t i = 0; i < e.text.size(); ++i) {
    if (e.text[i] != '$') {
      result += e.text[i];
      continue;
    }
    result += rendered(e.operands[number_behind(e.text, i)]);
  }
  return result;
}

std::string rendered(const statement& s, std::size_t depth) {
  std::string result(2 * depth, ' ');
  for (std::size_t i = 0; i < s.text.size(); ++i) {
    const char c = s.text[i];
    if (c == '$') {
      result += rendered(s.expressions[number_behind(s.text, i)]);
    } else if (c == '@') {
      result += "{\n" + rendered(s.bodies[number_behind(s.text, i)], depth + 1) + std::string(2 * depth, ' ') + "}";
    } else {
      result += c;
    }
  }
  return result + "\n";
}

std::string rendered(const std::vector<statement>& body, std::size_t depth) {
  std::string result;
  for (const statement& s : body)
    result += rendered(s, depth);
  return result;
}

std::size_t count(const expression& e) {
  std::size_t n = 1;
  for (const expression& part : e.operands)
    n += count(part);
  return n;
}

std::size_t count(const std::vector<statement>& body) {
  std::size_t n = 0;
  for (const statement& s : body) {
    ++n;
    for (const expression& e : s.expressions)
      n += count(e);
    for (const auto& inner : s.bodies)
      n += count(inner);
  }
  return n;
}

} // namespace

std::string render(const kernel& k) {
  std::string result;
  for (const function& f : k.functions) {
    result += f.head + " {\n" + rendered(f.body, 1) + (f.tail.empty() ? "" : "  " + f.tail + "\n") + "}\n";
  }
  return result;
}

std::size_t node_count(const kernel& k) {
  std::size_t n = 0;
  for (const function& f : k.functions)
    n += count(f.body);
  return n;
}

} // namespace random_programs
