// SPDX-License-Identifier: MIT
// Structs, unions and arrays: values that live only in memory.
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

/// Beyond this many elements, initialising one by one costs more text than a loop or a copy from a constant.
static constexpr std::uint64_t longest_list = 64;

/// A pointer to the bytes of an aggregate, which the caller must not change.
ir::operation* function_lowering::aggregate(const clang::Expr* e) {
  e = e->IgnoreParens();
  at(e->getExprLoc());
  if (const auto* cast = llvm::dyn_cast<clang::CastExpr>(e)) {
    if (cast->getCastKind() == clang::CK_LValueToRValue || cast->getCastKind() == clang::CK_NoOp)
      return aggregate(cast->getSubExpr());
  }
  if (const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(e)) {
    if (binary->getOpcode() == clang::BO_Comma) {
      discard(binary->getLHS());
      return aggregate(binary->getRHS());
    }
    return assignment(*binary);
  }
  if (const auto* made = llvm::dyn_cast<clang::CallExpr>(e)) {
    const place p = temporary(e->getType(), "returned");
    if (const clang::FunctionDecl* callee = made->getDirectCallee(); callee && callee->getDefinition())
      call_function(*made, *callee->getDefinition(), p.pointer);
    else
      error(e, "only functions of this program return structs");
    return p.pointer;
  }
  if (llvm::isa<clang::InitListExpr, clang::ConditionalOperator, clang::ImplicitValueInitExpr>(e)) {
    const place p = temporary(e->getType(), "made");
    initialize(e, e->getType(), p.pointer, p.alignment);
    return p.pointer;
  }
  if (llvm::isa<clang::DeclRefExpr, clang::MemberExpr, clang::ArraySubscriptExpr, clang::UnaryOperator,
                clang::CompoundLiteralExpr, clang::StringLiteral, clang::PredefinedExpr>(e))
    return locate(e).pointer;
  error(e, llvm::Twine("this expression is not supported for a struct (") + e->getStmtClassName() + ")");
  return undefined(ir::type::pointer(ir::address_space::private_memory));
}

void function_lowering::copy(operation* destination, operation* source, clang::QualType type, unsigned alignment) {
  if (destination == source || size_of(type) == 0) return;
  operation* copied = build_.append(opcode::memory_copy, ir::type::none(), {destination, source});
  copied->immediate = size_of(type);
  copied->alignment = std::min(alignment, align_of(type));
}

void function_lowering::initialize(const clang::Expr* e, clang::QualType type, operation* pointer, unsigned alignment) {
  if (!is_aggregate(type)) {
    place p = in_memory(pointer, type.getUnqualifiedType());
    p.alignment = std::min(p.alignment, alignment);
    store(p, value(e));
    return;
  }
  e = e->IgnoreParens();
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(e)) {
    const clang::InitListExpr* semantic = list->isSemanticForm() ? list : list->getSemanticForm();
    return initialize_list(semantic ? *semantic : *list, type, pointer, alignment);
  }
  if (llvm::isa<clang::ImplicitValueInitExpr>(e)) return initialize_zero(type, pointer, alignment);
  if (const auto* text = llvm::dyn_cast<clang::StringLiteral>(e)) {
    operation* bytes = build_.append(opcode::global_address, ir::type::pointer(ir::address_space::constant));
    bytes->index = program_.constant_of(*text);
    return copy(pointer, bytes, type, 1);
  }
  if (const auto* made = llvm::dyn_cast<clang::CallExpr>(e)) {
    const clang::FunctionDecl* callee = made->getDirectCallee();
    if (callee && callee->getDefinition()) {
      call_function(*made, *callee->getDefinition(), pointer);
      return;
    }
  }
  if (const auto* choice = llvm::dyn_cast<clang::ConditionalOperator>(e)) {
    operation* branch = build_.if_else(condition(choice->getCond()));
    ir::region* outer = build_.current();
    build_.enter(branch->body(0));
    initialize(choice->getTrueExpr(), type, pointer, alignment);
    build_.enter(branch->body(1));
    initialize(choice->getFalseExpr(), type, pointer, alignment);
    build_.enter(*outer);
    return;
  }
  copy(pointer, aggregate(e), type, alignment);
}

void function_lowering::initialize_list(const clang::InitListExpr& list, clang::QualType type, operation* pointer,
                                        unsigned alignment) {
  const auto part = [&](std::int64_t offset) {
    return offset ? build_.pointer_add(pointer, nullptr, 1, true, offset) : pointer;
  };
  if (const clang::ConstantArrayType* array = context().getAsConstantArrayType(type)) {
    const clang::QualType element = array->getElementType();
    if (list.getNumInits() == 1 && llvm::isa<clang::StringLiteral>(list.getInit(0)->IgnoreParens()))
      return initialize(list.getInit(0), type, pointer, alignment);
    const std::int64_t step = size_of(element);
    const std::uint64_t count = array->getSize().getZExtValue();
    const std::uint64_t given = std::min<std::uint64_t>(list.getNumInits(), count);
    if (count > longest_list && given < count) {
      initialize_zero(type, pointer, alignment);
      for (unsigned i = 0; i < given; ++i)
        if (!llvm::isa<clang::ImplicitValueInitExpr>(list.getInit(i)))
          initialize(list.getInit(i), element, part(i * step), alignment_at(alignment, i * step));
      return;
    }
    for (unsigned i = 0; i < count; ++i) {
      const std::int64_t offset = i * step;
      if (i < given)
        initialize(list.getInit(i), element, part(offset), alignment_at(alignment, offset));
      else
        initialize_zero(element, part(offset), alignment_at(alignment, offset));
    }
    return;
  }
  const auto* record = type->getAs<clang::RecordType>();
  if (!record) return initialize(list.getInit(0), type, pointer, alignment);
  if (list.getNumInits() == 1 && list.isTransparent()) return initialize(list.getInit(0), type, pointer, alignment);
  const clang::RecordDecl* declaration = record->getDecl();
  if (declaration->isUnion()) {
    if (const clang::FieldDecl* field = list.getInitializedFieldInUnion(); field && list.getNumInits() > 0)
      initialize(list.getInit(0), field->getType(), pointer, alignment);
    return;
  }
  const clang::ASTRecordLayout& layout = context().getASTRecordLayout(declaration);
  unsigned i = 0;
  for (const clang::FieldDecl* field : declaration->fields()) {
    if (field->isUnnamedBitField()) continue;
    const std::int64_t offset = static_cast<std::int64_t>(layout.getFieldOffset(field->getFieldIndex()) / 8);
    if (i < list.getNumInits())
      initialize(list.getInit(i), field->getType(), part(offset), alignment_at(alignment, offset));
    else
      initialize_zero(field->getType(), part(offset), alignment_at(alignment, offset));
    ++i;
  }
}

void function_lowering::initialize_zero(clang::QualType type, operation* pointer, unsigned alignment) {
  const auto part = [&](std::int64_t offset) {
    return offset ? build_.pointer_add(pointer, nullptr, 1, true, offset) : pointer;
  };
  if (const clang::ConstantArrayType* array = context().getAsConstantArrayType(type)) {
    const clang::QualType element = array->getElementType();
    const std::int64_t step = size_of(element);
    const std::uint64_t count = array->getSize().getZExtValue();
    if (count <= longest_list) {
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::int64_t offset = static_cast<std::int64_t>(i) * step;
        initialize_zero(element, part(offset), alignment_at(alignment, offset));
      }
      return;
    }
    operation* i = build_.variable(ir::type::i32(), "i");
    build_.write(i, build_.i32(0));
    ir::region* outer = build_.current();
    operation* loop = build_.loop();
    build_.enter(loop->body(0));
    build_.yield(build_.compare(opcode::icmp_slt, build_.read(i), build_.i32(static_cast<std::int32_t>(count))));
    build_.enter(loop->body(1));
    initialize_zero(element, build_.pointer_add(pointer, build_.read(i), step, true),
                    std::min(alignment, align_of(element)));
    build_.enter(loop->body(2));
    operation* next = build_.binary(opcode::add, build_.read(i), build_.i32(1));
    next->no_signed_wrap = true;
    build_.write(i, next);
    build_.enter(*outer);
    return;
  }
  if (const auto* record = type->getAs<clang::RecordType>()) {
    const clang::RecordDecl* declaration = record->getDecl();
    const clang::ASTRecordLayout& layout = context().getASTRecordLayout(declaration);
    // Of a union, the widest member covers what the others can read.
    const clang::FieldDecl* widest = nullptr;
    for (const clang::FieldDecl* field : declaration->fields()) {
      if (declaration->isUnion()) {
        if (!widest || size_of(field->getType()) > size_of(widest->getType())) widest = field;
        continue;
      }
      const std::int64_t offset = static_cast<std::int64_t>(layout.getFieldOffset(field->getFieldIndex()) / 8);
      initialize_zero(field->getType(), part(offset), alignment_at(alignment, offset));
    }
    if (widest) initialize_zero(widest->getType(), pointer, alignment);
    return;
  }
  place p = in_memory(pointer, type.getUnqualifiedType());
  p.alignment = std::min(p.alignment, alignment);
  store(p, zero_of(p.type));
}

} // namespace dotcompute::frontend
