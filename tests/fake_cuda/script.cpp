// SPDX-License-Identifier: MIT
#include "script.hpp"

#include <charconv>

namespace fake_cuda {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Cuts the text up to the first of `separators` off.
std::string_view next_word(std::string_view& text, std::string_view separators) {
  const std::size_t end = text.find_first_of(separators);
  const std::string_view word = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return word;
}

} // namespace

std::optional<script::rule> script::parse(std::string_view words) {
  rule r;
  bool only_delays = false, has_code = false;
  while (!words.empty()) {
    std::string_view value = next_word(words, ":");
    const std::string_view key = next_word(value, "=");
    const std::optional<std::uint64_t> n = number(value);
    if (key == "function" && !value.empty()) {
      r.function = value;
    } else if (key == "kernel" && !value.empty()) {
      r.kernel = value;
    } else if (key == "sticky" && value.empty()) {
      r.action.sticky = true;
    } else if (!n) {
      return std::nullopt;
    } else if ((key == "call" || key == "nth") && *n != 0) {
      r.nth = *n;
    } else if (key == "every" && *n != 0) {
      r.every = *n;
    } else if (key == "code") {
      has_code = true;
      r.action.code = static_cast<status>(*n);
    } else if (key == "delay") {
      only_delays = true;
      r.action.delay_milliseconds = *n;
    } else {
      return std::nullopt;
    }
  }
  if (!has_code && (!only_delays || r.action.sticky)) r.action.code = 999;
  return r;
}

bool script::add(std::string_view words) {
  std::vector<rule> added;
  while (!words.empty()) {
    const std::string_view one = next_word(words, ",;");
    if (one.empty()) continue;
    std::optional<rule> r = parse(one);
    if (!r) return false;
    added.push_back(std::move(*r));
  }
  rules_.insert(rules_.end(), added.begin(), added.end());
  return true;
}

bool script::applies(rule& r) {
  ++r.seen;
  if (r.nth != 0) return r.seen == r.nth;
  return r.every == 0 || r.seen % r.every == 0;
}

scripted script::on_call(std::string_view function) {
  if (function.size() > 3 && function.substr(function.size() - 3) == "_v2") function.remove_suffix(3);
  scripted all;
  for (rule& r : rules_) {
    if (!r.kernel.empty() || (!r.function.empty() && r.function != function) || !applies(r)) continue;
    all.delay_milliseconds += r.action.delay_milliseconds;
    if (r.action.code) all.code = r.action.code;
    all.sticky = all.sticky || r.action.sticky;
  }
  return all;
}

scripted script::on_kernel(std::string_view kernel) {
  scripted all;
  for (rule& r : rules_) {
    if (r.kernel.empty() || (r.kernel != "*" && r.kernel != kernel) || !applies(r)) continue;
    all.delay_milliseconds += r.action.delay_milliseconds;
    if (r.action.code) all.code = r.action.code;
  }
  return all;
}

} // namespace fake_cuda
