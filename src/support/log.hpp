// SPDX-License-Identifier: MIT
// One log for the process: prose on standard error. DOTCOMPUTE_LOG=debug|info|warning|error|off sets what is shown.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace dotcompute::log {

enum class level { debug, info, warning, error };

bool enabled(level l) noexcept;
/// Thread-safe; never throws.
void write(level l, std::string_view text) noexcept;

namespace detail {
template <class... A>
void format(level l, fmt::format_string<A...> text, A&&... values) noexcept {
  if (!enabled(l)) return;
  try {
    write(l, fmt::format(text, std::forward<A>(values)...));
  } catch (...) {
    write(l, "a log line could not be formatted");
  }
}
} // namespace detail

template <class... A>
void debug(fmt::format_string<A...> text, A&&... values) noexcept {
  detail::format(level::debug, text, std::forward<A>(values)...);
}
template <class... A>
void info(fmt::format_string<A...> text, A&&... values) noexcept {
  detail::format(level::info, text, std::forward<A>(values)...);
}
template <class... A>
void warning(fmt::format_string<A...> text, A&&... values) noexcept {
  detail::format(level::warning, text, std::forward<A>(values)...);
}
template <class... A>
void error(fmt::format_string<A...> text, A&&... values) noexcept {
  detail::format(level::error, text, std::forward<A>(values)...);
}

} // namespace dotcompute::log
