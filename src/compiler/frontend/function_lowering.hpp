// SPDX-License-Identifier: MIT
// Lowers one function's body from clang's AST to the structured IR.
#pragma once

#include "compiler/frontend/program_lowering.hpp"
#include "compiler/frontend/type_mapping.hpp"
#include "compiler/frontend/usage.hpp"
#include "compiler/ir/builder.hpp"

namespace dotcompute::frontend {

/// Where an object is: in a variable, in memory, or (never written after its initialisation) simply a value; and which
/// components of a vector are meant.
struct place {
  ir::operation* slot = nullptr;
  ir::operation* pointer = nullptr;
  ir::operation* bound = nullptr;
  ir::type type{};        ///< of the whole object; boolean objects are i8 in memory
  unsigned alignment = 1; ///< bytes
  bool is_volatile = false;
  llvm::SmallVector<unsigned, 4> components; ///< a swizzle; empty when the whole object is meant
  ir::operation* component = nullptr;        ///< a component chosen at run time
};

/// Far deeper than people nest; the stack that translation runs on holds several times as much.
inline constexpr unsigned deepest_nesting = 20'000;

class function_lowering {
 public:
  using operation = ir::operation;
  using opcode = ir::opcode;

  function_lowering(program_lowering& program, const clang::FunctionDecl& source, ir::function& target);
  void lower();

  // What the lowerings of builtins use.
  ir::builder& build() { return build_; }
  program_lowering& program() { return program_; }
  void error(const clang::Expr* e, const llvm::Twine& message) { program_.error(e->getExprLoc(), message); }
  operation* undefined(ir::type t) { return build_.append(opcode::undefined, t); }
  operation* value(const clang::Expr* e);
  operation* convert(operation* v, clang::QualType from, clang::QualType to);
  operation* to_boolean(operation* v);
  operation* zero_of(ir::type t);
  operation* number(ir::type t, double value);
  operation* reinterpret(operation* v, ir::type to);
  operation* widen_mask(operation* booleans, ir::type integers);
  operation* sign_mask(operation* integers);
  operation* invert(operation* booleans);
  operation* splat_to(operation* v, ir::type shape);
  operation* component_of(operation* v, unsigned i);
  operation* assemble(llvm::ArrayRef<operation*> components);
  operation* pick(operation* vector, llvm::ArrayRef<unsigned> components);
  operation* library_call(std::string name, ir::type result, llvm::ArrayRef<operation*> arguments);
  /// Calls the scalar library function for every component; scalars among the arguments serve all components.
  operation* per_component(const std::string& name, ir::type result, llvm::ArrayRef<operation*> arguments);
  bool relaxed() const { return context().getLangOpts().FastRelaxedMath; }
  unsigned size_of(clang::QualType t) const;
  unsigned align_of(clang::QualType t) const;
  const clang::ASTContext& context() const { return program_.context; }

 private:
  // Functions and declarations.
  void lower_parameters();
  void allocate_local_memory();
  void declare(const clang::VarDecl& variable);
  void bind(const clang::VarDecl& variable, operation* value);
  bool bind_table(const clang::VarDecl& variable);
  place in_memory(operation* pointer, clang::QualType type) const;

  // Statements.
  void statement(const clang::Stmt* s);
  void compound(const clang::CompoundStmt& s);
  void attributed(const clang::AttributedStmt& s);
  void if_statement(const clang::IfStmt& s);
  void while_loop(const clang::WhileStmt& s, std::uint32_t unroll);
  void do_loop(const clang::DoStmt& s, std::uint32_t unroll);
  void for_loop(const clang::ForStmt& s, std::uint32_t unroll);
  void loop_body(operation* loop, const clang::Stmt* body);
  void switch_statement(const clang::SwitchStmt& s);
  void return_statement(const clang::ReturnStmt& s);
  bool has_left() const;

  // Expressions.
  operation* value_unguarded(const clang::Expr* e);
  operation* condition(const clang::Expr* e);
  void discard(const clang::Expr* e);
  operation* literal_vector(const clang::InitListExpr& list);
  operation* unary_operator(const clang::UnaryOperator& e);
  operation* binary_operator(const clang::BinaryOperator& e);
  operation* arithmetic(clang::BinaryOperatorKind kind, operation* a, operation* b, clang::QualType type,
                        clang::SourceLocation where);
  operation* contracted(const clang::BinaryOperator& e);
  operation* comparison(clang::BinaryOperatorKind kind, operation* a, operation* b, clang::QualType operand_type);
  operation* pointer_arithmetic(clang::BinaryOperatorKind kind, const clang::Expr* left, const clang::Expr* right);
  operation* pointer_difference(const clang::BinaryOperator& e);
  operation* assignment(const clang::BinaryOperator& e);
  operation* compound_assignment(const clang::CompoundAssignOperator& e);
  operation* increment(const clang::UnaryOperator& e);
  operation* conditional(const clang::Expr& e, const clang::Expr* test, const clang::Expr* yes, const clang::Expr* no);
  operation* logical(const clang::BinaryOperator& e);
  operation* vector_logical(const clang::BinaryOperator& e);
  /// How many operations evaluating `e` takes, or more than the budget when it must not run where it was not asked for.
  unsigned speculation_cost(const clang::Expr* e) const;
  bool is_cheap(const clang::Expr* e) const;

  // Casts.
  operation* cast(const clang::CastExpr& e);
  operation* known_value(const clang::Expr* e);

  // Places.
  place locate(const clang::Expr* e);
  operation* load(const place& p);
  void store(const place& p, operation* v);
  place member(const clang::MemberExpr& e);
  place subscript(const clang::ArraySubscriptExpr& e);
  place swizzle(const clang::ExtVectorElementExpr& e);
  operation* address(const clang::Expr* e);
  place temporary(clang::QualType type, llvm::StringRef name);
  operation* with_component(operation* vector, operation* index, operation* element);
  operation* with_components(operation* vector, llvm::ArrayRef<unsigned> components, operation* elements);

  // Aggregates.
  operation* aggregate(const clang::Expr* e);
  void initialize(const clang::Expr* initializer, clang::QualType type, operation* pointer, unsigned alignment);
  void initialize_list(const clang::InitListExpr& list, clang::QualType type, operation* pointer, unsigned alignment);
  void initialize_zero(clang::QualType type, operation* pointer, unsigned alignment);
  void copy(operation* destination, operation* source, clang::QualType type, unsigned alignment);

  // Calls.
  operation* call(const clang::CallExpr& e);
  operation* call_function(const clang::CallExpr& e, const clang::FunctionDecl& callee, operation* result_memory);
  operation* call_compiler_builtin(const clang::CallExpr& e, const clang::FunctionDecl& callee);
  operation* call_builtin(const clang::CallExpr& e, const clang::FunctionDecl& callee);

  operation* undefined(clang::QualType t);
  ir::type type_of(const clang::Expr* e);
  ir::type type_of(clang::QualType t, clang::SourceLocation where);
  void at(clang::SourceLocation where) { build_.location = program_.locate(where); }
  ir::float_flags flags_of(const clang::FPOptions& options) const;
  unsigned alignment_at(unsigned alignment, std::int64_t offset) const;

  struct exits {
    operation* break_target;
    operation* continue_target;
  };

  program_lowering& program_;
  const clang::FunctionDecl& source_;
  ir::function& target_;
  ir::builder build_;
  local_usage usage_;
  ir::float_flags default_flags_{};
  llvm::DenseMap<const clang::VarDecl*, place> places_;
  llvm::DenseMap<const clang::OpaqueValueExpr*, operation*> opaque_;
  llvm::DenseSet<const clang::VarDecl*> hoisted_; ///< declared before their statement is reached
  std::vector<exits> exits_;
  operation* result_memory_ = nullptr;
  unsigned depth_ = 0;
};

} // namespace dotcompute::frontend
