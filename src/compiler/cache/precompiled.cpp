// SPDX-License-Identifier: MIT
#include "compiler/cache/precompiled.hpp"

#include "compiler/cache/artifact.hpp"
#include "compiler/cache/byte_stream.hpp"
#include "compiler/cache/host_identity.hpp"
#include "compiler/cache/payload.hpp"
#include "compiler/targets/cpu/kernel_abi.hpp"

#include <fmt/format.h>

namespace dotcompute::compiler {

request precompiled_program::asked(const variant& v, const part& p) const {
  request r;
  r.source = source;
  r.file_name = file_name;
  r.options = options;
  r.target = v.target;
  r.specialize = p.specialize;
  r.any_local_size = !p.specialize;
  return r;
}

const precompiled_program::variant* precompiled_program::choose() const {
  for (const variant& v : variants) {
    if (v.target.cpu == "native" ? v.host == host_identity() : host_runs(v.target.cpu)) return &v;
  }
  return nullptr;
}

std::vector<std::byte> encode(const precompiled_program& p) {
  byte_writer w;
  w.varint(cpu::kernel_abi_version);
  w.text(p.source);
  w.text(p.file_name);
  w.text(p.options);
  w.varint(p.variants.size());
  for (const auto& v : p.variants) {
    w.text(v.target.cpu);
    w.text(v.target.features);
    w.varint(v.target.lanes);
    w.text(v.host);
    w.varint(v.parts.size());
    for (const auto& part : v.parts) {
      w.boolean(part.specialize.has_value());
      if (part.specialize) {
        w.text(part.specialize->kernel);
        for (std::uint32_t n : part.specialize->local_size)
          w.varint(n);
      }
      write(w, part.outcome);
    }
  }
  return seal(artifact_kind::precompiled_program, w.view());
}

bool decode(std::span<const std::byte> bytes, precompiled_program& p, std::string& why) {
  std::span<const std::byte> payload;
  if (!unseal(bytes, artifact_kind::precompiled_program, payload, why)) return false;
  byte_reader in(payload);
  if (const std::uint64_t version = in.varint(); version != cpu::kernel_abi_version) {
    why = fmt::format("its kernels are of ABI version {}, expected {}", version, cpu::kernel_abi_version);
    return false;
  }
  precompiled_program found;
  found.source = in.text();
  found.file_name = in.text();
  found.options = in.text();
  const std::size_t variants = in.count(5);
  for (std::size_t i = 0; i < variants && !in.failed(); ++i) {
    auto& v = found.variants.emplace_back();
    v.target.cpu = in.text();
    v.target.features = in.text();
    v.target.lanes = in.varint32();
    v.host = in.text();
    const std::size_t parts = in.count(9);
    for (std::size_t k = 0; k < parts && !in.failed(); ++k) {
      auto& part = v.parts.emplace_back();
      if (in.boolean()) {
        part.specialize.emplace();
        part.specialize->kernel = in.text();
        for (std::uint32_t& n : part.specialize->local_size)
          n = in.varint32();
      }
      read(in, part.outcome);
    }
  }
  if (in.failed() || in.remaining() != 0) {
    why = "the program's fields are malformed";
    return false;
  }
  p = std::move(found);
  return true;
}

} // namespace dotcompute::compiler
