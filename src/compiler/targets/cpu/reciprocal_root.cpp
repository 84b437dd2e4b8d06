// SPDX-License-Identifier: MIT
// 1 / sqrt(x) where it may be approximate: a root and a division both wait for the processor's divider, an estimate
// that is refined once is six instructions that do not.
#include "compiler/targets/cpu/lowering.hpp"

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/PatternMatch.h>

#include <algorithm>
#include <numeric>

namespace dotcompute::cpu {

namespace match = llvm::PatternMatch;

namespace {

/// For a register of so many floats: VRSQRT14PS, whose error is at most 2^-14 and which takes subnormal numbers as they
/// are, and VFPCLASSPS (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2).
struct root_instructions {
  unsigned lanes;
  llvm::Intrinsic::ID estimate, classify;
};

constexpr root_instructions by_width[]{
    {4, llvm::Intrinsic::x86_avx512_rsqrt14_ps_128, llvm::Intrinsic::x86_avx512_fpclass_ps_128},
    {8, llvm::Intrinsic::x86_avx512_rsqrt14_ps_256, llvm::Intrinsic::x86_avx512_fpclass_ps_256},
    {16, llvm::Intrinsic::x86_avx512_rsqrt14_ps_512, llvm::Intrinsic::x86_avx512_fpclass_ps_512}};

/// Elements `first` up to `first + count` of `x`, of which those that `x` lacks are ones.
llvm::Value* elements(llvm::IRBuilder<>& builder, llvm::Value* x, unsigned first, unsigned count) {
  const unsigned all = llvm::cast<llvm::FixedVectorType>(x->getType())->getNumElements();
  llvm::SmallVector<int, 16> from(count);
  std::iota(from.begin(), from.end(), static_cast<int>(first));
  for (int& i : from)
    i = std::min(i, static_cast<int>(all));
  return builder.CreateShuffleVector(x, llvm::ConstantFP::get(x->getType(), 1), from);
}

/// One step of Newton's method squares the estimate's error: y + y * (1/2 - x/2 * y^2) is within 2 ulp. Of zeros and
/// infinities the estimate is exact, and the step would make NaN of it.
llvm::Value* refined_root(llvm::IRBuilder<>& builder, llvm::Value* x, const root_instructions& instructions) {
  llvm::Type* t = x->getType();
  llvm::Type* mask = builder.getIntNTy(std::max(8u, instructions.lanes));
  llvm::Value* const estimate = builder.CreateIntrinsic(
      instructions.estimate, {}, {x, llvm::Constant::getNullValue(t), llvm::Constant::getAllOnesValue(mask)});
  llvm::Value* const half = llvm::ConstantFP::get(t, 0.5);
  llvm::Value* const product = builder.CreateFNeg(builder.CreateFMul(x, estimate));
  llvm::Value* const error =
      builder.CreateIntrinsic(llvm::Intrinsic::fma, {t}, {product, builder.CreateFMul(estimate, half), half});
  llvm::Value* const refined = builder.CreateIntrinsic(llvm::Intrinsic::fma, {t}, {estimate, error, estimate});
  constexpr unsigned zeros_and_infinities = 0x1e;
  llvm::Value* const is_exact =
      builder.CreateIntrinsic(instructions.classify, {}, {estimate, builder.getInt32(zeros_and_infinities)});
  return builder.CreateSelect(is_exact, estimate, refined);
}

} // namespace

/// One value is computed in a register, too, so that a work-item gets the same result in every lane width.
kernel_lowering::value kernel_lowering::reciprocal_root(value x) {
  llvm::Type* t = x->getType();
  const bool is_vector = t->isVectorTy();
  const unsigned count = is_vector ? llvm::cast<llvm::FixedVectorType>(t)->getNumElements() : 1;
  if (!is_vector) x = builder_.CreateVectorSplat(1, x);
  const auto* width = std::find_if(std::begin(by_width), std::end(by_width),
                                   [&](const root_instructions& i) { return i.lanes >= count; });
  if (width == std::end(by_width)) --width;
  value roots = nullptr;
  for (unsigned first = 0; first < count; first += width->lanes) {
    const value part = refined_root(builder_, elements(builder_, x, first, width->lanes), *width);
    const value kept = elements(builder_, part, 0, std::min(width->lanes, count - first));
    roots = roots ? llvm::concatenateVectors(builder_, {roots, kept}) : kept;
  }
  return is_vector ? roots : builder_.CreateExtractElement(roots, std::uint64_t{0});
}

kernel_lowering::value kernel_lowering::float_divide(const ir::operation& op, value dividend, value divisor) {
  value x = nullptr;
  const bool is_reciprocal_root = op.flags.approximate && dividend->getType()->getScalarType()->isFloatTy() &&
                                  match::match(dividend, match::m_SpecificFP(1)) &&
                                  match::match(divisor, match::m_Intrinsic<llvm::Intrinsic::sqrt>(match::m_Value(x)));
  if (!is_reciprocal_root) return builder_.CreateFDiv(dividend, divisor);
  // LLVM's own estimates are NaN of zeros and infinities.
  const llvm::IRBuilderBase::FastMathFlagGuard guard(builder_);
  builder_.clearFastMathFlags();
  return options_.has_avx512 ? reciprocal_root(x) : builder_.CreateFDiv(dividend, divisor);
}

} // namespace dotcompute::cpu
