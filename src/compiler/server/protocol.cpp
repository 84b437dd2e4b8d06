// SPDX-License-Identifier: MIT
#include "compiler/server/protocol.hpp"

#include "compiler/cache/byte_stream.hpp"

namespace dotcompute::compiler {

std::vector<std::byte> encode_hello(const hello& h) {
  byte_writer w;
  w.varint(h.kernel_abi);
  w.text(h.identity);
  w.text(h.confinement);
  return w.take();
}

bool decode_hello(std::span<const std::byte> payload, hello& h) {
  byte_reader in(payload);
  h.kernel_abi = in.varint32();
  h.identity = in.text();
  h.confinement = in.text();
  return !in.failed() && in.remaining() == 0;
}

std::vector<std::byte> encode_compile(const std::string& working_folder, std::span<const std::byte> request) {
  byte_writer w;
  w.reserve(working_folder.size() + request.size() + 16);
  w.text(working_folder);
  w.blob(request);
  return w.take();
}

bool decode_compile(std::span<const std::byte> payload, std::string& working_folder,
                    std::span<const std::byte>& request) {
  byte_reader in(payload);
  working_folder = in.text();
  request = in.blob();
  return !in.failed() && in.remaining() == 0;
}

} // namespace dotcompute::compiler
