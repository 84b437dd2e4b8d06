// SPDX-License-Identifier: MIT
// From the IR of a whole program to text or machine code for one CPU.
#pragma once

#include "compiler/compile.hpp"
#include "compiler/ir/operation.hpp"

#include <memory>
#include <string>

namespace dotcompute::cpu {

/// The CPU that code is generated for, with everything chosen.
struct resolved_target {
  std::string cpu, features, triple;
  std::uint32_t lanes = 4; ///< of a 32-bit type in one register
  std::uint32_t register_bits = 128;
};

/// What a request's target means on this machine. An unknown cpu name leaves `error` non-empty.
resolved_target resolve(const compiler::cpu_target& target, std::string& error);

struct kernel_request {
  const ir::function* kernel = nullptr;
  const kernel_reflection* reflection = nullptr;
  std::optional<std::array<std::uint32_t, 3>> local_size;
};

/// Lowers the kernels and emits what `emit` asks for into `out` (binary, entries, print_formats, diagnostics).
/// False with an error among the diagnostics when the kernels cannot be lowered.
bool generate(const ir::program& p, const std::vector<kernel_request>& kernels, const resolved_target& target,
              std::uint32_t requested_lanes, compiler::stage emit, compiler::result& out);

/// Links a relocatable object into a shared object, in this process. Empty with `error` set on failure.
std::vector<std::byte> link_shared(const std::vector<std::byte>& object, std::string& error);

} // namespace dotcompute::cpu
