// SPDX-License-Identifier: MIT
#include "support/digest.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <charconv>

namespace dotcompute {

digest digest_of(std::span<const std::byte> bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return {h.high64, h.low64};
}

digest digest_of(std::string_view text) {
  return digest_of(std::as_bytes(std::span(text.data(), text.size())));
}

std::string to_hex(const digest& d) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(32, '0');
  for (unsigned i = 0; i < 16; ++i) {
    text[15 - i] = digits[(d.high >> (4 * i)) & 15];
    text[31 - i] = digits[(d.low >> (4 * i)) & 15];
  }
  return text;
}

std::optional<digest> digest_from_hex(std::string_view text) {
  digest d;
  if (text.size() != 32) return {};
  const auto read = [](std::string_view half, std::uint64_t& into) {
    const auto [end, failure] = std::from_chars(half.data(), half.data() + half.size(), into, 16);
    return failure == std::errc{} && end == half.data() + half.size();
  };
  if (!read(text.substr(0, 16), d.high) || !read(text.substr(16), d.low)) return {};
  return d;
}

} // namespace dotcompute
