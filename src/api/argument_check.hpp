// SPDX-License-Identifier: MIT
// Given arguments against the kernel's signature, and into its argument block.
#pragma once

#include "api/program_state.hpp"

#include <dotcompute/argument.hpp>

#include <cstddef>

namespace dotcompute::api {

/// Throws argument_type, invalid_handle, stale_handle, wrong_device. The message names the argument, what was given
/// and what the kernel expects.
void check_argument(const detail::kernel_state& k, std::size_t index, const argument& given);

/// "3 'n'" for messages.
std::string argument_label(const kernel_reflection& k, std::size_t index);

/// The kernel's signature as in the source.
std::string show_signature(const kernel_reflection& k);

/// Writes a checked argument to its place; a local block begins at `local_end`, which moves behind it.
void store_argument(const argument_reflection& a, const argument& given, std::byte* block, std::uint64_t& local_end);

/// Alignment of each local block within a work-group's local memory, in bytes.
inline constexpr std::uint64_t local_alignment = 128;
constexpr std::uint64_t align_local(std::uint64_t bytes) {
  return (bytes + local_alignment - 1) / local_alignment * local_alignment;
}

} // namespace dotcompute::api
