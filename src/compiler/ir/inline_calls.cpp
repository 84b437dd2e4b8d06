// SPDX-License-Identifier: MIT
#include "compiler/ir/passes.hpp"

#include <algorithm>

namespace dotcompute::ir {

namespace {

std::size_t count_returns(const region& r) {
  std::size_t n = 0;
  for (const operation* op : r.operations) {
    if (op->code == opcode::return_from) ++n;
    for (const auto& nested : op->regions)
      n += count_returns(*nested);
  }
  return n;
}

void append(region& r, operation* op) {
  op->parent = &r;
  r.operations.push_back(op);
}

class inliner {
 public:
  explicit inliner(program& p) : program_(p) {}

  /// Leaves no call in `f`. Callees are finished first, so each body is copied with its own calls already gone.
  void finish(function& f) {
    state& s = states_[&f];
    if (s == state::done) return;
    if (s == state::active) {
      messages.push_back("function '" + f.name +
                         "' calls itself, directly or through others; OpenCL C has no recursion");
      return;
    }
    s = state::active;
    finish_callees(f.body);
    if (messages.empty()) {
      std::unordered_map<const operation*, operation*> replaced;
      expand(f, f.body, replaced);
      if (!replaced.empty()) replace_operands(f.body, replaced);
      hoist_local_memory(f);
    }
    states_[&f] = state::done;
  }

  std::vector<std::string> messages;

 private:
  enum class state : std::uint8_t { untouched, active, done };

  void finish_callees(const region& r) {
    for (const operation* op : r.operations) {
      for (const auto& nested : op->regions)
        finish_callees(*nested);
      if (op->code != opcode::call) continue;
      function* callee = program_.find(op->symbol);
      if (!callee) {
        std::string where;
        if (op->location.line && op->location.file < program_.files.size())
          where = program_.files[op->location.file] + ":" + std::to_string(op->location.line) + ":" +
                  std::to_string(op->location.column) + ": ";
        messages.push_back(where + "call of function '" + op->symbol + "', which is declared but not defined");
      } else if (callee->parameters.size() != op->operands.size()) {
        messages.push_back("call of function '" + op->symbol + "' with " + std::to_string(op->operands.size()) +
                           " arguments, expected " + std::to_string(callee->parameters.size()));
      } else {
        finish(*callee);
      }
    }
  }

  void expand(function& caller, region& r, std::unordered_map<const operation*, operation*>& replaced) {
    std::vector<operation*> old;
    old.swap(r.operations);
    for (operation* op : old) {
      if (op->code == opcode::call) {
        expand_call(caller, r, *op, replaced);
        continue;
      }
      r.operations.push_back(op);
      for (const auto& nested : op->regions)
        expand(caller, *nested, replaced);
    }
  }

  void expand_call(function& caller, region& r, operation& call,
                   std::unordered_map<const operation*, operation*>& replaced) {
    const function& callee = *program_.find(call.symbol);
    std::unordered_map<const operation*, operation*> map;
    bind_arguments(callee.body, call, map);
    // Remarks about library code are of use only at the line that called it.
    const bool library = callee.name.starts_with("__dc_");

    const std::size_t returns = count_returns(callee.body);
    const bool returns_last =
        !callee.body.operations.empty() && callee.body.operations.back()->code == opcode::return_from;
    if (returns == 0 || (returns == 1 && returns_last)) {
      region body;
      clone_region(callee.body, caller, body, map);
      if (library) relocate(body, call.location);
      operation* result = nullptr;
      if (returns) {
        const operation* exit = body.operations.back();
        if (!exit->operands.empty()) result = exit->operands[0];
        body.operations.pop_back();
      }
      for (operation* op : body.operations)
        append(r, op);
      if (!call.result.is_none()) replaced[&call] = result ? result : undefined(caller, r, call);
      return;
    }

    operation* slot = nullptr;
    if (!call.result.is_none()) {
      slot = caller.create(opcode::variable, call.result);
      slot->symbol = callee.name;
      slot->location = call.location;
      append(r, slot);
    }
    operation* block = caller.create(opcode::block);
    block->location = call.location;
    block->regions.push_back(std::make_unique<region>());
    block->body().parent = block;
    append(r, block);
    clone_region(callee.body, caller, block->body(), map);
    if (library) relocate(block->body(), call.location);
    leave_block(caller, block->body(), slot, block);
    if (slot) {
      operation* read = caller.create(opcode::read, call.result);
      read->operands = {slot};
      read->location = call.location;
      append(r, read);
      replaced[&call] = read;
    }
  }

  /// `argument` operations of the callee stand for the call's operands; clone_region leaves out what is in the map.
  static void bind_arguments(const region& r, const operation& call,
                             std::unordered_map<const operation*, operation*>& map) {
    for (const operation* op : r.operations) {
      if (op->code == opcode::argument) map.emplace(op, call.operands[op->index]);
      for (const auto& nested : op->regions)
        bind_arguments(*nested, call, map);
    }
  }

  static void relocate(region& r, const source_location& location) {
    for (operation* op : r.operations) {
      op->location = location;
      for (const auto& nested : op->regions)
        relocate(*nested, location);
    }
  }

  static operation* undefined(function& caller, region& r, const operation& call) {
    operation* op = caller.create(opcode::undefined, call.result);
    op->location = call.location;
    append(r, op);
    return op;
  }

  /// return_from becomes: write the result, leave the block. Leaving at the block's very end needs no exit. What
  /// follows an exit in a region is never reached and is dropped.
  void leave_block(function& caller, region& r, operation* slot, operation* block) {
    for (std::size_t i = 0; i < r.operations.size(); ++i) {
      operation* op = r.operations[i];
      for (const auto& nested : op->regions)
        leave_block(caller, *nested, slot, block);
      if (op->code != opcode::return_from) continue;
      r.operations.resize(i);
      if (slot && !op->operands.empty()) {
        operation* write = caller.create(opcode::write);
        write->operands = {slot, op->operands[0]};
        write->location = op->location;
        append(r, write);
      }
      if (r.parent != block) {
        operation* exit = caller.create(opcode::break_to);
        exit->target = block;
        exit->location = op->location;
        append(r, exit);
      }
      return;
    }
  }

  /// A call's value may be another call's value (`f(g(x))` where f returns its argument), hence the inner loop.
  static void replace_operands(region& r, const std::unordered_map<const operation*, operation*>& replaced) {
    for (operation* op : r.operations) {
      for (operation*& operand : op->operands)
        for (auto found = replaced.find(operand); found != replaced.end(); found = replaced.find(operand))
          operand = found->second;
      for (const auto& nested : op->regions)
        replace_operands(*nested, replaced);
    }
  }

  /// A kernel called by another brings its local memory along; it belongs to the entry region, before all uses.
  static void hoist_local_memory(function& f) {
    std::vector<operation*> found;
    collect_local_memory(f.body, found);
    for (operation* op : found)
      op->parent = &f.body;
    f.body.operations.insert(f.body.operations.begin(), found.begin(), found.end());
  }

  static void collect_local_memory(region& r, std::vector<operation*>& found) {
    for (operation* op : r.operations) {
      if (op->code == opcode::local_alloc) found.push_back(op);
      for (const auto& nested : op->regions)
        collect_local_memory(*nested, found);
    }
    std::erase_if(r.operations, [](const operation* op) { return op->code == opcode::local_alloc; });
  }

  program& program_;
  std::unordered_map<const function*, state> states_;
};

} // namespace

std::vector<std::string> inline_calls(program& p) {
  inliner work(p);
  for (const auto& f : p.functions)
    if (f->is_kernel) work.finish(*f);
  if (work.messages.empty()) std::erase_if(p.functions, [](const auto& f) { return !f->is_kernel; });
  return std::move(work.messages);
}

} // namespace dotcompute::ir
