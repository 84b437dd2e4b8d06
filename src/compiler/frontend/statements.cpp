// SPDX-License-Identifier: MIT
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

void function_lowering::statement(const clang::Stmt* s) {
  if (!s || has_left()) return;
  if (++depth_ > deepest_nesting) {
    if (depth_ == deepest_nesting + 1) program_.error(s->getBeginLoc(), "statements are nested too deeply");
    --depth_;
    return;
  }
  at(s->getBeginLoc());
  using clang::Stmt;
  switch (s->getStmtClass()) {
  case Stmt::NullStmtClass: break;
  case Stmt::CompoundStmtClass: compound(*llvm::cast<clang::CompoundStmt>(s)); break;
  case Stmt::DeclStmtClass:
    for (const clang::Decl* declaration : llvm::cast<clang::DeclStmt>(s)->decls())
      if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(declaration)) declare(*variable);
    break;
  case Stmt::IfStmtClass: if_statement(*llvm::cast<clang::IfStmt>(s)); break;
  case Stmt::WhileStmtClass: while_loop(*llvm::cast<clang::WhileStmt>(s), 0); break;
  case Stmt::DoStmtClass: do_loop(*llvm::cast<clang::DoStmt>(s), 0); break;
  case Stmt::ForStmtClass: for_loop(*llvm::cast<clang::ForStmt>(s), 0); break;
  case Stmt::SwitchStmtClass: switch_statement(*llvm::cast<clang::SwitchStmt>(s)); break;
  case Stmt::ReturnStmtClass: return_statement(*llvm::cast<clang::ReturnStmt>(s)); break;
  case Stmt::BreakStmtClass: build_.exit_to(opcode::break_to, exits_.back().break_target); break;
  case Stmt::ContinueStmtClass: build_.exit_to(opcode::continue_to, exits_.back().continue_target); break;
  case Stmt::AttributedStmtClass: attributed(*llvm::cast<clang::AttributedStmt>(s)); break;
  case Stmt::GotoStmtClass:
  case Stmt::IndirectGotoStmtClass: program_.error(s->getBeginLoc(), "goto is not supported"); break;
  case Stmt::LabelStmtClass: statement(llvm::cast<clang::LabelStmt>(s)->getSubStmt()); break;
  case Stmt::CaseStmtClass:
  case Stmt::DefaultStmtClass:
    program_.error(s->getBeginLoc(), "a case label inside a statement nested in its switch is not supported");
    break;
  default:
    if (const auto* e = llvm::dyn_cast<clang::Expr>(s))
      discard(e);
    else
      program_.error(s->getBeginLoc(), "this statement is not supported in OpenCL C");
  }
  --depth_;
}

void function_lowering::compound(const clang::CompoundStmt& s) {
  for (const clang::Stmt* child : s.body())
    statement(child);
}

void function_lowering::if_statement(const clang::IfStmt& s) {
  operation* test = condition(s.getCond());
  at(s.getBeginLoc());
  operation* branch = build_.if_else(test);
  ir::region* outer = build_.current();
  build_.enter(branch->body(0));
  statement(s.getThen());
  build_.enter(branch->body(1));
  statement(s.getElse());
  build_.enter(*outer);
}

void function_lowering::return_statement(const clang::ReturnStmt& s) {
  const clang::Expr* e = s.getRetValue();
  if (!e || e->getType()->isVoidType()) {
    if (e) discard(e);
    at(s.getBeginLoc());
    build_.append(opcode::return_from, ir::type::none());
    return;
  }
  if (result_memory_) {
    initialize(e, e->getType(), result_memory_, align_of(e->getType()));
    at(s.getBeginLoc());
    build_.append(opcode::return_from, ir::type::none());
    return;
  }
  operation* result = value(e);
  at(s.getBeginLoc());
  build_.append(opcode::return_from, ir::type::none(), {result});
}

bool function_lowering::has_left() const {
  const auto& operations = build_.current()->operations;
  if (operations.empty()) return false;
  const opcode last = operations.back()->code;
  return last == opcode::break_to || last == opcode::continue_to || last == opcode::return_from;
}

} // namespace dotcompute::frontend
