// SPDX-License-Identifier: MIT
// Which kernels are coarsened, and how far.
#include "compiler/analysis/regions.hpp"
#include "compiler/targets/cuda/coarsen.hpp"
#include "compiler/targets/cuda/item_values.hpp"

#include <algorithm>
#include <map>

namespace dotcompute::cuda {

using ir::address_space;
using ir::opcode;

namespace {

/// Bytes that a thread should have on their way. On an H100 (132 multiprocessors of 2,048 threads, about 3.0 TB/s)
/// kernels of one work-item a thread reach 77 % of the copy's speed with 4 bytes, 91 % with 8 and 96 % with 12.
constexpr std::uint64_t wanted_bytes = 12;
constexpr unsigned most_items = 4;
/// Arithmetic for each access to memory. What computes more than that has work to do while it waits, and the registers
/// of several work-items would leave fewer threads for it.
constexpr unsigned most_arithmetic = 8;

/// The argument or other operation that an address is counted from.
const ir::operation& base_of(const ir::operation& pointer) {
  const ir::operation* at = &pointer;
  while (at->code == opcode::pointer_add)
    at = at->operands[0];
  return *at;
}

bool is_rearrangement(opcode c) {
  switch (c) {
  case opcode::work_item:
  case opcode::variable:
  case opcode::read:
  case opcode::write:
  case opcode::pointer_add:
  case opcode::int_truncate:
  case opcode::zero_extend:
  case opcode::sign_extend:
  case opcode::bit_cast:
  case opcode::build:
  case opcode::extract:
  case opcode::shuffle:
  case opcode::if_else: return true;
  default: return false;
  }
}

/// What a work-item does, as far as it differs from its neighbours.
struct work {
  std::map<const ir::operation*, std::uint64_t> loaded; ///< bytes by base; neighbouring elements share a line
  unsigned accesses = 0, arithmetic = 0;
  bool stores = false;
};

class survey {
 public:
  explicit survey(const ir::function& f) : values_(f) {
    for (const ir::parameter& p : f.parameters)
      is_fit_ &= !(p.value.is_pointer() && p.value.space == address_space::local);
    visit(f.body, true);
  }
  bool is_fit() const { return is_fit_; }
  const work& found() const { return work_; }

 private:
  void visit(const ir::region& r, bool is_outermost) {
    for (const ir::operation* op : r.operations) {
      is_fit_ &= may_be_interleaved(*op, is_outermost && op == r.operations.back());
      count(*op);
      for (const auto& nested : op->regions)
        visit(*nested, false);
    }
  }

  bool may_be_interleaved(const ir::operation& op, bool is_last) const {
    switch (op.code) {
    case opcode::loop:
    case opcode::block:
    case opcode::break_to:
    case opcode::continue_to:
    case opcode::call:
    case opcode::print:
    case opcode::barrier:
    case opcode::fence:
    case opcode::atomic_rmw:
    case opcode::atomic_compare_exchange:
    case opcode::local_alloc:
    case opcode::private_alloc: return false;
    case opcode::return_from: return is_last;
    case opcode::load:
    case opcode::store: return !op.is_volatile;
    // Work-items that go different ways take turns, so the ways should be known before memory is waited for.
    case opcode::if_else: return !values_.differ(*op.operands[0]) || !values_.hang_on_memory(*op.operands[0]);
    default: return true;
    }
  }

  void count(const ir::operation& op) {
    const bool is_store = op.code == opcode::store || op.code == opcode::memory_copy;
    if (op.code == opcode::load || is_store) {
      const ir::operation& from = *op.operands[op.code == opcode::memory_copy ? 1 : 0];
      if (!values_.differ(*op.operands[0]) && !values_.differ(from)) return;
      ++work_.accesses;
      work_.stores |= is_store;
      if (op.code == opcode::store) return;
      std::uint64_t& bytes = work_.loaded[&base_of(from)];
      bytes = std::max(bytes,
                       op.code == opcode::load ? ir::byte_size(op.result) : static_cast<std::uint64_t>(op.immediate));
    } else if (values_.differ(op) && !is_rearrangement(op.code)) {
      ++work_.arithmetic;
    }
  }

  const item_values values_;
  work work_;
  bool is_fit_ = true;
};

} // namespace

unsigned items_of_thread(const ir::function& f) {
  const survey s(f);
  const work& w = s.found();
  if (!s.is_fit() || !w.stores || w.arithmetic > most_arithmetic * w.accesses) return 1;
  std::uint64_t bytes = 0;
  for (const auto& [base, size] : w.loaded)
    bytes += size;
  unsigned items = 1;
  while (items < most_items && bytes * items < wanted_bytes)
    items *= 2;
  return items;
}

} // namespace dotcompute::cuda
