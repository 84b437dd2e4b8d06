// SPDX-License-Identifier: MIT
#include "compiler/cache/artifact.hpp"

#include "compiler/cache/precompiled.hpp"
#include "targets.hpp"

#include <cstdlib>

namespace dotcompute::fuzz {
namespace {

/// What was accepted must come back the same when it is written and read again.
template <class T>
void round_trip(std::span<const std::byte> bytes) {
  T value, again;
  std::string why;
  if (!compiler::decode(bytes, value, why)) return;
  const auto written = compiler::encode(value);
  if (!compiler::decode(written, again, why) || compiler::encode(again) != written) std::abort();
}

} // namespace

void artifact(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  round_trip<compiler::request>(bytes);
  round_trip<compiler::result>(bytes);
  round_trip<compiler::precompiled_program>(bytes);
  // The same bytes behind a right checksum get further.
  round_trip<compiler::request>(compiler::seal(compiler::artifact_kind::request, bytes));
  round_trip<compiler::result>(compiler::seal(compiler::artifact_kind::result, bytes));
  round_trip<compiler::precompiled_program>(compiler::seal(compiler::artifact_kind::precompiled_program, bytes));
}

} // namespace dotcompute::fuzz
