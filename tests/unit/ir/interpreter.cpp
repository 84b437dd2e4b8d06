// SPDX-License-Identifier: MIT
#include "interpreter.hpp"

#include <algorithm>
#include <stdexcept>

namespace dotcompute::ir::testing {

namespace {

struct undefined_behaviour {};

/// Why a region was left: at its end, or by the exit `by` (a return when `by` has no target).
struct outcome {
  const operation* exit = nullptr;
};

class machine {
 public:
  machine(const program& p, trace& out, int& budget, const work_item_place& place)
      : program_(p), out_(out), budget_(budget), place_(place) {}

  std::int32_t call(const function& f, const std::vector<std::int32_t>& arguments) {
    arguments_ = &arguments;
    const outcome left = run(f.body);
    if (!left.exit || left.exit->operands.empty()) return 0;
    return static_cast<std::int32_t>(value(left.exit->operands[0]));
  }

 private:
  std::int64_t value(const operation* op) const {
    const auto found = values_.find(op);
    if (found == values_.end()) throw std::logic_error("value used before it was computed");
    return found->second;
  }

  outcome run(const region& r) {
    for (const operation* op : r.operations) {
      if (--budget_ < 0) throw undefined_behaviour{};
      switch (op->code) {
      case opcode::break_to:
      case opcode::continue_to:
      case opcode::return_from: return {op};
      case opcode::yield: condition_ = value(op->operands[0]) != 0; break;
      case opcode::if_else:
        if (const outcome left = run(op->body(value(op->operands[0]) ? 0 : 1)); left.exit) return left;
        break;
      case opcode::block:
        if (const outcome left = run(op->body()); left.exit && left.exit->target != op) return left;
        break;
      case opcode::loop:
        if (const outcome left = run_loop(*op); left.exit) return left;
        break;
      default: compute(*op);
      }
    }
    return {};
  }

  outcome run_loop(const operation& loop) {
    for (bool first = true;; first = false) {
      if (!(first && loop.test_at_end)) {
        const outcome left = run(loop.body(0));
        if (left.exit) return left.exit->target == &loop ? outcome{} : left;
        if (!condition_) return {};
      }
      const outcome left = run(loop.body(1));
      if (left.exit && left.exit->target != &loop) return left;
      if (left.exit && left.exit->code == opcode::break_to) return {};
      if (const outcome step = run(loop.body(2)); step.exit) return step.exit->target == &loop ? outcome{} : step;
    }
  }

  /// The low bits of `bits` that fit `t`, sign-extended; booleans are 0 or 1.
  static std::int64_t wrapped(type t, std::uint64_t bits) {
    if (t.is_boolean()) return static_cast<std::int64_t>(bits & 1);
    const unsigned unused = t.is_integer() ? 64 - bit_width(t.element) : 0;
    return static_cast<std::int64_t>(bits << unused) >> unused;
  }

  void compute(const operation& op) {
    const auto operand = [&](std::size_t i) { return value(op.operands[i]); };
    const auto bits = [&](std::size_t i) { return static_cast<std::uint64_t>(value(op.operands[i])); };
    const auto set = [&](std::uint64_t result) { values_[&op] = wrapped(op.result, result); };
    switch (op.code) {
    case opcode::constant: set(op.bits); break;
    case opcode::argument: values_[&op] = (*arguments_)[op.index]; break;
    case opcode::add: set(bits(0) + bits(1)); break;
    case opcode::sub: set(bits(0) - bits(1)); break;
    case opcode::mul: set(bits(0) * bits(1)); break;
    case opcode::bit_xor: set(bits(0) ^ bits(1)); break;
    case opcode::bit_and: set(bits(0) & bits(1)); break;
    case opcode::bit_or: set(bits(0) | bits(1)); break;
    case opcode::work_item: values_[&op] = id(op); break;
    case opcode::int_truncate:
    case opcode::sign_extend: set(bits(0)); break;
    case opcode::zero_extend: {
      const unsigned width = bit_width(op.operands[0]->result.element);
      set(bits(0) & ((std::uint64_t{1} << width) - 1));
      break;
    }
    case opcode::icmp_slt: values_[&op] = operand(0) < operand(1); break;
    // Numbers are kept with their sign extended, which keeps the order of unsigned ones as well.
    case opcode::icmp_ult: values_[&op] = bits(0) < bits(1); break;
    case opcode::icmp_eq: values_[&op] = operand(0) == operand(1); break;
    case opcode::icmp_ne: values_[&op] = operand(0) != operand(1); break;
    case opcode::select: values_[&op] = operand(0) ? operand(1) : operand(2); break;
    case opcode::int_to_pointer: values_[&op] = 0; break;
    case opcode::variable: slots_[&op].reset(); break;
    case opcode::read: {
      const auto& slot = slots_.at(op.operands[0]);
      if (!slot) throw undefined_behaviour{};
      values_[&op] = *slot;
      break;
    }
    case opcode::write: slots_.at(op.operands[0]) = operand(1); break;
    case opcode::pointer_add:
      values_[&op] = operand(0) + (op.operands.size() > 1 ? operand(1) * op.scale : 0) + op.immediate;
      break;
    case opcode::load: {
      const auto stored =
          std::find_if(out_.rbegin(), out_.rend(), [&](const auto& s) { return s.first == operand(0); });
      set(stored != out_.rend() ? static_cast<std::uint64_t>(stored->second) : bits(0) * 2654435761u >> 3);
      break;
    }
    case opcode::store: out_.emplace_back(operand(0), static_cast<std::int32_t>(operand(1))); break;
    case opcode::call: {
      std::vector<std::int32_t> arguments;
      for (std::size_t i = 0; i < op.operands.size(); ++i)
        arguments.push_back(operand(i));
      values_[&op] = machine(program_, out_, budget_, place_).call(*program_.find(op.symbol), arguments);
      break;
    }
    default: throw std::logic_error("the interpreter does not know " + std::string(name(op.code)));
    }
  }

  std::int64_t id(const operation& op) const {
    switch (op.query) {
    case work_item_query::global_id: return (place_.group + op.immediate) * place_.local_size + place_.local;
    case work_item_query::group_id: return place_.group + op.immediate;
    case work_item_query::local_id: return place_.local;
    case work_item_query::local_size: return place_.local_size;
    default: throw std::logic_error("the interpreter does not know " + std::string(name(op.query)));
    }
  }

  const program& program_;
  trace& out_;
  int& budget_;
  const work_item_place place_;
  const std::vector<std::int32_t>* arguments_ = nullptr;
  std::unordered_map<const operation*, std::int64_t> values_;
  std::unordered_map<const operation*, std::optional<std::int64_t>> slots_;
  bool condition_ = false;
};

} // namespace

std::optional<trace> interpret(const program& p, const function& f, const std::vector<std::int32_t>& arguments,
                               const work_item_place& place) {
  trace out;
  int budget = 20000;
  try {
    machine(p, out, budget, place).call(f, arguments);
  } catch (const undefined_behaviour&) {
    return std::nullopt;
  }
  return out;
}

} // namespace dotcompute::ir::testing
