// SPDX-License-Identifier: MIT
// Loops that are better run one lane after another. When each work-item walks its own stretch of memory for as long as
// its data says (a row of a sparse matrix, a list), lanes in step would gather from as many places as there are lanes,
// and wait for the longest. One lane at a time reads its stretch in order.
#include "compiler/targets/cpu/lowering.hpp"

#include "compiler/analysis/regions.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

namespace {

/// Whether `v` comes out of memory, through arithmetic or not.
bool depends_on_load(const ir::operation& v, const std::vector<bool>& variables_from_memory, unsigned depth = 0) {
  if (v.code == opcode::load) return true;
  if (v.code == opcode::read) return variables_from_memory[v.operands[0]->id];
  return depth < 8 && std::any_of(v.operands.begin(), v.operands.end(), [&](const ir::operation* o) {
           return depends_on_load(*o, variables_from_memory, depth + 1);
         });
}

/// Whether an address does not change from one iteration to the next: no variable is read for it.
bool is_invariant(const ir::operation& v, unsigned depth = 0) {
  if (v.code == opcode::read || v.code == opcode::load || depth > 8) return false;
  return std::all_of(v.operands.begin(), v.operands.end(),
                     [&](const ir::operation* o) { return is_invariant(*o, depth + 1); });
}

} // namespace

/// A loop that only reads memory, at addresses that neighbours do not share, for a number of times that comes from
/// memory.
bool kernel_lowering::should_serialize(const ir::operation& loop) const {
  if (lanes_ == 1 || loop.test_at_end || !exit_targets_[loop.id].empty()) return false;
  bool simple = true;
  unsigned gathers = 0, operations = 0;
  for (const auto& r : loop.regions)
    analysis::for_each(*r, [&](ir::operation& op) {
      ++operations;
      if (op.code == opcode::load) {
        const shape s = pack_.of(*op.operands[0]);
        simple &= op.operands[0]->result.space != ir::address_space::private_memory;
        simple &= !s.is_affine() || is_invariant(*op.operands[0]);
        gathers += s.is_varying();
        return;
      }
      const bool pointer_to_private = op.result.is_pointer() && op.result.space == ir::address_space::private_memory;
      simple &= !pointer_to_private && (ir::is_pure(op.code) || op.code == opcode::variable ||
                                        op.code == opcode::write || op.code == opcode::yield);
    });
  if (!simple || gathers == 0 || operations > 64) return false;

  // The number of iterations: what the condition compares, and where the variables in it start.
  std::vector<bool> from_memory(function_.operation_count(), false);
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code == opcode::write && depends_on_load(*op.operands[1], from_memory))
      from_memory[op.operands[0]->id] = true;
  });
  return depends_on_load(*loop.body(0).operations.back()->operands[0], from_memory);
}

void kernel_lowering::lower_serial_loop(const ir::operation& op) {
  // What the loop uses: variables, and values made before it.
  std::vector<const ir::operation*> variables, values;
  const auto note = [](std::vector<const ir::operation*>& list, const ir::operation* o) {
    if (std::find(list.begin(), list.end(), o) == list.end()) list.push_back(o);
  };
  std::vector<bool> inside(function_.operation_count(), false);
  for (const auto& r : op.regions)
    analysis::for_each(*r, [&](ir::operation& inner) {
      inside[inner.id] = true;
      for (const ir::operation* operand : inner.operands) {
        if (operand->code == opcode::variable)
          note(variables, operand);
        else if (!inside[operand->id])
          note(values, operand);
      }
    });

  std::vector<lane_value> outer_values;
  outer_values.reserve(values.size());
  for (const ir::operation* v : values)
    outer_values.push_back(get(*v));
  const pack_state outer_pack = pack_now_;
  const value outer_mask = mask_;
  const std::uint32_t outer_emission = emission_;
  const auto saved_values = values_;
  const auto saved_defined = defined_in_;

  const std::vector<const ir::operation*> only_here = analysis::loop_scopes(function_);

  std::map<const ir::operation*, llvm::SmallVector<value, 4>> lane_slots;
  for (const ir::operation* v : variables)
    for (unsigned part = 0; part < v->result.components; ++part)
      lane_slots[v].push_back(allocate(element_type(v->result.element_type()), "lane.variable"));

  // What differs between lanes lies in memory meanwhile, one element a lane. In a register, what one lane leaves would
  // be what the next begins with, and the processor could not run the end of one lane's loop beside the start of the
  // next.
  // Bits would share a byte there.
  const auto in_memory = [&](llvm::Type* element) -> llvm::Type* {
    return element->isIntegerTy(1) ? builder_.getInt8Ty() : element;
  };
  const auto spread = [&](value all) -> value {
    llvm::Type* kept = lanes_of(in_memory(all->getType()->getScalarType()));
    llvm::AllocaInst* elements = allocate(kept, "lane.elements", 64);
    builder_.CreateStore(kept == all->getType() ? all : builder_.CreateZExt(all, kept), elements);
    return elements;
  };
  const auto element_at = [&](value elements, llvm::Type* element, value lane) {
    llvm::Type* kept = in_memory(element);
    const value loaded = builder_.CreateLoad(kept, slot_at(elements, kept, lane));
    return kept == element ? loaded : builder_.CreateTrunc(loaded, element);
  };
  std::map<const ir::operation*, llvm::SmallVector<value, 4>> elements_of_variable;
  for (const ir::operation* v : variables) {
    if (inside[v->id] || !pack_.of(*v).is_varying()) continue;
    for (unsigned part = 0; part < v->result.components; ++part)
      elements_of_variable[v].push_back(
          spread(builder_.CreateLoad(lanes_of(element_type(v->result.element_type())), slot_address(*v, part))));
  }
  for (lane_value& v : outer_values)
    if (v.is_varying())
      for (value& part : v.parts)
        part = spread(part);

  // A loop over the set bits, never sixteen copies of the body.
  mask_ = mask_or_all();
  for_each_active_lane([&](value lane) {
    const auto of_lane = [&](const lane_value& v, unsigned part, ir::type t) -> value {
      if (v.is_uniform()) return v.parts[part];
      if (v.is_varying()) return element_at(v.parts[part], element_type(t.element_type()), lane);
      const value distance = builder_.CreateMul(lane, builder_.getInt64(static_cast<std::uint64_t>(v.stride)));
      return t.is_pointer()
                 ? builder_.CreateGEP(builder_.getInt8Ty(), v.parts[part], distance)
                 : builder_.CreateAdd(v.parts[part], builder_.CreateTrunc(distance, v.parts[part]->getType()));
    };
    for (const ir::operation* v : variables) {
      if (inside[v->id]) continue;
      const shape s = pack_.of(*v);
      lane_value now = make(s.kind, {}, s.is_affine() ? s.stride : 0);
      llvm::Type* t = element_type(v->result.element_type());
      for (unsigned part = 0; part < v->result.components; ++part) {
        now.parts.push_back(s.is_varying() ? elements_of_variable[v][part]
                                           : static_cast<value>(builder_.CreateLoad(t, slot_address(*v, part))));
        builder_.CreateStore(of_lane(now, part, v->result), lane_slots[v][part]);
      }
    }
    std::vector<lane_value> lane_values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      lane_value one = make(category::uniform, {});
      for (unsigned part = 0; part < outer_values[i].parts.size(); ++part)
        one.parts.push_back(of_lane(outer_values[i], part, values[i]->result));
      lane_values.push_back(std::move(one));
    }
    for (unsigned d = 0; d < 3; ++d) {
      if (outer_pack.lane_coordinate[d])
        pack_now_.coordinate[d] = builder_.CreateExtractElement(outer_pack.lane_coordinate[d], lane);
      else if (d == 0)
        pack_now_.coordinate[0] = builder_.CreateAdd(outer_pack.coordinate[0], lane);
    }

    serial_ = true;
    serial_slots_ = lane_slots;
    mask_ = nullptr;
    ++emission_;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values_[values[i]->id] = lane_values[i];
      defined_in_[values[i]->id] = emission_;
    }
    lower_uniform_loop(op);
    serial_ = false;
    pack_now_ = outer_pack;
    mask_ = outer_mask;

    for (const ir::operation* v : variables) {
      if (inside[v->id] || only_here[v->id] == &op) continue;
      const shape s = pack_.of(*v);
      if (!s.is_varying()) continue; // a variable that stays affine or uniform dies with the loop
      llvm::Type* t = element_type(v->result.element_type());
      for (unsigned part = 0; part < v->result.components; ++part) {
        const value left = builder_.CreateZExtOrBitCast(builder_.CreateLoad(t, lane_slots[v][part]), in_memory(t));
        builder_.CreateStore(left, slot_at(elements_of_variable[v][part], in_memory(t), lane));
      }
    }
  });
  for (const ir::operation* v : variables) {
    const auto elements = elements_of_variable.find(v);
    if (elements == elements_of_variable.end() || only_here[v->id] == &op) continue;
    llvm::Type* t = element_type(v->result.element_type());
    for (unsigned part = 0; part < v->result.components; ++part) {
      const value all = builder_.CreateLoad(lanes_of(in_memory(t)), elements->second[part]);
      builder_.CreateStore(in_memory(t) == t ? all : builder_.CreateTrunc(all, lanes_of(t)), slot_address(*v, part));
    }
  }
  values_ = saved_values;
  defined_in_ = saved_defined;
  emission_ = outer_emission;
  mask_ = outer_mask;
}

} // namespace dotcompute::cpu
