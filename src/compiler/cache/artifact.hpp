// SPDX-License-Identifier: MIT
// Requests and results as bytes: on the wire between the service and the compiler process, in the disk cache, and
// embedded in programs that were compiled ahead of time.
//
//   offset  size  header, little-endian
//        0     4  magic "DCAF"
//        4     2  format version
//        6     2  kind
//        8     8  payload bytes; exactly these follow the header
//       16    16  XXH3-128 of the payload, high word first
#pragma once

#include "compiler/compile.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::compiler {

/// Changes with every change of what the functions here write.
inline constexpr std::uint16_t artifact_version = 4;
inline constexpr std::size_t artifact_header_bytes = 32;

enum class artifact_kind : std::uint16_t { request = 1, result = 2, precompiled_program = 3 };

std::vector<std::byte> encode(const request& r);
std::vector<std::byte> encode(const result& r);

/// False, with the reason in `why`, for bytes that no `encode` of this version made: cut short, changed, of another
/// version or kind, or with values that do not exist. Never reads outside `bytes`, whatever they hold.
bool decode(std::span<const std::byte> bytes, request& r, std::string& why);
bool decode(std::span<const std::byte> bytes, result& r, std::string& why);

/// The header alone, for other kinds of payload.
std::vector<std::byte> seal(artifact_kind kind, std::span<const std::byte> payload);
bool unseal(std::span<const std::byte> bytes, artifact_kind kind, std::span<const std::byte>& payload,
            std::string& why);

} // namespace dotcompute::compiler
