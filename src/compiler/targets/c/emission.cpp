// SPDX-License-Identifier: MIT
// Which values get names, and where.
#include "compiler/targets/c/emission.hpp"

#include <algorithm>

namespace dotcompute::c_text {

using ir::opcode;
using ir::scalar_kind;

namespace {

/// Longer expressions are hard to read.
constexpr std::size_t longest_expression = 88;

bool is_atom(const expression& e) {
  return e.level == binding::primary && std::all_of(e.text.begin(), e.text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
         });
}

/// Operations that only say where a value is to be found: they stay as they are, however often they are used.
bool is_rearrangement(opcode c) {
  switch (c) {
  case opcode::pointer_add:
  case opcode::extract:
  case opcode::build:
  case opcode::shuffle:
  case opcode::zero_extend:
  case opcode::sign_extend:
  case opcode::int_truncate: return true;
  default: return false;
  }
}

bool writes_memory(opcode c) {
  switch (c) {
  case opcode::store:
  case opcode::memory_copy:
  case opcode::atomic_rmw:
  case opcode::atomic_compare_exchange:
  case opcode::fence:
  case opcode::barrier:
  case opcode::print: return true;
  default: return false;
  }
}

/// The operation of `r` itself that is `op` or holds it.
const ir::operation* within(const ir::operation& op, const ir::region& r) {
  const ir::operation* at = &op;
  while (at && at->parent != &r)
    at = at->parent ? at->parent->parent : nullptr;
  return at;
}

std::size_t position(const ir::operation& op, const ir::region& r) {
  return static_cast<std::size_t>(std::find(r.operations.begin(), r.operations.end(), &op) - r.operations.begin());
}

} // namespace

kernel_text::kernel_text(const dialect& d, program_text& shared, const ir::function& f,
                         const kernel_reflection& reflection)
    : dialect_(d), shared_(shared), function_(f), reflection_(reflection), values_(f.operation_count()),
      uses_(f.operation_count()), loop_scopes_(analysis::loop_scopes(f)) {
  find_uses();
  find_pointees();
}

expression kernel_text::as(scalar_kind k, bool is_signed, const expression& e) const {
  return cast(dialect_.scalar_name(k, is_signed), e);
}

void kernel_text::find_uses() {
  analysis::for_each(function_.body, [&](ir::operation& op) {
    for (const ir::operation* operand : op.operands)
      uses_[operand->id].push_back(&op);
  });
}

void kernel_text::line(const std::string& text) {
  out_.append(2 * depth_, ' ');
  out_ += text;
  out_ += '\n';
}

std::string kernel_text::fresh_name(std::string_view hint) {
  std::string name;
  for (const char c : hint)
    name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ? c : '_';
  while (name.starts_with("__"))
    name.erase(0, 1);
  if (name.empty()) name = "t";
  if (name[0] >= '0' && name[0] <= '9') name.insert(0, "v");
  if (dialect_.is_reserved_name(name)) name += '_';
  if (hint != "t" && names_.insert(name).second) return name;
  const bool ends_in_digit = name.back() >= '0' && name.back() <= '9';
  for (unsigned& n = next_suffix_[name];;) {
    ++n;
    std::string numbered = name +
                           (hint == "t"     ? ""
                            : ends_in_digit ? "_"
                                            : "") +
                           std::to_string(hint == "t" ? n : n + 1);
    if (!dialect_.is_reserved_name(numbered) && names_.insert(numbered).second) return numbered;
  }
}

std::string kernel_text::hint_for(const ir::operation& op) const {
  if (!op.symbol.empty() && op.code != opcode::print && op.code != opcode::target_function) return op.symbol;
  if (op.code == opcode::load || op.code == opcode::pointer_add || op.code == opcode::atomic_rmw ||
      op.code == opcode::atomic_compare_exchange) {
    const ir::operation* root = op.operands[0];
    while (root->code == opcode::pointer_add)
      root = root->operands[0];
    std::string name = root->code == opcode::argument ? function_.parameters[root->index].name
                       : root->code == opcode::read && !root->operands[0]->symbol.empty() ? root->operands[0]->symbol
                                                                                          : root->symbol;
    if (name.empty()) return "t";
    return name + (op.code == opcode::load ? "_value" : op.code == opcode::pointer_add ? "_at" : "_before");
  }
  if (op.code == opcode::read && !op.operands[0]->symbol.empty()) return op.operands[0]->symbol + "_now";
  return "t";
}

bool kernel_text::prefers_signed(const ir::operation& op) const {
  for (const ir::operation* use : uses_[op.id]) {
    switch (use->code) {
    case opcode::sdiv:
    case opcode::srem:
    case opcode::ashr:
    case opcode::smin:
    case opcode::smax:
    case opcode::smul_high:
    case opcode::sadd_saturate:
    case opcode::ssub_saturate:
    case opcode::icmp_slt:
    case opcode::icmp_sle:
    case opcode::sign_extend:
    case opcode::signed_to_float: return true;
    case opcode::add:
    case opcode::sub:
    case opcode::mul:
      if (wraps_nowhere_seen(*use)) return true;
      break;
    case opcode::pointer_add:
      if (use->operands.size() > 1 && use->operands[1] == &op && use->index_signed) return true;
      break;
    default: break;
    }
  }
  return false;
}

/// Signed numbers wrap, as on every device, so they are added and multiplied as unsigned ones. Only where an overflow
/// would lead far outside of every buffer, or out of a counter's range, may the compiler know of the source's types: it
/// makes better addresses of them.
bool kernel_text::wraps_nowhere_seen(const ir::operation& op) const {
  if (!op.no_signed_wrap || (op.code != opcode::add && op.code != opcode::sub && op.code != opcode::mul)) return false;
  return !uses_[op.id].empty() && std::all_of(uses_[op.id].begin(), uses_[op.id].end(), [&](const ir::operation* use) {
    switch (use->code) {
    case opcode::pointer_add: return use->index_signed;
    case opcode::sign_extend:
      return std::all_of(uses_[use->id].begin(), uses_[use->id].end(),
                         [](const ir::operation* further) { return further->code == opcode::pointer_add; });
    case opcode::add:
    case opcode::sub:
    case opcode::mul: return wraps_nowhere_seen(*use);
    case opcode::write: {
      const ir::operation& variable = *use->operands[0];
      const ir::operation* loop = loop_scopes_[variable.id];
      return loop && op.operands[0]->code == opcode::read && op.operands[0]->operands[0] == &variable &&
             op.operands[1]->code == opcode::constant && use->parent == loop->regions.back().get();
    }
    default: return false;
    }
  });
}

spelling kernel_text::variable_spelling(const ir::operation& variable) {
  const auto found = variable_types_.find(&variable);
  if (found != variable_types_.end()) return found->second;
  bool is_signed = false;
  if (variable.result.is_integer() && variable.result.is_scalar())
    for (const ir::operation* use : uses_[variable.id]) {
      if (use->code == opcode::read) {
        is_signed |= prefers_signed(*use);
        continue;
      }
      const ir::operation& v = *use->operands[1];
      is_signed |= wraps_nowhere_seen(v) || v.code == opcode::sdiv || v.code == opcode::srem ||
                   v.code == opcode::ashr || v.code == opcode::smin || v.code == opcode::smax ||
                   v.code == opcode::sign_extend || v.code == opcode::float_to_signed;
    }
  return variable_types_[&variable] =
             spelling::of(variable.result.is_number() ? variable.result.element : scalar_kind::i64, is_signed);
}

kernel_text::value& kernel_text::get(const ir::operation& op) {
  value& v = values_[op.id];
  if (v.is_pending) {
    v.is_pending = false;
    std::erase(pending_, &op);
  }
  if (taking_) taking_->add(v.needs);
  return v;
}

kernel_text::value& kernel_text::firm(const ir::operation& op) {
  if (values_[op.id].is_pending) name_now(op);
  return get(op);
}

expression kernel_text::part(const ir::operation& op, unsigned component, spelling wanted) {
  value& v = get(op);
  if (op.code == opcode::constant && op.result.is_number())
    return dialect_.literal({wanted.held, wanted.held, wanted.is_signed}, op.bits);
  const expression& e = v.parts[v.parts.size() == 1 ? 0 : component];
  const bool is_integer = wanted.held >= scalar_kind::i8 && wanted.held <= scalar_kind::i64;
  if (!is_integer || (v.type.held == wanted.held && v.type.is_signed == wanted.is_signed)) return e;
  return as(wanted.held, wanted.is_signed, e);
}

std::size_t kernel_text::last_use(const ir::operation& op, const ir::region& r) const {
  std::size_t last = 0;
  for (const ir::operation* use : uses_[op.id]) {
    if (const ir::operation* holder = within(*use, r)) last = std::max(last, position(*holder, r));
    if (is_rearrangement(use->code)) last = std::max(last, last_use(*use, r));
  }
  return last;
}

bool kernel_text::may_alias_variable(const ir::operation& read) const {
  const ir::operation& variable = *read.operands[0];
  const ir::region& r = *read.parent;
  const std::size_t end = last_use(read, r);
  for (std::size_t i = position(read, r) + 1; i <= end && i < r.operations.size(); ++i) {
    const ir::operation& op = *r.operations[i];
    // The last use may be the write itself: what it writes is computed first.
    if (i == end && op.code == opcode::write) continue;
    if (effects_of(op).variables.contains(&variable)) return false;
  }
  return true;
}

kernel_text::dependencies kernel_text::effects_of(const ir::operation& op) const {
  dependencies changed;
  const auto add = [&](const ir::operation& o) {
    if (o.code == opcode::write) changed.variables.insert(o.operands[0]);
    changed.memory |= writes_memory(o.code);
  };
  add(op);
  for (const auto& nested : op.regions)
    analysis::for_each(*nested, add);
  return changed;
}

void kernel_text::flush(const dependencies& changed) {
  const std::vector<const ir::operation*> before = pending_;
  for (const ir::operation* op : before) {
    const value& v = values_[op->id];
    if (!v.is_pending) continue; // went into one that was named before it
    const bool conflicts =
        (changed.memory && v.needs.memory) ||
        std::any_of(v.needs.variables.begin(), v.needs.variables.end(),
                    [&](const ir::operation* variable) { return changed.variables.contains(variable); });
    if (conflicts) name_now(*op);
  }
}

void kernel_text::name_now(const ir::operation& op) {
  value& v = values_[op.id];
  if (v.is_pending) {
    v.is_pending = false;
    std::erase(pending_, &op);
  }
  v.needs = {};
  v.is_named = true;
  if (v.at) {
    const address a = *v.at;
    const std::string name = fresh_name(hint_for(op));
    line(dialect_.pointer_name(a.points_to, a.space) + " const " + name + " = " + pointer_text(a, a.points_to).text +
         ";");
    v = pointer_value(name, a.points_to, false, a.space);
    return;
  }
  const std::string hint = hint_for(op);
  const std::string type(dialect_.scalar_name(v.type.held, v.type.is_signed));
  if (v.parts.size() == 1) {
    const std::string name = fresh_name(hint);
    line("const " + type + " " + name + " = " + v.parts[0].text + ";");
    v.parts[0] = {name};
    return;
  }
  const std::string base = fresh_name(hint);
  for (unsigned i = 0; i < v.parts.size(); ++i) {
    if (is_atom(v.parts[i])) continue;
    const std::string name = fresh_name(base + "_" + component_name(static_cast<unsigned>(v.parts.size()), i));
    line("const " + type + " " + name + " = " + v.parts[i].text + ";");
    v.parts[i] = {name};
  }
}

void kernel_text::keep(const ir::operation& op, value v) {
  const auto& uses = uses_[op.id];
  const bool used_once = uses.size() == 1 && uses[0]->parent == op.parent;
  std::size_t length = 0;
  for (const expression& e : v.parts)
    length = std::max(length, e.text.size());
  const bool stays = v.is_named;
  values_[op.id] = std::move(v);
  if (uses.empty() || stays) return;
  if (used_once && length <= longest_expression) {
    values_[op.id].is_pending = true;
    pending_.push_back(&op);
    return;
  }
  name_now(op);
}

void kernel_text::emit(const ir::region& r) {
  for (const ir::operation* op : r.operations)
    if (op->code != opcode::yield) statement(*op);
}

void kernel_text::statement(const ir::operation& op) {
  switch (op.code) {
  case opcode::variable: return declare_or_defer(op);
  case opcode::write: return write(op);
  case opcode::private_alloc: return allocate_private(op);
  case opcode::local_alloc: return allocate_local(op);
  case opcode::store: return store(op);
  case opcode::memory_copy: return memory_copy(op);
  case opcode::print: return print(op);
  case opcode::barrier: flush(effects_of(op)); return line(dialect_.barrier(op.index) + ";");
  case opcode::fence: flush(effects_of(op)); return line(dialect_.fence(op.index) + ";");
  case opcode::prefetch: return;
  case opcode::if_else: return if_else(op);
  case opcode::loop: return loop(op);
  case opcode::block: return block(op);
  case opcode::break_to:
  case opcode::continue_to:
  case opcode::return_from: return leave(op);
  case opcode::atomic_rmw:
  case opcode::atomic_compare_exchange: {
    value v = atomic(op);
    values_[op.id] = std::move(v);
    return;
  }
  default: break;
  }

  if (uses_[op.id].empty()) return;
  const bool stays_put = is_rearrangement(op.code);
  // What is written again at each use must not hold an expression that is good only once.
  if (stays_put && !(uses_[op.id].size() == 1 && uses_[op.id][0]->parent == op.parent))
    for (const ir::operation* operand : op.operands)
      firm(*operand);
  dependencies needs;
  taking_ = &needs;
  value v = evaluate(op);
  taking_ = nullptr;
  v.needs.add(needs);
  if (v.at && !v.is_named)
    v.is_named = stays_put && !(uses_[op.id].size() == 1 && uses_[op.id][0]->parent == op.parent);
  if (!v.at && stays_put) v.is_named = std::all_of(v.parts.begin(), v.parts.end(), is_atom) && v.needs.memory == false;
  keep(op, std::move(v));
}

} // namespace dotcompute::c_text
