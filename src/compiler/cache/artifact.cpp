// SPDX-License-Identifier: MIT
#include "compiler/cache/artifact.hpp"

#include "compiler/cache/byte_stream.hpp"
#include "compiler/cache/payload.hpp"

#include <fmt/format.h>

namespace dotcompute::compiler {
namespace {

constexpr std::array<std::uint8_t, 4> magic{'D', 'C', 'A', 'F'};

std::string_view name(artifact_kind k) {
  switch (k) {
  case artifact_kind::request: return "request";
  case artifact_kind::result: return "result";
  case artifact_kind::precompiled_program: return "precompiled program";
  }
  return "unknown";
}

template <class T>
std::vector<std::byte> encode_as(artifact_kind kind, const T& value, std::size_t size_guess) {
  byte_writer w;
  w.reserve(size_guess);
  write(w, value);
  return seal(kind, w.view());
}

template <class T>
bool decode_as(artifact_kind kind, std::span<const std::byte> bytes, T& value, std::string& why) {
  std::span<const std::byte> payload;
  if (!unseal(bytes, kind, payload, why)) return false;
  byte_reader reader(payload);
  T read_value;
  read(reader, read_value);
  if (reader.failed() || reader.remaining() != 0) {
    why = fmt::format("the {}'s fields are malformed", name(kind));
    return false;
  }
  value = std::move(read_value);
  return true;
}

} // namespace

std::vector<std::byte> seal(artifact_kind kind, std::span<const std::byte> payload) {
  const digest sum = digest_of(payload);
  byte_writer w;
  w.reserve(artifact_header_bytes + payload.size());
  for (std::uint8_t c : magic)
    w.byte(c);
  for (unsigned shift : {0u, 8u})
    w.byte(static_cast<std::uint8_t>(artifact_version >> shift));
  for (unsigned shift : {0u, 8u})
    w.byte(static_cast<std::uint8_t>(static_cast<std::uint16_t>(kind) >> shift));
  w.word(payload.size());
  w.word(sum.high);
  w.word(sum.low);
  w.raw(payload);
  return w.take();
}

bool unseal(std::span<const std::byte> bytes, artifact_kind kind, std::span<const std::byte>& payload,
            std::string& why) {
  if (bytes.size() < artifact_header_bytes) {
    why = fmt::format("{} bytes are too few for a header", bytes.size());
    return false;
  }
  byte_reader header(bytes.first(artifact_header_bytes));
  bool ours = true;
  for (std::uint8_t c : magic)
    ours = (header.byte() == c) && ours;
  if (!ours) {
    why = "the bytes are no dotcompute artifact";
    return false;
  }
  const auto half = [&header] {
    const unsigned low = header.byte();
    return low | (static_cast<unsigned>(header.byte()) << 8);
  };
  if (const unsigned version = half(); version != artifact_version) {
    why = fmt::format("artifact version {}, expected {}", version, artifact_version);
    return false;
  }
  if (const unsigned found = half(); found != static_cast<unsigned>(kind)) {
    why = fmt::format("artifact kind {}, expected {} ({})", found, static_cast<unsigned>(kind), name(kind));
    return false;
  }
  const std::uint64_t size = header.word();
  if (size != bytes.size() - artifact_header_bytes) {
    why = fmt::format("{} bytes follow the header, which promises {}", bytes.size() - artifact_header_bytes, size);
    return false;
  }
  digest sum;
  sum.high = header.word();
  sum.low = header.word();
  payload = bytes.subspan(artifact_header_bytes);
  if (digest_of(payload) != sum) {
    why = "the checksum does not match";
    return false;
  }
  return true;
}

std::vector<std::byte> encode(const request& r) {
  return encode_as(artifact_kind::request, r, r.source.size() + 256);
}
std::vector<std::byte> encode(const result& r) {
  return encode_as(artifact_kind::result, r, r.binary.size() + r.log.size() + 4096);
}
bool decode(std::span<const std::byte> bytes, request& r, std::string& why) {
  return decode_as(artifact_kind::request, bytes, r, why);
}
bool decode(std::span<const std::byte> bytes, result& r, std::string& why) {
  return decode_as(artifact_kind::result, bytes, r, why);
}

} // namespace dotcompute::compiler
