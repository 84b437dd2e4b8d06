// SPDX-License-Identifier: MIT
#include "compiler/analysis/private_layout.hpp"

#include "compiler/analysis/regions.hpp"

namespace dotcompute::analysis {

namespace {

std::uint32_t unit_of(ir::type t) {
  return t.is_pointer() ? 8 : ir::byte_size(t.element);
}

class layout_builder {
 public:
  explicit layout_builder(const ir::function& f) : users_(f.operation_count()) {
    result_.unit.resize(f.operation_count());
    result_.allocation.resize(f.operation_count());
    for_each(f.body, [&](ir::operation& op) {
      for (ir::operation* operand : op.operands)
        users_[operand->id].push_back(&op);
    });
    for_each(f.body, [&](ir::operation& op) {
      if (op.code == ir::opcode::private_alloc) consider(op);
    });
  }

  private_layout take() { return std::move(result_); }

 private:
  void consider(const ir::operation& allocation) {
    std::uint32_t unit = 0;
    if (!find_unit(allocation, unit) || unit == 0) return;
    if (allocation.immediate % unit != 0 || !multiples_only(allocation, unit)) return;
    result_.unit[allocation.id] = unit;
    mark(allocation, allocation);
  }

  bool find_unit(const ir::operation& pointer, std::uint32_t& unit) const {
    for (const ir::operation* user : users_[pointer.id]) {
      switch (user->code) {
      case ir::opcode::pointer_add:
        if (user->operands[0] != &pointer || !find_unit(*user, unit)) return false;
        break;
      case ir::opcode::load:
      case ir::opcode::store: {
        if (user->operands[0] != &pointer) return false; // the address itself is stored
        const ir::type t = user->code == ir::opcode::load ? user->result : user->operands[1]->result;
        if (unit != 0 && unit != unit_of(t)) return false;
        unit = unit_of(t);
        break;
      }
      default: return false;
      }
    }
    return true;
  }

  bool multiples_only(const ir::operation& pointer, std::uint32_t unit) const {
    for (const ir::operation* user : users_[pointer.id]) {
      if (user->code != ir::opcode::pointer_add) continue;
      if (user->immediate % unit != 0 || (user->operands.size() > 1 && user->scale % unit != 0)) return false;
      if (!multiples_only(*user, unit)) return false;
    }
    return true;
  }

  void mark(const ir::operation& pointer, const ir::operation& allocation) {
    result_.allocation[pointer.id] = &allocation;
    for (const ir::operation* user : users_[pointer.id])
      if (user->code == ir::opcode::pointer_add) mark(*user, allocation);
  }

  std::vector<std::vector<const ir::operation*>> users_;
  private_layout result_;
};

} // namespace

private_layout lay_out_private_memory(const ir::function& f) {
  return layout_builder(f).take();
}

} // namespace dotcompute::analysis
