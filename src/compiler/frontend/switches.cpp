// SPDX-License-Identifier: MIT
// switch: a block that `break` leaves, in which each group of labels is an if.
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

namespace {

struct labelled_part {
  std::vector<const clang::SwitchCase*> labels;
  std::vector<const clang::Stmt*> statements;
};

/// Whether control cannot run from the end of these statements into what follows them.
bool always_leaves(const clang::Stmt* s) {
  if (llvm::isa<clang::BreakStmt, clang::ContinueStmt, clang::ReturnStmt>(s)) return true;
  if (const auto* compound = llvm::dyn_cast<clang::CompoundStmt>(s))
    return !compound->body_empty() && always_leaves(compound->body_back());
  if (const auto* branch = llvm::dyn_cast<clang::IfStmt>(s))
    return branch->getElse() && always_leaves(branch->getThen()) && always_leaves(branch->getElse());
  return false;
}

bool always_leaves(const labelled_part& part) {
  for (const clang::Stmt* s : part.statements)
    if (always_leaves(s)) return true;
  return false;
}

} // namespace

void function_lowering::switch_statement(const clang::SwitchStmt& s) {
  operation* selector = value(s.getCond());
  const clang::QualType type = s.getCond()->getType();

  std::vector<labelled_part> parts;
  const auto* body = llvm::dyn_cast<clang::CompoundStmt>(s.getBody());
  std::vector<const clang::Stmt*> children;
  if (body)
    children.assign(body->body_begin(), body->body_end());
  else
    children.push_back(s.getBody());
  for (const clang::Stmt* child : children) {
    if (llvm::isa<clang::SwitchCase>(child)) {
      parts.emplace_back();
      while (const auto* label = llvm::dyn_cast<clang::SwitchCase>(child)) {
        parts.back().labels.push_back(label);
        child = label->getSubStmt();
      }
    }
    if (!parts.empty()) {
      parts.back().statements.push_back(child);
    }
    // A declaration is visible in the parts after it, though jumping past it leaves it without a value.
    if (const auto* declaration = llvm::dyn_cast<clang::DeclStmt>(child)) {
      for (const clang::Decl* d : declaration->decls()) {
        const auto* variable = llvm::dyn_cast<clang::VarDecl>(d);
        if (!variable || variable->hasGlobalStorage() || is_aggregate(variable->getType())) {
          if (!variable || variable->hasGlobalStorage() ||
              variable->getType().getAddressSpace() == clang::LangAS::opencl_local)
            continue;
        }
        hoisted_.insert(variable);
        if (is_aggregate(variable->getType()) || usage_.needs_memory(*variable)) {
          places_[variable] = temporary(variable->getType(), variable->getName());
        } else {
          place p;
          p.type = type_of(variable->getType(), variable->getLocation());
          p.slot = build_.variable(p.type, variable->getNameAsString());
          places_[variable] = p;
        }
      }
    }
  }
  if (parts.empty()) return;

  bool falls_through = false;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i)
    falls_through |= !always_leaves(parts[i]);

  const auto matches = [&](const clang::CaseStmt& label) {
    const auto constant = [&](const clang::Expr* e) {
      const llvm::APSInt number = e->EvaluateKnownConstInt(context());
      return build_.constant_bits(selector->result,
                                  number.extOrTrunc(ir::bit_width(selector->result.element)).getZExtValue());
    };
    operation* low = constant(label.getLHS());
    if (!label.getRHS()) return build_.compare(opcode::icmp_eq, selector, low);
    operation* high = constant(label.getRHS());
    const opcode at_most = is_signed(type) ? opcode::icmp_sle : opcode::icmp_ule;
    return build_.binary(opcode::bit_and, build_.compare(at_most, low, selector),
                         build_.compare(at_most, selector, high));
  };
  const auto any = [&](operation* a, operation* b) { return a ? build_.binary(opcode::bit_or, a, b) : b; };

  ir::region* outer = build_.current();
  operation* block = build_.block();
  build_.enter(block->body());
  exits_.push_back({block, exits_.empty() ? nullptr : exits_.back().continue_target});

  // The part that `default` names is entered when no label anywhere matches.
  std::vector<operation*> entered(parts.size(), nullptr);
  operation* matched = nullptr;
  std::size_t default_part = parts.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const clang::SwitchCase* label : parts[i].labels) {
      at(label->getBeginLoc());
      if (const auto* one = llvm::dyn_cast<clang::CaseStmt>(label))
        entered[i] = any(entered[i], matches(*one));
      else
        default_part = i;
    }
    if (entered[i]) matched = any(matched, entered[i]);
  }
  if (default_part < parts.size()) {
    operation* otherwise = matched ? invert(matched) : build_.boolean(true);
    entered[default_part] = any(entered[default_part], otherwise);
  }

  if (falls_through) {
    operation* running = build_.variable(ir::type::boolean(), "running");
    build_.write(running, build_.boolean(false));
    ir::region* inside = build_.current();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      operation* enter = build_.binary(opcode::bit_or, build_.read(running), entered[i]);
      operation* branch = build_.if_else(enter);
      build_.enter(branch->body(0));
      build_.write(running, build_.boolean(true));
      for (const clang::Stmt* child : parts[i].statements)
        statement(child);
      build_.enter(*inside);
    }
  } else {
    // Each part leaves, so they exclude one another: a chain, `default` last whatever its place.
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (i != default_part) order.push_back(i);
    if (default_part < parts.size()) order.push_back(default_part);
    for (const std::size_t i : order) {
      const bool is_last_default = i == default_part;
      operation* branch = is_last_default ? nullptr : build_.if_else(entered[i]);
      ir::region* after = build_.current();
      if (branch) build_.enter(branch->body(0));
      for (const clang::Stmt* child : parts[i].statements)
        statement(child);
      // The part's last `break` goes where the chain ends anyway.
      auto& operations = build_.current()->operations;
      if (!operations.empty() && operations.back()->code == opcode::break_to && operations.back()->target == block)
        operations.pop_back();
      if (branch) {
        build_.enter(*after);
        build_.enter(branch->body(1));
      }
    }
  }
  exits_.pop_back();
  build_.enter(*outer);
}

} // namespace dotcompute::frontend
