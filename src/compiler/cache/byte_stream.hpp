// SPDX-License-Identifier: MIT
// Bytes written and read in one portable form: integers as LEB128 varints or little-endian words, text and blobs with
// their length in front.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::compiler {

class byte_writer {
 public:
  void byte(std::uint8_t v) { bytes_.push_back(static_cast<std::byte>(v)); }
  void boolean(bool v) { byte(v ? 1 : 0); }
  void varint(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7)
      byte(static_cast<std::uint8_t>(v | 0x80));
    byte(static_cast<std::uint8_t>(v));
  }
  void word(std::uint64_t v) {
    for (unsigned i = 0; i < 8; ++i)
      byte(static_cast<std::uint8_t>(v >> (8 * i)));
  }
  void raw(std::span<const std::byte> v) { bytes_.insert(bytes_.end(), v.begin(), v.end()); }
  void blob(std::span<const std::byte> v) {
    varint(v.size());
    raw(v);
  }
  void text(std::string_view v) { blob(std::as_bytes(std::span(v.data(), v.size()))); }
  void reserve(std::size_t n) { bytes_.reserve(n); }

  std::span<const std::byte> view() const { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads what byte_writer wrote, from bytes that may be anything. The first read past the end or of a value out of
/// range makes the reader fail for good: it then gives zeros and empty texts, so a caller may check once, at the end.
/// Memory is only allocated for bytes that are there.
class byte_reader {
 public:
  explicit byte_reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  std::size_t remaining() const { return rest_.size(); }
  void fail() {
    failed_ = true;
    rest_ = {};
  }

  std::uint8_t byte() {
    if (rest_.empty()) {
      fail();
      return 0;
    }
    const auto v = static_cast<std::uint8_t>(rest_[0]);
    rest_ = rest_.subspan(1);
    return v;
  }
  bool boolean() { return at_most(1) != 0; }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      const std::uint64_t low = b & 0x7fu;
      if (shift == 63 && low > 1) break;
      v |= low << shift;
      if (!(b & 0x80u)) return failed_ ? 0 : v;
    }
    fail();
    return 0;
  }
  std::uint32_t varint32() {
    const std::uint64_t v = varint();
    if (v > UINT32_MAX) {
      fail();
      return 0;
    }
    return static_cast<std::uint32_t>(v);
  }
  std::uint64_t word() {
    std::uint64_t v = 0;
    for (unsigned i = 0; i < 8; ++i)
      v |= std::uint64_t{byte()} << (8 * i);
    return failed_ ? 0 : v;
  }
  /// One byte that must not be above `limit`: enumerations and flags.
  std::uint8_t at_most(std::uint8_t limit) {
    const std::uint8_t v = byte();
    if (v <= limit) return v;
    fail();
    return 0;
  }
  std::span<const std::byte> raw(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto v = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    return v;
  }
  std::span<const std::byte> blob() { return raw(varint()); }
  std::string text() {
    const auto v = blob();
    return v.empty() ? std::string() : std::string(reinterpret_cast<const char*>(v.data()), v.size());
  }
  /// How many elements follow, each of at least `least_bytes`; more than can be there is a failure.
  std::size_t count(std::size_t least_bytes) {
    const std::uint64_t n = varint();
    if (n > rest_.size() / least_bytes) {
      fail();
      return 0;
    }
    return static_cast<std::size_t>(n);
  }

 private:
  std::span<const std::byte> rest_;
  bool failed_ = false;
};

} // namespace dotcompute::compiler
