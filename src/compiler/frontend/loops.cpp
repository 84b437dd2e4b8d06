// SPDX-License-Identifier: MIT
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

namespace {

constexpr std::uint32_t unroll_fully = ~0u;

/// What `#pragma unroll`, `#pragma nounroll` and opencl_unroll_hint ask for.
std::uint32_t unroll_of(llvm::ArrayRef<const clang::Attr*> attributes, const clang::ASTContext& context) {
  std::uint32_t unroll = 0;
  for (const clang::Attr* attribute : attributes) {
    if (const auto* hint = llvm::dyn_cast<clang::OpenCLUnrollHintAttr>(attribute)) {
      unroll = hint->getUnrollHint() == 0 ? unroll_fully : hint->getUnrollHint();
    } else if (const auto* loop = llvm::dyn_cast<clang::LoopHintAttr>(attribute)) {
      if (loop->getOption() == clang::LoopHintAttr::UnrollCount && loop->getValue()) {
        if (const auto n = loop->getValue()->getIntegerConstantExpr(context))
          unroll = static_cast<std::uint32_t>(n->getLimitedValue(1u << 16));
      } else if (loop->getOption() == clang::LoopHintAttr::Unroll) {
        unroll = loop->getState() == clang::LoopHintAttr::Disable ? 1 : unroll_fully;
      }
    }
  }
  return unroll;
}

} // namespace

void function_lowering::attributed(const clang::AttributedStmt& s) {
  const std::uint32_t unroll = unroll_of(s.getAttrs(), context());
  const clang::Stmt* inner = s.getSubStmt();
  if (const auto* loop = llvm::dyn_cast<clang::ForStmt>(inner)) return for_loop(*loop, unroll);
  if (const auto* loop = llvm::dyn_cast<clang::WhileStmt>(inner)) return while_loop(*loop, unroll);
  if (const auto* loop = llvm::dyn_cast<clang::DoStmt>(inner)) return do_loop(*loop, unroll);
  statement(inner);
}

void function_lowering::loop_body(operation* loop, const clang::Stmt* body) {
  build_.enter(loop->body(1));
  exits_.push_back({loop, loop});
  statement(body);
  exits_.pop_back();
}

void function_lowering::while_loop(const clang::WhileStmt& s, std::uint32_t unroll) {
  at(s.getBeginLoc());
  ir::region* outer = build_.current();
  operation* loop = build_.loop();
  loop->unroll = unroll;
  build_.enter(loop->body(0));
  build_.yield(condition(s.getCond()));
  loop_body(loop, s.getBody());
  build_.enter(*outer);
}

void function_lowering::do_loop(const clang::DoStmt& s, std::uint32_t unroll) {
  at(s.getBeginLoc());
  ir::region* outer = build_.current();
  operation* loop = build_.loop();
  loop->unroll = unroll;
  loop->test_at_end = true;
  loop_body(loop, s.getBody());
  build_.enter(loop->body(0));
  at(s.getCond()->getExprLoc());
  build_.yield(condition(s.getCond()));
  build_.enter(*outer);
}

void function_lowering::for_loop(const clang::ForStmt& s, std::uint32_t unroll) {
  statement(s.getInit());
  at(s.getBeginLoc());
  ir::region* outer = build_.current();
  operation* loop = build_.loop();
  loop->unroll = unroll;
  build_.enter(loop->body(0));
  build_.yield(s.getCond() ? condition(s.getCond()) : build_.boolean(true));
  loop_body(loop, s.getBody());
  build_.enter(loop->body(2));
  if (s.getInc()) discard(s.getInc());
  build_.enter(*outer);
}

} // namespace dotcompute::frontend
