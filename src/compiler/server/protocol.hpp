// SPDX-License-Identifier: MIT
// What service and compiler process say to each other over a stream socket. The process says hello once; then each
// `compile` frame is answered by one `answer` frame with the same number.
//
//   offset  size  frame header, in the byte order of the machine that both run on
//        0     4  magic
//        4     2  protocol version
//        6     2  kind
//        8     8  number of the request; 0 for hello
//       16     8  payload bytes that follow
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::compiler {

inline constexpr std::uint32_t frame_magic = 0x46434443; // "CDCF"
inline constexpr std::uint16_t protocol_version = 2;
inline constexpr std::uint64_t largest_payload = std::uint64_t{1} << 30;

/// The descriptor on which the compiler process finds its end of the socket.
inline constexpr int compiler_socket = 3;

enum class frame_kind : std::uint16_t {
  hello = 1,   ///< kernel ABI version, identity, confinement
  compile = 2, ///< working folder, request artifact
  answer = 3,  ///< result artifact
};

struct frame_header {
  std::uint32_t magic = frame_magic;
  std::uint16_t version = protocol_version;
  frame_kind kind{};
  std::uint64_t number = 0;
  std::uint64_t payload_bytes = 0;
};
static_assert(sizeof(frame_header) == 24);

struct frame {
  frame_kind kind{};
  std::uint64_t number = 0;
  std::vector<std::byte> payload;
};

struct hello {
  std::uint32_t kernel_abi = 0;
  std::string identity;    ///< compiler_identity() of the process
  std::string confinement; ///< confinement_result::describe() of the process
};

std::vector<std::byte> encode_hello(const hello& h);
bool decode_hello(std::span<const std::byte> payload, hello& h);

/// The request artifact with the folder that relative paths in it start from.
std::vector<std::byte> encode_compile(const std::string& working_folder, std::span<const std::byte> request);
bool decode_compile(std::span<const std::byte> payload, std::string& working_folder,
                    std::span<const std::byte>& request);

} // namespace dotcompute::compiler
