// SPDX-License-Identifier: MIT
#include "kernel_scan.hpp"

#include <algorithm>
#include <cctype>

namespace fake_cuda {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

struct token {
  std::string_view text;
  std::size_t begin;
};

/// Words and single characters; no blanks, comments or literals.
std::vector<token> tokens_of(std::string_view s) {
  std::vector<token> out;
  for (std::size_t i = 0; i < s.size();) {
    if (std::isspace(static_cast<unsigned char>(s[i])) != 0) {
      ++i;
    } else if (s.substr(i, 2) == "//") {
      i = std::min(s.find('\n', i), s.size());
    } else if (s.substr(i, 2) == "/*") {
      i = std::min(s.find("*/", i + 2), s.size() - 2) + 2;
    } else if (s[i] == '"' || s[i] == '\'') {
      const char quote = s[i++];
      while (i < s.size() && s[i] != quote)
        i += s[i] == '\\' ? 2 : 1;
      ++i;
    } else {
      const std::size_t begin = i;
      while (i < s.size() && is_word(s[i]))
        ++i;
      if (i == begin) ++i;
      out.push_back({s.substr(begin, i - begin), begin});
    }
  }
  return out;
}

/// The index of the parenthesis that closes the one at `open`.
std::size_t closing(const std::vector<token>& all, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < all.size(); ++i) {
    if (all[i].text == "(") ++depth;
    if (all[i].text == ")" && --depth == 0) return i;
  }
  return all.size();
}

bool takes_parentheses(std::string_view word) {
  return word == "__launch_bounds__" || word == "__attribute__" || word == "__align__" || word == "alignas" ||
         word == "__maxnreg__";
}

/// The kernel whose declaration follows `__global__` at `at`.
found_kernel kernel_at(std::string_view text, const std::vector<token>& all, std::size_t at) {
  found_kernel k;
  for (std::size_t i = at + 1; i + 1 < all.size(); ++i) {
    if (all[i + 1].text != "(") continue;
    if (!takes_parentheses(all[i].text)) {
      k.name = all[i].text;
      return k;
    }
    const std::size_t end = closing(all, i + 1);
    if (end == all.size()) break;
    if (all[i].text == "__launch_bounds__")
      k.launch_bounds = text.substr(all[i + 1].begin + 1, all[end].begin - all[i + 1].begin - 1);
    i = end;
  }
  return {};
}

/// `extern __shared__ T name[];` from `at` on as a definition of what `name` stands for; `last` becomes its last token.
std::string shared_at(const std::vector<token>& all, std::size_t at, std::size_t& last) {
  std::string type, name;
  for (std::size_t i = at + 1; i < all.size(); ++i) {
    const std::string_view word = all[i].text;
    if (takes_parentheses(word)) {
      i = closing(all, i + 1);
    } else if (word == "[") {
      while (i < all.size() && all[i].text != ";")
        ++i;
      last = i;
      return "\n#undef " + name + "\n#define " + name + " ((" + type + "*)fake_cuda_thread->shared)\n";
    } else if (word != "__shared__") {
      if (!name.empty()) type += name + " ";
      name = word;
    }
  }
  return {};
}

} // namespace

scanned_text scan(std::string_view text) {
  const std::vector<token> all = tokens_of(text);
  scanned_text out;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].text == "__global__") {
      const found_kernel k = kernel_at(text, all, i);
      const bool is_known = std::any_of(out.kernels.begin(), out.kernels.end(),
                                        [&](const found_kernel& other) { return other.name == k.name; });
      if (!k.name.empty() && !is_known) out.kernels.push_back(k);
    }
    if (all[i].text != "extern") continue;
    std::size_t end = i + 1;
    bool is_shared = false;
    while (end < all.size() && all[end].text != ";" && all[end].text != "{")
      is_shared = all[end++].text == "__shared__" || is_shared;
    if (!is_shared || end == all.size() || all[end].text != ";") continue;
    std::size_t last = end;
    const std::string definition = shared_at(all, i, last);
    if (definition.empty()) continue;
    out.text += text.substr(copied, all[i].begin - copied);

    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(all[last].begin), '\n');
    out.text += definition + "#line " + std::to_string(line) + "\n";
    copied = all[last].begin + 1;
    i = last;
  }
  out.text += text.substr(copied);
  return out;
}

} // namespace fake_cuda
