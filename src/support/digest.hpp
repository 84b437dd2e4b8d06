// SPDX-License-Identifier: MIT
// 128-bit content digests (XXH3): names of cached results and checksums of what is read back. Not cryptographic: they
// find accidents, not forgeries.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dotcompute {

struct digest {
  std::uint64_t high = 0, low = 0;
  friend auto operator<=>(const digest&, const digest&) = default;
};

digest digest_of(std::span<const std::byte> bytes);
digest digest_of(std::string_view text);

/// 32 lower-case hexadecimal digits.
std::string to_hex(const digest& d);
/// Of either case; nothing for anything else.
std::optional<digest> digest_from_hex(std::string_view text);

} // namespace dotcompute

template <>
struct std::hash<dotcompute::digest> {
  std::size_t operator()(const dotcompute::digest& d) const noexcept { return static_cast<std::size_t>(d.low); }
};
