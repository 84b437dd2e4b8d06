// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/strided_loops.hpp"

#include "compiler/analysis/regions.hpp"
#include "compiler/ir/builder.hpp"

#include <algorithm>
#include <optional>

namespace dotcompute::cuda {

using ir::opcode;

namespace {

/// Bytes that one thread should have on their way: 132 multiprocessors of an H200, each with 2,048 threads, had
/// 2.5 TB/s with 4 bytes a thread, 4.4 with 16 and 4.5 with 32 (a sum of 2^28 floats; a copy reaches 4.2).
constexpr std::uint64_t bytes_together = 32;
constexpr std::uint64_t most_turns = 8;
constexpr std::size_t most_operations = 48; ///< of a turn; beyond, there is enough to do while memory answers

using copies = std::unordered_map<const ir::operation*, ir::operation*>;

/// `while (counter < limit) { ...; counter += stride; }`.
struct strided_loop {
  ir::operation* counter = nullptr;
  ir::operation* limit = nullptr;
  ir::operation* stride = nullptr;
  opcode comparison{}; ///< icmp_ult or icmp_slt
  unsigned turns = 1;
};

bool is_inside(const ir::operation& op, const ir::operation& loop) {
  return std::any_of(loop.regions.begin(), loop.regions.end(),
                     [&](const auto& r) { return analysis::is_within(op.parent, r.get()); });
}

bool is_written(const ir::operation& variable, const ir::operation& loop) {
  bool found = false;
  for (const auto& r : loop.regions)
    analysis::for_each(*r,
                       [&](ir::operation& op) { found |= op.code == opcode::write && op.operands[0] == &variable; });
  return found;
}

/// Whether `v` has one value in all turns and can be computed before each.
bool is_invariant(const ir::operation& v, const ir::operation& loop) {
  if (!is_inside(v, loop)) return true;
  if (v.code == opcode::read) return !is_inside(*v.operands[0], loop) && !is_written(*v.operands[0], loop);
  return ir::is_pure(v.code) && std::all_of(v.operands.begin(), v.operands.end(),
                                            [&](const ir::operation* o) { return is_invariant(*o, loop); });
}

/// How many turns are taken together, judged by what one loads; 1 where something forbids it.
unsigned turns_of(const ir::operation& loop) {
  std::uint64_t bytes = 0;
  std::size_t operations = 0;
  bool allowed = true;
  for (const auto& r : loop.regions)
    analysis::for_each(*r, [&](ir::operation& op) {
      ++operations;
      if (op.code == opcode::load) {
        allowed &= !op.is_volatile;
        const ir::address_space space = op.operands[0]->result.space;
        if (space == ir::address_space::global || space == ir::address_space::constant)
          bytes += ir::byte_size(op.result);
        return;
      }
      allowed &= ir::is_pure(op.code) || op.code == opcode::variable || op.code == opcode::write ||
                 op.code == opcode::if_else || op.code == opcode::yield;
    });
  if (!allowed || bytes == 0 || operations > most_operations) return 1;
  return static_cast<unsigned>(std::min(bytes_together / bytes, most_turns));
}

std::optional<strided_loop> recognise(const ir::operation& loop) {
  if (loop.code != opcode::loop || loop.test_at_end || loop.unroll != 0) return {};
  strided_loop found;
  found.turns = turns_of(loop);
  if (found.turns < 2) return {};
  const ir::operation& holds = *loop.body(0).operations.back()->operands[0];
  found.comparison = holds.code;
  if ((holds.code != opcode::icmp_ult && holds.code != opcode::icmp_slt) || holds.operands[0]->code != opcode::read)
    return {};
  found.counter = holds.operands[0]->operands[0];
  found.limit = holds.operands[1];
  if (!found.counter->result.is_scalar() || !found.counter->result.is_integer()) return {};
  if (ir::bit_width(found.counter->result.element) < 32 || is_inside(*found.counter, loop)) return {};

  for (const auto& r : loop.regions)
    analysis::for_each(*r, [&](ir::operation& op) {
      if (op.code != opcode::write || op.operands[0] != found.counter) return;
      const bool is_step = !found.stride && op.parent == loop.regions[2].get();
      // Of two steps, or one that is not taken in every turn, nothing is known.
      const ir::operation* increment = is_step ? analysis::increment_of(op) : nullptr;
      found.stride = nullptr;
      for (ir::operation* summand : op.operands[1]->operands)
        if (summand == increment) found.stride = summand;
      if (!found.stride) found.turns = 1;
    });
  if (found.turns < 2 || !found.stride || found.stride->code == opcode::constant) return {};
  if (!is_invariant(*found.stride, loop) || !is_invariant(*found.limit, loop)) return {};
  return found;
}

/// An invariant value, computed where the builder stands.
ir::operation* bring(ir::operation& v, const ir::operation& loop, ir::builder& b, copies& there) {
  if (!is_inside(v, loop) || v.code == opcode::variable) return &v;
  if (const auto found = there.find(&v); found != there.end()) return found->second;
  for (ir::operation* operand : v.operands)
    there[operand] = bring(*operand, loop, b, there);
  return ir::clone_operation(v, b.owner(), *b.current(), there);
}

/// The condition that `turns` turns are left: counter < limit, and (turns - 1) * stride < limit - counter, where
/// nothing wraps around: as 64-bit numbers the distance is right whenever the first holds, and a stride below 2^60 is
/// positive and does not overflow when it is multiplied. Then each turn's own condition holds.
void fill_condition(const strided_loop& s, const ir::operation& loop, ir::builder& b) {
  copies there;
  const bool is_narrow = ir::bit_width(s.counter->result.element) == 32;
  const auto wide = [&](ir::operation* v) {
    if (!is_narrow) return v;
    return b.convert(s.comparison == opcode::icmp_slt ? opcode::sign_extend : opcode::zero_extend, v, ir::type::i64());
  };
  ir::operation* const limit = bring(*s.limit, loop, b, there);
  ir::operation* const stride = wide(bring(*s.stride, loop, b, there));
  ir::operation* const now = b.read(s.counter);
  ir::operation* const is_inside_range = b.compare(s.comparison, now, limit);
  ir::operation* const is_step = b.compare(opcode::icmp_ult, stride, b.i64(std::int64_t{1} << 60));
  ir::operation* const distance = b.binary(opcode::sub, wide(limit), wide(now));
  ir::operation* const last = b.binary(opcode::mul, stride, b.i64(s.turns - 1));
  ir::operation* const has_room = b.compare(opcode::icmp_ult, last, distance);
  b.yield(b.binary(opcode::bit_and, b.binary(opcode::bit_and, is_inside_range, is_step), has_room));
}

/// A loop of several turns, to stand before `loop`.
ir::operation* make_loop_of_turns(const strided_loop& s, const ir::operation& loop, ir::function& f) {
  ir::region outside;
  ir::builder b(f);
  b.location = loop.location;
  b.enter(outside);
  ir::operation* const made = b.loop();
  made->unroll = 1;
  b.enter(made->body(0));
  fill_condition(s, loop, b);
  for (unsigned turn = 0; turn < s.turns; ++turn) {
    copies map;
    ir::clone_region(loop.body(1), f, made->body(1), map);
    ir::clone_region(loop.body(2), f, made->body(1), map);
  }
  return made;
}

bool visit(ir::region& r, ir::function& f) {
  bool found = false;
  for (std::size_t i = 0; i < r.operations.size(); ++i) {
    ir::operation* const op = r.operations[i];
    if (const auto s = recognise(*op)) {
      ir::operation* const together = make_loop_of_turns(*s, *op, f);
      together->parent = &r;
      r.operations.insert(r.operations.begin() + static_cast<std::ptrdiff_t>(i), together);
      ++i;
      found = true;
      continue;
    }
    for (const auto& nested : op->regions)
      found |= visit(*nested, f);
  }
  return found;
}

} // namespace

std::unique_ptr<ir::function> take_turns_together(const ir::function& f) {
  std::unique_ptr<ir::function> changed = ir::clone_signature(f);
  copies map;
  ir::clone_region(f.body, *changed, changed->body, map);
  if (!visit(changed->body, *changed)) return nullptr;
  return changed;
}

} // namespace dotcompute::cuda
