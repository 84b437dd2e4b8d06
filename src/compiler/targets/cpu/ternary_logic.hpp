// SPDX-License-Identifier: MIT
#pragma once

#include <llvm/IR/Module.h>

namespace dotcompute::cpu {

/// Keeps LLVM 19 from wrong code on AVX-512. There a choice between `x` and a logical function of three values, of
/// which `x` is one and memory or a constant another, becomes one masked VPTERNLOG, for some orders of the operands
/// with the truth table of another order (https://github.com/llvm/llvm-project/issues/157929, open in every LLVM 19).
/// The function is computed first and chosen afterwards. To be called last, since it hides values from other passes.
void separate_ternary_logic(llvm::Module& module);

} // namespace dotcompute::cpu
