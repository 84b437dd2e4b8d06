// SPDX-License-Identifier: MIT
// A value that was read, or the explicit statement that it could not be. Unknown is never zero.
#pragma once

#include <optional>
#include <ostream>
#include <type_traits>
#include <utility>

namespace dotcompute {

/// As std::optional, but says what absence means and prints it.
template <class T>
class known {
 public:
  using value_type = T;

  constexpr known() = default; ///< unknown
  constexpr known(T value) : value_(std::move(value)) {}
  constexpr known(std::nullopt_t) {}

  constexpr bool has_value() const noexcept { return value_.has_value(); }
  constexpr explicit operator bool() const noexcept { return value_.has_value(); }
  /// Throws std::bad_optional_access when unknown.
  constexpr const T& value() const { return value_.value(); }
  template <class U>
  constexpr T value_or(U&& fallback) const {
    return value_.value_or(std::forward<U>(fallback));
  }
  constexpr const T& operator*() const { return *value_; } // NOLINT(bugprone-unchecked-optional-access): must be known
  constexpr const T* operator->() const { return &*value_; } // NOLINT(bugprone-unchecked-optional-access): as above

  friend constexpr bool operator==(const known&, const known&) = default;

  /// The value as it prints itself, or "unknown".
  friend std::ostream& operator<<(std::ostream& out, const known& k) {
    if (!k.value_) return out << "unknown";
    if constexpr (std::is_same_v<T, bool>)
      return out << (*k.value_ ? "yes" : "no");
    else
      return out << *k.value_;
  }

 private:
  std::optional<T> value_;
};

} // namespace dotcompute
