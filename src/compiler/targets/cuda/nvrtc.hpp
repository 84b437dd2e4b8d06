// SPDX-License-Identifier: MIT
// NVRTC, opened when it is first needed. Its functions are declared here as NVIDIA's NVRTC documentation (User Guide,
// chapter 3) states them; nothing of NVIDIA's is needed to build.
#pragma once

#include "compiler/ir/operation.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dotcompute::cuda {

struct nvrtc_result {
  std::vector<std::byte> cubin; ///< empty when it failed
  std::string log;              ///< NVRTC's and the assembler's own words
  std::string error;            ///< what went wrong and what to do; empty on success
};

/// NVRTC's options for a program. With no float_options: IEEE rounding everywhere, no fused multiplications but those
/// that the text asks for, denormals kept.
std::vector<std::string> nvrtc_options(std::uint32_t architecture, const ir::float_options& floats);

/// Compiles CUDA C for `architecture` (ten times the major number of the compute capability plus the minor).
/// Thread-safe.
nvrtc_result compile_with_nvrtc(const std::string& text, const std::string& name, std::uint32_t architecture,
                                const ir::float_options& floats);

/// Architectures that this machine's NVRTC compiles for, ascending; empty without one, or one that does not say.
std::vector<std::uint32_t> nvrtc_architectures();

} // namespace dotcompute::cuda
