// SPDX-License-Identifier: MIT
#pragma once

#include <llvm/IR/Module.h>

namespace dotcompute::cpu {

/// Gives gathers and scatters their 32-bit indices back. Addresses are 64 bits wide, so an index is extended for them;
/// instruction selection then takes as many 64-bit indices to a register, and needs two gathers where processors have
/// one that extends by itself. The addresses stay the same. To be called after LLVM's own passes, which would extend
/// them again.
void narrow_gather_indices(llvm::Module& module);

} // namespace dotcompute::cpu
