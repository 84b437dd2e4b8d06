// SPDX-License-Identifier: MIT
// Memory that a flat kernel walks through once. Reads: the hardware foresees several streams at once, but not far
// enough ahead. Stores go past the caches: a plain store first reads the line that it is about to overwrite. A launch
// that fills more memory than the caches hold gains nothing from having it there, so whole lines are sent straight to
// memory, which saves that read: a third of a copy's traffic.
#include "compiler/targets/cpu/lowering.hpp"

#include "compiler/analysis/regions.hpp"
#include "compiler/targets/cpu/kernel_abi.hpp"

#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <set>

namespace dotcompute::cpu {

using ir::opcode;

namespace {

constexpr std::uint64_t line = 64;

/// The argument that an address is computed from; null when it is not one for certain.
const ir::operation* base_argument(const ir::operation& pointer) {
  const ir::operation* p = &pointer;
  while (p->code == opcode::pointer_add)
    p = p->operands[0];
  return p->code == opcode::argument ? p : nullptr;
}

/// Whether an address lies a constant number of elements from another that the kernel is likely to read too.
bool is_neighbour(const ir::operation& pointer) {
  if (pointer.immediate != 0) return true;
  const ir::operation& index = *pointer.operands[1];
  return (index.code == opcode::add || index.code == opcode::sub) && index.operands[1]->code == opcode::constant;
}

} // namespace

/// For reading, to be kept near. An address beyond the buffer is harmless: a prefetch never faults.
void kernel_lowering::prefetch(value address) {
  builder_.CreateIntrinsic(llvm::Intrinsic::prefetch, {address->getType()},
                           {address, builder_.getInt32(0), builder_.getInt32(3), builder_.getInt32(1)});
}

/// Asks for what packs further along the row will load. A kernel that reads several rows in few instructions keeps more
/// reads under way like this than the processor would alone.
void kernel_lowering::prefetch_along_row(const ir::operation& load, value address) {
  constexpr std::uint64_t distance = 1024;
  const ir::operation& pointer = *load.operands[0];
  if (!options_.flat || lanes_ == 1 || serial_ || load.is_volatile || pointer.code != opcode::pointer_add ||
      pointer.operands.size() < 2 || pointer.result.space != ir::address_space::global || is_neighbour(pointer))
    return;
  for (const ir::region* r = load.parent; r->parent; r = r->parent->parent)
    if (r->parent->code == opcode::loop) return; // the loop goes somewhere else first
  prefetch(builder_.CreateConstGEP1_64(builder_.getInt8Ty(), address, distance));
}

/// Memory that the kernel also reads is in the caches already. Work-items of kernels with fences and atomics may tell
/// one another what they have stored, and streamed stores would need more than those to be seen in order.
void kernel_lowering::find_streamed() {
  if (!options_.flat || lanes_ == 1) return;
  std::map<std::uint32_t, std::uint64_t> stored; // bytes of a work-item, by argument
  std::set<std::uint32_t> loaded;
  bool clean = true;
  analysis::for_each(function_.body, [&](ir::operation& op) {
    switch (op.code) {
    case opcode::fence:
    case opcode::barrier:
    case opcode::atomic_rmw:
    case opcode::atomic_compare_exchange:
    case opcode::memory_copy: clean = false; break;
    case opcode::load:
      if (const ir::operation* base = base_argument(*op.operands[0])) loaded.insert(base->index);
      break;
    case opcode::store: {
      const ir::operation& pointer = *op.operands[0];
      const ir::operation* base = base_argument(pointer);
      if (!base || pointer.result.space != ir::address_space::global || !pack_.of(pointer).is_affine()) break;
      std::uint64_t& bytes = stored[base->index];
      bytes = std::max(bytes, static_cast<std::uint64_t>(std::max<std::int64_t>(0, pack_.of(pointer).stride)));
      break;
    }
    default: break;
    }
  });
  if (!clean) return;
  for (const auto& [argument, bytes] : stored)
    if (loaded.count(argument) == 0) {
      streamed_.insert(argument);
      streamed_bytes_ += bytes;
    }
}

bool kernel_lowering::streams(const ir::operation& store, std::uint64_t bytes) const {
  // Less than half a line at a time would leave the processor's write buffers with pieces of lines.
  if (streamed_.empty() || store.is_volatile || bytes < line / 2) return false;
  const ir::operation* base = base_argument(*store.operands[0]);
  return base && streamed_.count(base->index) != 0;
}

/// The address bits that must be zero for `bytes` to be streamed; all of them in launches that do not stream.
kernel_lowering::value kernel_lowering::unaligned_bits(std::uint64_t bytes) {
  llvm::Type* i64 = builder_.getInt64Ty();
  if (!streaming_) {
    value items = builder_.getInt64(streamed_bytes_);
    const value cache = launch_field(offsetof(launch_state, cache_kibibytes), builder_.getInt32Ty());
    value sizes[3];
    for (unsigned d = 0; d < 3; ++d)
      sizes[d] = launch_field(offsetof(launch_state, global_size) + 8 * d, i64);
    llvm::IRBuilder<> at_entry(entry_block_);
    for (const value size : sizes)
      items = at_entry.CreateMul(items, size);
    streaming_ = at_entry.CreateICmpUGT(at_entry.CreateLShr(items, 10), at_entry.CreateZExt(cache, i64));
  }
  llvm::IRBuilder<> at_entry(entry_block_);
  return at_entry.CreateSelect(streaming_, at_entry.getInt64(std::min(bytes, line) - 1),
                               at_entry.getInt64(~std::uint64_t{0}));
}

void kernel_lowering::store_neighbours(const ir::operation& op, value all, value address, llvm::Align alignment) {
  const std::uint64_t bytes = shared_.module.getDataLayout().getTypeStoreSize(all->getType());
  if (!streams(op, bytes)) {
    builder_.CreateAlignedStore(all, address, alignment)->setVolatile(op.is_volatile);
    return;
  }
  llvm::BasicBlock* past = new_block("store.past");
  llvm::BasicBlock* plain = new_block("store.plain");
  llvm::BasicBlock* join = new_block("stored");
  const value bits = builder_.CreateAnd(builder_.CreatePtrToInt(address, builder_.getInt64Ty()), unaligned_bits(bytes));
  builder_.CreateCondBr(builder_.CreateICmpEQ(bits, builder_.getInt64(0)), past, plain);
  builder_.SetInsertPoint(past);
  llvm::StoreInst* streamed = builder_.CreateAlignedStore(all, address, llvm::Align(std::min(bytes, line)));
  streamed->setMetadata(llvm::LLVMContext::MD_nontemporal,
                        llvm::MDNode::get(context_, llvm::ConstantAsMetadata::get(builder_.getInt32(1))));
  builder_.CreateBr(join);
  builder_.SetInsertPoint(plain);
  builder_.CreateAlignedStore(all, address, alignment);
  builder_.CreateBr(join);
  builder_.SetInsertPoint(join);
}

/// On x86 streamed stores are ordered with nothing; whoever learns that the launch is done must see them.
void kernel_lowering::order_streamed_stores() {
  if (streaming_ && llvm::Triple(shared_.module.getTargetTriple()).isX86())
    builder_.CreateIntrinsic(llvm::Intrinsic::x86_sse_sfence, {}, {});
}

} // namespace dotcompute::cpu
