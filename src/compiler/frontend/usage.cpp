// SPDX-License-Identifier: MIT
#include "compiler/frontend/usage.hpp"

namespace dotcompute::frontend {

namespace {

/// The variable that an lvalue is (part of), when that is visible in the expression.
const clang::VarDecl* root_of(const clang::Expr* e) {
  while (true) {
    e = e->IgnoreParens();
    if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(e))
      return llvm::dyn_cast<clang::VarDecl>(reference->getDecl());
    if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(e)) {
      if (member->isArrow()) return nullptr;
      e = member->getBase();
    } else if (const auto* element = llvm::dyn_cast<clang::ExtVectorElementExpr>(e)) {
      if (element->isArrow()) return nullptr;
      e = element->getBase();
    } else if (const auto* subscript = llvm::dyn_cast<clang::ArraySubscriptExpr>(e)) {
      e = subscript->getBase();
    } else if (const auto* cast = llvm::dyn_cast<clang::CastExpr>(e)) {
      if (cast->getCastKind() != clang::CK_ArrayToPointerDecay && cast->getCastKind() != clang::CK_NoOp &&
          cast->getCastKind() != clang::CK_LValueBitCast)
        return nullptr;
      e = cast->getSubExpr();
    } else {
      return nullptr;
    }
  }
}

class usage_visitor : public clang::RecursiveASTVisitor<usage_visitor> {
 public:
  explicit usage_visitor(local_usage& usage) : usage_(usage) {}

  bool VisitVarDecl(clang::VarDecl* variable) {
    if (variable->getType().getAddressSpace() == clang::LangAS::opencl_local) usage_.local_memory.push_back(variable);
    return true;
  }

  bool VisitUnaryOperator(clang::UnaryOperator* e) {
    if (e->getOpcode() == clang::UO_AddrOf) {
      if (const clang::VarDecl* variable = root_of(e->getSubExpr())) usage_.address_taken.insert(variable);
    } else if (e->isIncrementDecrementOp()) {
      note_assignment(e->getSubExpr());
    }
    return true;
  }

  bool VisitBinaryOperator(clang::BinaryOperator* e) {
    if (e->isAssignmentOp()) note_assignment(e->getLHS());
    return true;
  }

  bool VisitCastExpr(clang::CastExpr* e) {
    if (e->getCastKind() == clang::CK_LValueToRValue) {
      if (const clang::VarDecl* variable = root_of(e->getSubExpr())) ++reads_[variable];
    }
    return true;
  }

  bool VisitDeclRefExpr(clang::DeclRefExpr* e) {
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(e->getDecl())) ++mentions_[variable];
    return true;
  }

  void finish() {
    for (const auto& [variable, count] : mentions_)
      if (reads_.lookup(variable) != count) usage_.not_only_read.insert(variable);
  }

 private:
  void note_assignment(const clang::Expr* left) {
    if (const clang::VarDecl* variable = root_of(left)) usage_.assigned.insert(variable);
  }

  local_usage& usage_;
  llvm::DenseMap<const clang::VarDecl*, unsigned> mentions_, reads_;
};

} // namespace

local_usage find_usage(const clang::FunctionDecl& function) {
  local_usage usage;
  usage_visitor visitor(usage);
  visitor.TraverseStmt(function.getBody());
  visitor.finish();
  return usage;
}

} // namespace dotcompute::frontend
