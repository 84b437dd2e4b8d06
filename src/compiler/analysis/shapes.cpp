// SPDX-License-Identifier: MIT
#include "compiler/analysis/shapes.hpp"

#include <algorithm>

namespace dotcompute::analysis {

using ir::opcode;

shape join(shape a, shape b) {
  if (a.kind == shape::category::unset) return b;
  if (b.kind == shape::category::unset) return a;
  if (a.is_affine() && b.is_affine() && a.stride == b.stride)
    return shape::affine(a.stride, a.no_signed_wrap && b.no_signed_wrap, a.non_negative && b.non_negative);
  if (a.is_uniform() && b.is_uniform()) return std::max(a.kind, b.kind) == a.kind ? a : b;
  return shape::varying();
}

namespace {

std::int64_t signed_constant(const ir::operation& op) {
  const unsigned width = ir::bit_width(op.result.element);
  const std::uint64_t bits = op.bits << (64 - width);
  return static_cast<std::int64_t>(bits) >> (64 - width);
}

bool is_scalar_constant(const ir::operation& op) {
  return op.code == opcode::constant && op.result.is_scalar() && op.result.is_integer();
}

bool known_non_negative(const ir::operation& op, shape s) {
  return s.is_affine() ? s.non_negative : is_scalar_constant(op) && signed_constant(op) >= 0;
}

bool known_no_wrap(shape s) {
  return s.is_uniform() || s.no_signed_wrap;
}

bool all_uniform(std::span<const shape> shapes) {
  return std::all_of(shapes.begin(), shapes.end(), [](const shape& s) { return s.is_uniform(); });
}

shape scaled(shape s, std::int64_t factor, bool no_wrap, bool non_negative) {
  std::int64_t stride = 0;
  if (__builtin_mul_overflow(s.stride, factor, &stride)) return shape::varying();
  return shape::affine(stride, no_wrap, non_negative);
}

shape work_item_shape(const ir::operation& op, const pack_configuration& c) {
  const bool per_item = op.query == ir::work_item_query::global_id || op.query == ir::work_item_query::local_id;
  if (!per_item) return shape::uniform();
  if (c.local_size && (*c.local_size)[op.index] == 1) return shape::uniform();
  if (c.linear_packs) return shape::varying();
  return op.index == 0 ? shape::affine(1, true, true) : shape::uniform();
}

} // namespace

shape pack_domain::evaluate(const ir::operation& op, std::span<const shape> s) const {
  switch (op.code) {
  case opcode::work_item: return work_item_shape(op, configuration_);
  case opcode::atomic_rmw:
  case opcode::atomic_compare_exchange: return shape::varying();
  case opcode::private_alloc:
    // Contiguous blocks, one after another: the address of lane l is base + l * size.
    return layout_.unit[op.id] != 0 ? shape::uniform() : shape::affine(op.immediate, true, true);
  case opcode::load:
    if (op.operands[0]->result.space == ir::address_space::private_memory)
      return shape::varying(); // each lane has its own
    return s[0].is_uniform() ? shape::uniform() : shape::varying();
  case opcode::pointer_add: {
    if (s.size() == 1) return s[0];
    // A narrow index is taken from the first active lane and extended there; lanes follow by the stride.
    shape index = s[1];
    if (index.is_affine()) index = scaled(index, op.scale, true, false);
    if (index.is_varying() || s[0].is_varying()) return shape::varying();
    std::int64_t stride = 0;
    if (__builtin_add_overflow(s[0].stride, index.stride, &stride)) return shape::varying();
    return shape::affine(stride);
  }
  default: break;
  }

  if (all_uniform(s)) return shape::uniform();
  if (!op.result.is_scalar() || !op.result.is_integer())
    return op.code == opcode::select && op.result.is_pointer() && s[0].is_uniform() ? join(s[1], s[2])
                                                                                    : shape::varying();

  switch (op.code) {
  case opcode::add:
  case opcode::sub: {
    if (s[0].is_varying() || s[1].is_varying()) return shape::varying();
    const std::int64_t stride = op.code == opcode::add ? s[0].stride + s[1].stride : s[0].stride - s[1].stride;
    const bool wide = op.result.element == ir::scalar_kind::i64;
    const bool no_wrap = (op.no_signed_wrap || wide) && known_no_wrap(s[0]) && known_no_wrap(s[1]);
    return shape::affine(stride, no_wrap,
                         no_wrap && op.code == opcode::add && known_non_negative(*op.operands[0], s[0]) &&
                             known_non_negative(*op.operands[1], s[1]));
  }
  case opcode::mul: {
    const unsigned constant = is_scalar_constant(*op.operands[1]) ? 1 : 0;
    const shape other = s[1 - constant];
    if (!is_scalar_constant(*op.operands[constant]) || !other.is_affine()) return shape::varying();
    const std::int64_t factor = signed_constant(*op.operands[constant]);
    const bool no_wrap = op.no_signed_wrap && known_no_wrap(other);
    return scaled(other, factor, no_wrap, no_wrap && other.non_negative && factor >= 0);
  }
  case opcode::shl: {
    if (!is_scalar_constant(*op.operands[1]) || !s[0].is_affine()) return shape::varying();
    const std::uint64_t amount = op.operands[1]->bits & (ir::bit_width(op.result.element) - 1);
    return amount < 32 ? scaled(s[0], std::int64_t{1} << amount, false, false) : shape::varying();
  }
  case opcode::int_truncate:
    // Work-item ids stay ids: they reach 2^31 only in launches that an int could not have numbered.
    return s[0].is_affine() ? shape::affine(s[0].stride, s[0].no_signed_wrap && ir::bit_width(op.result.element) >= 32,
                                            s[0].non_negative && ir::bit_width(op.result.element) >= 32)
                            : shape::varying();
  case opcode::sign_extend: return s[0].is_affine() && s[0].no_signed_wrap ? s[0] : shape::varying();
  case opcode::zero_extend:
    return s[0].is_affine() && s[0].no_signed_wrap && s[0].non_negative ? s[0] : shape::varying();
  case opcode::select: return s[0].is_uniform() ? join(s[1], s[2]) : shape::varying();
  default: return shape::varying();
  }
}

shape group_domain::evaluate(const ir::operation& op, std::span<const shape> s) const {
  shape result = shape::uniform();
  switch (op.code) {
  case opcode::work_item:
    if ((op.query == ir::work_item_query::global_id || op.query == ir::work_item_query::local_id) &&
        !(configuration_.local_size && (*configuration_.local_size)[op.index] == 1))
      return shape::varying();
    return result;
  case opcode::private_alloc:
  case opcode::atomic_rmw:
  case opcode::atomic_compare_exchange: return shape::varying();
  case opcode::undefined: return shape::assumed();
  case opcode::load:
    if (op.operands[0]->result.space == ir::address_space::private_memory) return shape::varying();
    if (op.operands[0]->result.space != ir::address_space::constant) result = shape::assumed();
    break;
  default: break;
  }
  for (const shape& operand : s)
    result = join(result, operand);
  return result.is_affine() ? shape::varying() : result;
}

} // namespace dotcompute::analysis
