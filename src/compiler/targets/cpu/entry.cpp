// SPDX-License-Identifier: MIT
// The function that the driver calls, and the loops over the range it is given.
#include "compiler/targets/cpu/lowering.hpp"

#include "compiler/analysis/regions.hpp"
#include "compiler/targets/cpu/kernel_abi.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using ir::opcode;

kernel_lowering::kernel_lowering(shared_state shared, const ir::function& f, const kernel_reflection& reflection,
                                 const lowering_options& options, const analysis::private_layout& layout,
                                 const analysis::divergence& pack, const analysis::divergence& group)
    : shared_(shared), function_(f), reflection_(reflection), options_(options), layout_(layout), pack_(pack),
      group_(group), plan_(f, layout, pack, group, options), lanes_(options.packs.lanes),
      context_(shared.module.getContext()), builder_(context_) {
  const std::size_t n = f.operation_count();
  values_.resize(n);
  group_values_.resize(n);
  defined_in_.resize(n, 0);
  slots_.resize(n);
  uses_.resize(n, false);
  exit_targets_.resize(n);
  std::vector<const ir::operation*> enclosing;
  const std::function<void(const ir::region&)> walk = [&](const ir::region& r) {
    for (const ir::operation* op : r.operations) {
      for (const ir::operation* operand : op->operands)
        uses_[operand->id] = true;
      if (op->code == opcode::break_to || op->code == opcode::continue_to || op->code == opcode::return_from)
        for (auto it = enclosing.rbegin(); it != enclosing.rend() && *it != op->target; ++it) {
          auto& targets = exit_targets_[(*it)->id];
          if (std::find(targets.begin(), targets.end(), op->target) == targets.end()) targets.push_back(op->target);
        }
      enclosing.push_back(op);
      for (const auto& nested : op->regions)
        walk(*nested);
      enclosing.pop_back();
    }
  };
  walk(f.body);

  for (const ir::operation* op : f.body.operations) {
    if (op->code != opcode::local_alloc) continue;
    const std::uint64_t alignment = std::max(16u, op->alignment);
    local_bytes_ = (local_bytes_ + alignment - 1) / alignment * alignment;
    local_offsets_[op] = local_bytes_;
    local_bytes_ += static_cast<std::uint64_t>(op->immediate);
  }
}

kernel_lowering::value kernel_lowering::launch_field(unsigned offset, llvm::Type* t) {
  value& field = launch_fields_[offset];
  if (!field) {
    llvm::IRBuilder<> at_entry(entry_block_);
    auto* loaded = at_entry.CreateLoad(t, at_entry.CreateConstInBoundsGEP1_64(at_entry.getInt8Ty(), launch_, offset));
    loaded->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
    field = loaded;
  }
  return field;
}

kernel_lowering::value kernel_lowering::range_bound(bool end, unsigned dimension) {
  llvm::IRBuilder<> at_entry(entry_block_);
  const std::uint64_t offset = (end ? offsetof(launch_range, end) : offsetof(launch_range, begin)) + 8 * dimension;
  return at_entry.CreateLoad(at_entry.getInt64Ty(),
                             at_entry.CreateConstInBoundsGEP1_64(at_entry.getInt8Ty(), range_, offset));
}

/// for (i = begin; i < end; i += step) body(i). `body` may leave the builder in another block.
void kernel_lowering::counted_loop(value begin, value end, value step, const char* name,
                                   const std::function<void(value)>& body) {
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* loop = new_block(name);
  llvm::BasicBlock* done = new_block("end");
  builder_.CreateCondBr(builder_.CreateICmpULT(begin, end), loop, done);
  builder_.SetInsertPoint(loop);
  llvm::PHINode* i = builder_.CreatePHI(begin->getType(), 2, name);
  i->addIncoming(begin, before);
  body(i);
  const value next = builder_.CreateAdd(i, step, "", true, true);
  i->addIncoming(next, builder_.GetInsertBlock());
  builder_.CreateCondBr(builder_.CreateICmpULT(next, end), loop, done);
  builder_.SetInsertPoint(done);
}

void kernel_lowering::lower_flat_range() {
  const value one = builder_.getInt64(1);
  counted_loop(range_bound(false, 2), range_bound(true, 2), one, "z", [&](value z) {
    counted_loop(range_bound(false, 1), range_bound(true, 1), one, "y", [&](value y) {
      const value end = range_bound(true, 0);
      counted_loop(range_bound(false, 0), end, builder_.getInt64(lanes_), "x", [&](value x) {
        pack_now_ = {};
        pack_now_.index = builder_.getInt64(0);
        pack_now_.coordinate[0] = x;
        pack_now_.coordinate[1] = y;
        pack_now_.coordinate[2] = z;
        if (lanes_ == 1)
          lower_pack_body([&] { lower_region(function_.body); }, nullptr);
        else
          lower_row_pack([&] { lower_region(function_.body); }, end);
      });
    });
  });
}

void kernel_lowering::lower_group_range() {
  find_rounds();
  const value one = builder_.getInt64(1);
  counted_loop(range_bound(false, 2), range_bound(true, 2), one, "group.z", [&](value z) {
    counted_loop(range_bound(false, 1), range_bound(true, 1), one, "group.y", [&](value y) {
      group_id_[1] = y;
      group_id_[2] = z;
      if (rounds_.groups) return lower_rounds();
      counted_loop(range_bound(false, 0), range_bound(true, 0), one, "group.x", [&](value x) {
        group_id_[0] = x;
        lower_group();
      });
    });
  });
}

void kernel_lowering::run(const std::string& symbol, compiler::result::entry& entry) {
  llvm::Type* pointer = llvm::PointerType::get(context_, 0);
  llvm::Type* byte = builder_.getInt8Ty();

  llvm::SmallVector<llvm::Type*, 8> types;
  for (const ir::parameter& p : function_.parameters) {
    llvm::Type* t = element_type(p.value);
    types.push_back(p.value.is_vector() ? llvm::FixedVectorType::get(t, p.value.components) : t);
  }
  for (unsigned i = 0; i < 3; ++i)
    types.push_back(pointer);
  auto* body_type = llvm::FunctionType::get(builder_.getVoidTy(), types, false);
  llvm_function_ =
      llvm::Function::Create(body_type, llvm::GlobalValue::InternalLinkage, symbol + ".range", shared_.module);
  llvm_function_->addFnAttr(llvm::Attribute::AlwaysInline);

  auto* entry_type = llvm::FunctionType::get(builder_.getVoidTy(), {pointer, pointer, pointer}, false);
  auto* exported = llvm::Function::Create(entry_type, llvm::GlobalValue::ExternalLinkage, symbol, shared_.module);
  builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "entry", exported));
  const value block = builder_.CreateLoad(pointer, exported->getArg(0));
  llvm::SmallVector<value, 8> passed;
  for (std::size_t i = 0; i < function_.parameters.size(); ++i) {
    const argument_reflection& a = reflection_.arguments[i];
    const ir::parameter& p = function_.parameters[i];
    const value at = builder_.CreateConstGEP1_64(byte, block, a.offset);
    if (a.space == argument_space::local) {
      const value local = builder_.CreateLoad(pointer, exported->getArg(1));
      passed.push_back(builder_.CreateGEP(byte, local, builder_.CreateLoad(builder_.getInt64Ty(), at)));
      llvm_function_->addParamAttr(static_cast<unsigned>(i), llvm::Attribute::NoAlias);
    } else if (p.by_value_size) {
      passed.push_back(at);
    } else {
      passed.push_back(builder_.CreateAlignedLoad(types[i], at, llvm::Align(std::max(1u, std::min(a.alignment, 16u)))));
      if (a.is_restrict && p.value.is_pointer())
        llvm_function_->addParamAttr(static_cast<unsigned>(i), llvm::Attribute::NoAlias);
    }
  }
  for (unsigned i = 0; i < 3; ++i)
    passed.push_back(exported->getArg(i));
  builder_.CreateCall(llvm_function_, passed);
  builder_.CreateRetVoid();

  const auto count = static_cast<unsigned>(function_.parameters.size());
  for (unsigned i = 0; i < count; ++i)
    arguments_.push_back(llvm_function_->getArg(i));
  launch_ = llvm_function_->getArg(count);
  thread_ = llvm_function_->getArg(count + 1);
  range_ = llvm_function_->getArg(count + 2);
  for (unsigned i = count; i < count + 3; ++i) {
    llvm_function_->addParamAttr(i, llvm::Attribute::NoAlias);
    llvm_function_->addParamAttr(i, llvm::Attribute::ReadOnly);
  }
  entry_block_ = new_block("entry");
  builder_.SetInsertPoint(entry_block_);
  local_memory_ = builder_.CreateLoad(
      pointer, builder_.CreateConstInBoundsGEP1_64(byte, thread_, offsetof(thread_state, local_memory)));
  scratch_ =
      builder_.CreateLoad(pointer, builder_.CreateConstInBoundsGEP1_64(byte, thread_, offsetof(thread_state, scratch)));

  llvm::BasicBlock* start = new_block("start");
  builder_.SetInsertPoint(start);
  find_streamed();
  if (options_.flat)
    lower_flat_range();
  else
    lower_group_range();
  order_streamed_stores();
  builder_.CreateRetVoid();
  builder_.SetInsertPoint(entry_block_);
  builder_.CreateBr(start);

  entry.kernel = function_.name;
  entry.symbol = symbol;
  if (options_.packs.local_size) entry.local_size = *options_.packs.local_size;
  entry.lanes = lanes_;
  entry.local_bytes = local_bytes_;
  entry.scratch_bytes = scratch_bytes_;
}

} // namespace dotcompute::cpu
