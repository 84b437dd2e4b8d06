// SPDX-License-Identifier: MIT
// From the IR of a whole program to CUDA C, and through NVRTC to a cubin.
#pragma once

#include "compiler/compile.hpp"
#include "compiler/ir/operation.hpp"

namespace dotcompute::cuda {

struct kernel_request {
  const ir::function* kernel = nullptr;
  const kernel_reflection* reflection = nullptr;
  std::optional<std::array<std::uint32_t, 3>> local_size;
};

/// The kernels as one CUDA C text; fills `out`'s entries and print_formats. Thread-safe.
std::string generate_text(const ir::program& p, const std::vector<kernel_request>& kernels, compiler::result& out);

/// Emits what `emit` asks for, text or cubin, into `out`. False with an error among the diagnostics when that fails.
bool generate(const ir::program& p, const std::vector<kernel_request>& kernels, const compiler::cuda_target& target,
              compiler::stage emit, compiler::result& out);

} // namespace dotcompute::cuda
