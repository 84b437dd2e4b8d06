// SPDX-License-Identifier: MIT
// Loads and stores: a scalar access for a uniform address, one vector access for neighbouring elements, a gather or
// scatter for the rest. A lane that is off touches nothing.
#include "compiler/targets/cpu/lowering.hpp"

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

void kernel_lowering::remark(const ir::operation& op, std::string text) {
  compiler::diagnostic d;
  d.level = compiler::severity::remark;
  d.file = op.location.file < shared_.program.files.size() ? shared_.program.files[op.location.file] : "";
  d.line = op.location.line;
  d.column = op.location.column;
  d.message = std::move(text);
  for (const compiler::diagnostic& earlier : shared_.diagnostics)
    if (earlier.line == d.line && earlier.column == d.column && earlier.message == d.message) return;
  shared_.diagnostics.push_back(std::move(d));
}

lane_value kernel_lowering::load_interleaved(const ir::operation& op) {
  llvm::Type* t = element_type(op.result.element_type());
  const std::uint32_t unit = layout_.unit[layout_.allocation[op.operands[0]->id]->id];
  lane_value result = make(category::varying, {});
  for (unsigned part = 0; part < op.result.components; ++part) {
    bool is_vector = false;
    const value address = interleaved_address(*op.operands[0], part, is_vector);
    result.parts.push_back(is_vector
                               ? static_cast<value>(builder_.CreateAlignedLoad(lanes_of(t), address, llvm::Align(unit)))
                               : builder_.CreateMaskedGather(lanes_of(t), address, llvm::Align(unit), mask_or_all(),
                                                             llvm::Constant::getNullValue(lanes_of(t))));
  }
  return result;
}

void kernel_lowering::store_interleaved(const ir::operation& op) {
  const ir::operation& source = *op.operands[1];
  const std::uint32_t unit = layout_.unit[layout_.allocation[op.operands[0]->id]->id];
  const lane_value v = get(source);
  for (unsigned part = 0; part < v.parts.size(); ++part) {
    bool is_vector = false;
    const value address = interleaved_address(*op.operands[0], part, is_vector);
    const value wide = vector_part(v, part, source.result.element_type());
    if (!is_vector) {
      builder_.CreateMaskedScatter(wide, address, llvm::Align(unit), mask_or_all());
    } else if (!mask_) {
      builder_.CreateAlignedStore(wide, address, llvm::Align(unit));
    } else {
      // The block is this pack's own, so keeping what other lanes had needs no masked store: a plain one can become a
      // register.
      const value old = builder_.CreateAlignedLoad(wide->getType(), address, llvm::Align(unit));
      builder_.CreateAlignedStore(builder_.CreateSelect(mask_, wide, old), address, llvm::Align(unit));
    }
  }
}

kernel_lowering::value kernel_lowering::repeat_mask(unsigned components) {
  llvm::SmallVector<int, 64> indices;
  for (unsigned l = 0; l < lanes_; ++l)
    for (unsigned c = 0; c < components; ++c)
      indices.push_back(static_cast<int>(l));
  return builder_.CreateShuffleVector(mask_, indices);
}

lane_value kernel_lowering::load(const ir::operation& op) {
  const ir::operation& pointer_op = *op.operands[0];
  if (layout_.allocation[pointer_op.id]) return load_interleaved(op);
  const lane_value pointer = get(pointer_op);
  llvm::Type* t = element_type(op.result.element_type());
  const unsigned components = op.result.components;
  const auto bytes = static_cast<std::int64_t>(ir::byte_size(op.result.element_type()));
  const llvm::Align alignment(std::max(1u, op.alignment));
  llvm::Type* byte = builder_.getInt8Ty();

  if (pointer.is_uniform()) {
    lane_value result = make(category::uniform, {});
    for (unsigned c = 0; c < components; ++c) {
      const value address = builder_.CreateConstGEP1_64(byte, pointer.parts[0], c * static_cast<std::uint64_t>(bytes));
      auto* loaded = builder_.CreateAlignedLoad(
          t, address, llvm::commonAlignment(alignment, c * static_cast<std::uint64_t>(bytes)));
      loaded->setVolatile(op.is_volatile);
      result.parts.push_back(loaded);
    }
    return as_shape(result, shape_of(op), op.result);
  }

  lane_value result = make(category::varying, {});
  const llvm::Align element_alignment = llvm::commonAlignment(alignment, static_cast<std::uint64_t>(bytes));
  if (pointer.is_affine() && pointer.stride == bytes * components) {
    // Neighbouring elements: one access, then components are drawn apart.
    llvm::Type* wide = llvm::FixedVectorType::get(t, lanes_ * components);
    value all = nullptr;
    if (!mask_) {
      all = builder_.CreateAlignedLoad(wide, pointer.parts[0], element_alignment);
      prefetch_along_row(op, pointer.parts[0]);
    } else {
      all = builder_.CreateMaskedLoad(wide, pointer.parts[0], element_alignment,
                                      components == 1 ? mask_ : repeat_mask(components),
                                      llvm::Constant::getNullValue(wide));
    }
    if (components == 1) {
      result.parts.push_back(all);
      return result;
    }
    for (unsigned c = 0; c < components; ++c) {
      llvm::SmallVector<int, 16> indices;
      for (unsigned l = 0; l < lanes_; ++l)
        indices.push_back(static_cast<int>(l * components + c));
      result.parts.push_back(builder_.CreateShuffleVector(all, indices));
    }
    return result;
  }
  if (lanes_ > 1)
    remark(op, pointer.is_affine()
                   ? "gather: neighbouring work-items read " + std::to_string(pointer.stride) + " bytes apart"
                   : "gather: the address is not an affine function of the work-item id");
  const value addresses = vector_part(pointer, 0, pointer_op.result);
  for (unsigned c = 0; c < components; ++c) {
    const value at =
        c ? builder_.CreateConstGEP1_64(byte, addresses, c * static_cast<std::uint64_t>(bytes)) : addresses;
    result.parts.push_back(builder_.CreateMaskedGather(lanes_of(t), at, element_alignment, mask_or_all(),
                                                       llvm::Constant::getNullValue(lanes_of(t))));
  }
  return result;
}

/// Work-items of a pack that store to one address: the last one that is on wins, as if they had run in order.
void kernel_lowering::store_uniform_address(const ir::operation& op, value address) {
  const ir::operation& source = *op.operands[1];
  const lane_value v = get(source);
  const auto bytes = ir::byte_size(source.result.element_type());
  value last = builder_.getInt64(lanes_ - 1);
  if (mask_ && !v.is_uniform()) {
    const value bits = builder_.CreateBitCast(mask_, builder_.getIntNTy(lanes_));
    const value leading =
        builder_.CreateIntrinsic(llvm::Intrinsic::ctlz, {bits->getType()}, {bits, builder_.getFalse()});
    last = builder_.CreateSub(last, builder_.CreateZExtOrTrunc(leading, builder_.getInt64Ty()));
  }
  for (unsigned c = 0; c < v.parts.size(); ++c) {
    const value element = v.is_uniform()
                              ? v.parts[c]
                              : builder_.CreateExtractElement(vector_part(v, c, source.result.element_type()), last);
    const value at = builder_.CreateConstGEP1_64(builder_.getInt8Ty(), address, std::uint64_t{c} * bytes);
    auto* stored = builder_.CreateAlignedStore(
        element, at, llvm::commonAlignment(llvm::Align(std::max(1u, op.alignment)), std::uint64_t{c} * bytes));
    stored->setVolatile(op.is_volatile);
  }
}

void kernel_lowering::store(const ir::operation& op) {
  const ir::operation& pointer_op = *op.operands[0];
  if (layout_.allocation[pointer_op.id]) return store_interleaved(op);
  const ir::operation& source = *op.operands[1];
  const lane_value pointer = get(pointer_op);
  if (pointer.is_uniform()) return store_uniform_address(op, pointer.parts[0]);

  const lane_value v = get(source);
  const ir::type element = source.result.element_type();
  const unsigned components = source.result.components;
  const auto bytes = static_cast<std::int64_t>(ir::byte_size(element));
  const llvm::Align alignment =
      llvm::commonAlignment(llvm::Align(std::max(1u, op.alignment)), static_cast<std::uint64_t>(bytes));
  if (pointer.is_affine() && pointer.stride == bytes * components) {
    value all = vector_part(v, 0, element);
    if (components > 1) {
      // Concatenate the components, then interleave them.
      llvm::SmallVector<value, 16> parts;
      for (unsigned c = 0; c < components; ++c)
        parts.push_back(vector_part(v, c, element));
      unsigned padded = 1;
      while (padded < components)
        padded *= 2;
      while (parts.size() < padded)
        parts.push_back(llvm::PoisonValue::get(parts[0]->getType()));
      while (parts.size() > 1) {
        llvm::SmallVector<value, 16> joined;
        const unsigned n = llvm::cast<llvm::FixedVectorType>(parts[0]->getType())->getNumElements();
        llvm::SmallVector<int, 256> both;
        for (unsigned i = 0; i < 2 * n; ++i)
          both.push_back(static_cast<int>(i));
        for (std::size_t i = 0; i < parts.size(); i += 2)
          joined.push_back(builder_.CreateShuffleVector(parts[i], parts[i + 1], both));
        parts = std::move(joined);
      }
      llvm::SmallVector<int, 256> order;
      for (unsigned l = 0; l < lanes_; ++l)
        for (unsigned c = 0; c < components; ++c)
          order.push_back(static_cast<int>(c * lanes_ + l));
      all = builder_.CreateShuffleVector(parts[0], order);
    }
    if (!mask_)
      store_neighbours(op, all, pointer.parts[0], alignment);
    else
      builder_.CreateMaskedStore(all, pointer.parts[0], alignment, components == 1 ? mask_ : repeat_mask(components));
    return;
  }
  if (lanes_ > 1)
    remark(op, pointer.is_affine()
                   ? "scatter: neighbouring work-items write " + std::to_string(pointer.stride) + " bytes apart"
                   : "scatter: the address is not an affine function of the work-item id");
  const value addresses = vector_part(pointer, 0, pointer_op.result);
  for (unsigned c = 0; c < components; ++c) {
    const value at =
        c ? builder_.CreateConstGEP1_64(builder_.getInt8Ty(), addresses, c * static_cast<std::uint64_t>(bytes))
          : addresses;
    builder_.CreateMaskedScatter(vector_part(v, c, element), at, alignment, mask_or_all());
  }
}

void kernel_lowering::memory_copy(const ir::operation& op) {
  const lane_value to = get(*op.operands[0]), from = get(*op.operands[1]);
  const llvm::MaybeAlign alignment(std::max(1u, op.alignment));
  const auto bytes = static_cast<std::uint64_t>(op.immediate);
  if (to.is_uniform() && from.is_uniform()) {
    builder_.CreateMemCpy(to.parts[0], alignment, from.parts[0], alignment, bytes);
    return;
  }
  const value to_all = vector_part(to, 0, op.operands[0]->result),
              from_all = vector_part(from, 0, op.operands[1]->result);
  for_each_active_lane([&](value lane) {
    builder_.CreateMemCpy(builder_.CreateExtractElement(to_all, lane), alignment,
                          builder_.CreateExtractElement(from_all, lane), alignment, bytes);
  });
}

} // namespace dotcompute::cpu
