// SPDX-License-Identifier: MIT
// Structured control flow is C's own. A label is needed only where an exit leaves more than C's break can.
#include "compiler/targets/c/emission.hpp"
#include "compiler/targets/c/wrapping_counters.hpp"

#include <algorithm>

namespace dotcompute::c_text {

using ir::opcode;

namespace {

bool touches(const ir::operation& op, const ir::operation& variable) {
  const auto direct = [&](const ir::operation& o) { return !o.operands.empty() && o.operands[0] == &variable; };
  bool found = direct(op);
  for (const auto& nested : op.regions)
    analysis::for_each(*nested, [&](ir::operation& o) { found |= direct(o); });
  return found;
}

bool is_one(std::string_view literal) {
  return literal.starts_with('1') && literal.find_first_not_of("ul", 1) == std::string_view::npos;
}

/// One level less of indentation.
std::string outdented(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1);
    const std::size_t begin = text.compare(at, 2, "  ") == 0 ? at + 2 : at;
    out.append(text, begin, end + 1 - begin);
    at = end + 1;
  }
  return out;
}

} // namespace

std::string kernel_text::capture(const ir::region& r) {
  std::string before;
  before.swap(out_);
  ++depth_;
  emit(r);
  --depth_;
  before.swap(out_);
  return before;
}

std::string kernel_text::declared_type(const ir::operation& variable) {
  return variable.result.is_pointer() ? dialect_.pointer_name(pointee_of(variable), variable.result.space)
                                      : dialect_.type_name(variable.result, variable_spelling(variable).is_signed);
}

void kernel_text::declare_or_defer(const ir::operation& variable) {
  if (uses_[variable.id].empty()) return;
  const std::string name = fresh_name(variable.symbol.empty() ? "v" : variable.symbol);
  variable_names_[&variable] = name;
  const auto& siblings = variable.parent->operations;
  const auto self = std::find(siblings.begin(), siblings.end(), &variable);
  const auto first =
      std::find_if(self + 1, siblings.end(), [&](const ir::operation* op) { return touches(*op, variable); });
  if (first != siblings.end() && (*first)->code == opcode::write) {
    undeclared_.insert(&variable);
    return;
  }
  line(declared_type(variable) + " " + name + ";");
}

void kernel_text::write(const ir::operation& op) {
  const ir::operation &variable = *op.operands[0], &source = *op.operands[1];
  const std::string& name = variable_names_.at(&variable);
  const ir::type t = variable.result;
  const spelling s = variable_spelling(variable);
  std::string text;
  if (t.is_pointer()) {
    text = pointer_text(source, pointee_of(variable)).text;
  } else if (t.is_vector()) {
    for (unsigned i = 0; i < t.components; ++i)
      text += (i ? ", " : "") + part(source, i, spelling::of(t.element, false)).text;
    text = dialect_.vector_of(t, text);
  } else {
    text = part(source, 0, spelling::of(t.element, s.is_signed)).text;
  }
  if (undeclared_.erase(&variable)) {
    const std::string declaration = declared_type(variable) + " " + name + " = " + text;
    // The counter of a loop stands in its first line, if what it starts from is still the same there.
    const ir::operation* loop = loop_scopes_[variable.id];
    const bool steps = loop && loop->regions.size() == 3 &&
                       std::any_of(loop->body(2).operations.begin(), loop->body(2).operations.end(),
                                   [&](auto* o) { return o->code == opcode::write && o->operands[0] == &variable; });
    const bool written_once = std::count_if(uses_[variable.id].begin(), uses_[variable.id].end(), [&](auto* use) {
                                return use->code == opcode::write && use->parent == op.parent;
                              }) == 1;
    const value& v = values_[source.id];
    if (steps && written_once && !loop->test_at_end && v.is_named && v.needs.variables.empty() && !v.needs.memory &&
        loop->parent == op.parent && !loop_starts_.contains(loop)) {
      loop_starts_[loop] = declaration;
      return;
    }
    return line(declaration + ";");
  }
  flush(effects_of(op));
  // x = x + 1 reads better as x += 1.
  for (const char* const sign : {"+", "-", "*", "^", "|", "&"}) {
    const std::string start = name + " " + sign + " ";
    if (!text.starts_with(start) || !t.is_scalar()) continue;
    const std::string rest = text.substr(start.size());
    const bool simple = std::all_of(rest.begin(), rest.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
    if (simple && (sign[0] == '+' || sign[0] == '-') && is_one(rest)) return line(std::string(2, sign[0]) + name + ";");
    if (simple) return line(name + " " + sign + "= " + rest + ";");
  }
  line(name + " = " + text + ";");
}

void kernel_text::if_else(const ir::operation& op) {
  const expression condition = part(*op.operands[0], 0, spelling::of(ir::scalar_kind::boolean, false));
  flush(effects_of(op));
  const std::string yes = capture(op.body(0));
  const std::string no = capture(op.body(1));
  if (yes.empty() && no.empty()) return;
  if (yes.empty()) {
    line("if (!" + bracketed(condition, binding::unary) + ") {");
    out_ += no;
    return line("}");
  }
  line("if (" + condition.text + ") {");
  out_ += yes;
  if (no.empty()) return line("}");
  // An `if` that is all of the `else`: its closing brace is the last line, and no other line is as far out.
  const std::string inner(2 * (depth_ + 1), ' ');
  bool chain = no.starts_with(inner + "if (");
  for (std::size_t at = 0, lines = 0; chain && at < no.size(); ++lines) {
    const std::size_t end = no.find('\n', at);
    const bool outermost = no[at + inner.size()] != ' ';
    if (outermost && lines > 0 && no[at + inner.size()] != '}') chain = false;
    if (outermost && no.compare(at + inner.size(), 2, "}\n") == 0 && end + 1 < no.size()) chain = false;
    at = end + 1;
  }
  if (chain) {
    const std::string text = outdented(no);
    out_ += std::string(2 * depth_, ' ') + "} else " + text.substr(2 * depth_);
    return;
  }
  line("} else {");
  out_ += no;
  line("}");
}

void kernel_text::loop(const ir::operation& op) {
  flush(effects_of(op));
  const std::string start = [&] {
    const auto found = loop_starts_.find(&op);
    return found == loop_starts_.end() ? std::string() : found->second;
  }();
  const ir::operation& yield = *op.body(0).operations.back();

  // The condition's text first: it decides the form. What it reads is as it will be where the text ends up, since
  // nothing of the loop's own runs in between.
  enclosing_.push_back({&op, false});
  const std::string condition_lines = capture(op.body(0));
  const expression condition = part(*yield.operands[0], 0, spelling::of(ir::scalar_kind::boolean, false));
  const bool plain = condition_lines.empty();
  const std::string step_lines = [&] {
    // A step of one statement may stand in the loop's first line; it is made here for the names that it takes.
    return capture(op.body(2));
  }();
  const bool one_step = std::count(step_lines.begin(), step_lines.end(), '\n') == 1 &&
                        step_lines.find("const ") == std::string::npos && step_lines.find(';') == step_lines.size() - 2;
  const bool is_for = plain && !op.test_at_end && one_step;
  const bool is_while = plain && !op.test_at_end && step_lines.empty();
  const bool is_do = plain && op.test_at_end && step_lines.empty();
  enclosing_.back().takes_continue = is_for || is_while || is_do || (!op.test_at_end && step_lines.empty());
  const std::string body = capture(op.body(1));
  enclosing_.pop_back();

  if (op.unroll == 1 || may_wrap_around(op))
    line("#pragma unroll 1");
  else if (op.unroll == ~0u)
    line("#pragma unroll");
  else if (op.unroll > 1)
    line("#pragma unroll " + std::to_string(op.unroll));

  const std::string inner(2 * (depth_ + 1), ' ');
  const auto continue_label = continue_labels_.find(&op);
  const bool needs_label = continue_label != continue_labels_.end();
  /// The body in a block of its own, so that a jump to its end passes no declaration.
  const auto put_body = [&] {
    if (!needs_label) {
      out_ += body;
      return;
    }
    out_ += inner + "{\n" + body + inner + "}\n" + inner + continue_label->second + ":;\n";
  };
  if (is_for) {
    std::string step = step_lines.substr(inner.size());
    step.erase(step.size() - 2); // ";\n"
    line("for (" + start + "; " + (condition.text == "true" ? "" : condition.text) + "; " + step + ") {");
    put_body();
    line("}");
  } else if (is_while) {
    if (!start.empty()) line(start + ";");
    line("while (" + condition.text + ") {");
    put_body();
    line("}");
  } else if (is_do) {
    line("do {");
    put_body();
    line("} while (" + condition.text + ");");
  } else {
    if (!start.empty()) line(start + ";");
    line("while (true) {");
    const std::string test =
        condition_lines +
        (condition.text == "true" ? "" : inner + "if (!" + bracketed(condition, binding::unary) + ") break;\n");
    if (!op.test_at_end) out_ += test;
    put_body();
    out_ += step_lines;
    if (op.test_at_end) out_ += test;
    line("}");
  }
  if (const auto leave = leave_labels_.find(&op); leave != leave_labels_.end()) line(leave->second + ":;");
}

/// Whether some exit to the block stands in no loop or block nested in it, where `break` would leave those.
bool kernel_text::is_left_directly(const ir::operation& block) const {
  bool found = false;
  const std::function<void(const ir::region&)> walk = [&](const ir::region& r) {
    for (const ir::operation* op : r.operations) {
      if (op->code == opcode::break_to && op->target == &block) found = true;
      if (op->code == opcode::loop || op->code == opcode::block) continue;
      for (const auto& nested : op->regions)
        walk(*nested);
    }
  };
  walk(block.body());
  return found;
}

void kernel_text::block(const ir::operation& op) {
  flush(effects_of(op));
  // `do { } while (false)` is a block that break leaves, but it takes `continue`, too; exits to loops around it jump.
  const bool breakable = is_left_directly(op);
  if (breakable) enclosing_.push_back({&op, false});
  const std::string body = capture(op.body());
  if (breakable) enclosing_.pop_back();
  line(breakable ? "do {" : "{");
  out_ += body;
  line(breakable ? "} while (false);" : "}");
  if (const auto leave = leave_labels_.find(&op); leave != leave_labels_.end()) line(leave->second + ":;");
}

void kernel_text::leave(const ir::operation& op) {
  if (op.code == opcode::return_from) return line("return;");
  const bool innermost = !enclosing_.empty() && enclosing_.back().op == op.target;
  if (op.code == opcode::break_to) {
    if (innermost) return line("break;");
    std::string& label = leave_labels_[op.target];
    if (label.empty()) label = fresh_name("leave");
    return line("goto " + label + ";");
  }
  if (innermost && enclosing_.back().takes_continue) return line("continue;");
  std::string& label = continue_labels_[op.target];
  if (label.empty()) label = fresh_name("next");
  line("goto " + label + ";");
}

} // namespace dotcompute::c_text
