// SPDX-License-Identifier: MIT
// Addresses: of affine and varying pointers, and of private memory in either layout.
#include "compiler/targets/cpu/lowering.hpp"

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

namespace {

constexpr std::size_t most_terms = 6;

} // namespace

/// Cuts an index that cannot wrap into the terms of its sum, each extended to 64 bits on its own: there they add up to
/// what the program means, also for a lane 0 that is off.
void kernel_lowering::split_index(const ir::operation& index, bool is_signed, bool is_negative,
                                  std::vector<index_term>& terms) {
  const unsigned width = ir::bit_width(index.result.element);
  const bool sums = index.code == opcode::add || index.code == opcode::sub;
  if (sums && terms.size() < most_terms && (width == 64 || (is_signed && index.no_signed_wrap)) &&
      operands_at_hand(index)) {
    split_index(*index.operands[0], is_signed, is_negative, terms);
    split_index(*index.operands[1], is_signed, is_negative != (index.code == opcode::sub), terms);
    return;
  }
  llvm::Type* i64 = builder_.getInt64Ty();
  const auto extend = [&](value v) {
    return is_signed ? builder_.CreateSExtOrTrunc(v, i64) : builder_.CreateZExtOrTrunc(v, i64);
  };
  const lane_value v = get(index);
  const shape s = shape_of(index);
  value first = v.parts[0];
  const bool exact = !v.is_affine() || width == 64 || (s.no_signed_wrap && (is_signed || s.non_negative));
  if (exact || !mask_) {
    first = extend(first);
  } else {
    // Lane 0 may be off and its index may have wrapped; the first lane that is on is a value of the program.
    const value bits = builder_.CreateBitCast(mask_, builder_.getIntNTy(lanes_));
    const value on = builder_.CreateZExtOrTrunc(
        builder_.CreateIntrinsic(llvm::Intrinsic::cttz, {bits->getType()}, {bits, builder_.getFalse()}), i64);
    const value lead = builder_.CreateMul(on, builder_.getInt64(static_cast<std::uint64_t>(v.stride)));
    const value at_first = builder_.CreateAdd(first, builder_.CreateTrunc(lead, first->getType()));
    first = builder_.CreateSub(extend(at_first), lead);
  }
  terms.push_back({first, v.is_uniform(), is_negative});
}

/// One address a lane. A vector of one is taken apart for it: LLVM 19's instcombine loses the vector from an address of
/// two sums, the first with a constant vector and the second with a scalar.
kernel_lowering::value kernel_lowering::lane_addresses(value base, value offsets) {
  llvm::Type* byte = builder_.getInt8Ty();
  if (lanes_ > 1) return builder_.CreateGEP(byte, base, offsets);
  if (base->getType()->isVectorTy()) base = builder_.CreateExtractElement(base, std::uint64_t{0});
  return builder_.CreateVectorSplat(
      1, builder_.CreateGEP(byte, base, builder_.CreateExtractElement(offsets, std::uint64_t{0})));
}

lane_value kernel_lowering::pointer_add(const ir::operation& op) {
  const ir::operation& pointer_op = *op.operands[0];
  if (layout_.allocation[op.id]) return make(category::uniform, {builder_.getInt64(0)}); // see interleaved_address
  const shape s = shape_of(op);
  llvm::Type* i64 = builder_.getInt64Ty();
  llvm::Type* byte = builder_.getInt8Ty();
  const lane_value pointer = get(pointer_op);
  lane_value result = make(s.kind, {}, s.is_affine() ? s.stride : 0);

  if (op.operands.size() == 1) {
    const value base = s.is_varying() ? vector_part(pointer, 0, op.result) : pointer.parts[0];
    result.parts.push_back(
        op.immediate ? builder_.CreateConstGEP1_64(byte, base, static_cast<std::uint64_t>(op.immediate)) : base);
    return result;
  }

  const ir::operation& index_op = *op.operands[1];
  const lane_value index = get(index_op);
  const auto extend = [&](value v, llvm::Type* to) {
    return op.index_signed ? builder_.CreateSExtOrTrunc(v, to) : builder_.CreateZExtOrTrunc(v, to);
  };
  const auto scaled = [&](value v) {
    value bytes =
        op.scale == 1
            ? v
            : builder_.CreateMul(v, llvm::ConstantInt::get(v->getType(), static_cast<std::uint64_t>(op.scale)));
    return op.immediate ? builder_.CreateAdd(
                              bytes, llvm::ConstantInt::get(v->getType(), static_cast<std::uint64_t>(op.immediate)))
                        : bytes;
  };
  if (s.is_varying()) {
    const value wide = extend(vector_part(index, 0, index_op.result), lanes_of(i64));
    const value base = pointer.is_uniform() ? pointer.parts[0] : vector_part(pointer, 0, op.result);
    result.parts.push_back(lane_addresses(base, scaled(wide)));
    return result;
  }
  if (const auto d = displaced_.find(index.parts[0]);
      d != displaced_.end() && (ir::bit_width(index_op.result.element) == 64 ||
                                (op.index_signed ? d->second.no_signed_wrap : d->second.no_unsigned_wrap))) {
    // Written so that the packs share all but a constant.
    const value lead = builder_.CreateGEP(byte, pointer.parts[0], scaled(extend(d->second.lead, i64)));
    const std::int64_t distance = d->second.distance * op.scale;
    result.parts.push_back(builder_.CreateGEP(byte, lead, builder_.getInt64(static_cast<std::uint64_t>(distance))));
    displaced_[result.parts[0]] = {lead, distance};
    return result;
  }
  // What is the same for all lanes comes first, so that it is added up outside the loop over packs, and accesses that
  // are a row or an element apart share the rest.
  std::vector<index_term> terms;
  split_index(index_op, op.index_signed, false, terms);
  const auto bytes_of = [&](const index_term& t) {
    const value bytes = builder_.CreateMul(t.extended, builder_.getInt64(static_cast<std::uint64_t>(op.scale)));
    return t.is_negative ? builder_.CreateNeg(bytes) : bytes;
  };
  value address = pointer.parts[0];
  for (const bool is_uniform : {true, false}) {
    value sum = is_uniform ? static_cast<value>(builder_.getInt64(static_cast<std::uint64_t>(op.immediate))) : nullptr;
    for (const index_term& t : terms)
      if (t.is_uniform == is_uniform) sum = sum ? builder_.CreateAdd(sum, bytes_of(t)) : bytes_of(t);
    if (sum) address = builder_.CreateGEP(byte, address, sum);
  }
  result.parts.push_back(address);
  return result;
}

kernel_lowering::value kernel_lowering::private_address(const ir::operation& allocation) {
  // One block for the lanes of a pack, in either layout.
  return slot_address(allocation, 0);
}

lane_value kernel_lowering::private_pointer(const ir::operation& op) {
  if (layout_.unit[op.id]) return make(category::uniform, {builder_.getInt64(0)});
  return make(shape_of(op).kind, {private_address(op)}, shape_of(op).stride);
}

/// The address of unit `extra_units` beyond `pointer` in an interleaved block: of the vector over all lanes when the
/// index is uniform, else one address a lane.
kernel_lowering::value kernel_lowering::interleaved_address(const ir::operation& pointer, std::int64_t extra_units,
                                                            bool& is_vector) {
  const ir::operation& allocation = *layout_.allocation[pointer.id];
  const std::int64_t unit = layout_.unit[allocation.id];
  llvm::Type* i64 = builder_.getInt64Ty();
  value uniform_units = builder_.getInt64(static_cast<std::uint64_t>(extra_units));
  value varying_units = nullptr;
  for (const ir::operation* p = &pointer; p != &allocation; p = p->operands[0]) {
    uniform_units =
        builder_.CreateAdd(uniform_units, builder_.getInt64(static_cast<std::uint64_t>(p->immediate / unit)));
    if (p->operands.size() < 2) continue;
    const ir::operation& index_op = *p->operands[1];
    const lane_value index = get(index_op);
    const std::int64_t factor = p->scale / unit;
    llvm::Type* to = index.is_uniform() ? i64 : static_cast<llvm::Type*>(lanes_of(i64));
    value v = index.is_uniform() ? index.parts[0] : vector_part(index, 0, index_op.result);
    v = p->index_signed ? builder_.CreateSExtOrTrunc(v, to) : builder_.CreateZExtOrTrunc(v, to);
    v = builder_.CreateMul(v, llvm::ConstantInt::get(to, static_cast<std::uint64_t>(factor)));
    if (index.is_uniform())
      uniform_units = builder_.CreateAdd(uniform_units, v);
    else
      varying_units = varying_units ? builder_.CreateAdd(varying_units, v) : v;
  }
  const value base = private_address(allocation);
  llvm::Type* byte = builder_.getInt8Ty();
  const value row = builder_.CreateMul(uniform_units, builder_.getInt64(static_cast<std::uint64_t>(unit * lanes_)));
  const value at_row = builder_.CreateGEP(byte, base, row);
  is_vector = !varying_units;
  if (is_vector) return at_row;
  const value rows = builder_.CreateMul(
      varying_units, llvm::ConstantInt::get(lanes_of(i64), static_cast<std::uint64_t>(unit * lanes_)));
  return lane_addresses(at_row, builder_.CreateAdd(rows, lane_numbers(i64, unit)));
}

} // namespace dotcompute::cpu
