// SPDX-License-Identifier: MIT
// Which of the program's constants lie in the constant bank.
#include "compiler/targets/cuda/constants.hpp"

#include "compiler/targets/c/constants.hpp"
#include "compiler/targets/cuda/spelling.hpp"

namespace dotcompute::cuda {

namespace {

/// The constant bank holds 64 KiB, some of which the compiler uses itself.
constexpr std::size_t most_bank_bytes = 48 * 1024;

} // namespace

std::string constants_text(const c_text::program_text& shared) {
  std::string out;
  std::size_t bank = 0;
  for (const auto& [index, p] : shared.constant_types) {
    const ir::constant_data& c = shared.program.constants[index];
    const bool is_library = c.name.starts_with("__dc_");
    // Tables of the library are read at different places by neighbouring threads, which the bank serves one by one.
    const bool in_bank = !is_library && bank + c.bytes.size() <= most_bank_bytes;
    if (in_bank) bank += (c.bytes.size() + 255) / 256 * 256;
    out += c_text::constant_text(cuda_dialect(), index, c, p, in_bank ? "__constant__" : "__device__");
  }
  return out;
}

} // namespace dotcompute::cuda
