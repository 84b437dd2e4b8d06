// SPDX-License-Identifier: MIT
#include "compiler/frontend/reflection.hpp"

#include "compiler/frontend/type_mapping.hpp"

#include <algorithm>

namespace dotcompute::frontend {

namespace {

std::string name_of(clang::QualType type, const clang::ASTContext& context) {
  if (type->isPointerType()) return name_of(type->getPointeeType(), context) + "*";
  clang::PrintingPolicy policy(context.getLangOpts());
  policy.SuppressTagKeyword = true;
  clang::Qualifiers dropped;
  std::string name = context.getUnqualifiedArrayType(type, dropped).getUnqualifiedType().getAsString(policy);
  // As clGetKernelArgInfo names them.
  if (name.starts_with("unsigned ")) name = "u" + name.substr(9);
  return name;
}

argument_reflection describe(const clang::ParmVarDecl& parameter) {
  const clang::ASTContext& context = parameter.getASTContext();
  const clang::QualType type = parameter.getType();
  argument_reflection a;
  a.name = parameter.getNameAsString();
  a.type_name = name_of(type, context);
  a.size = static_cast<std::uint32_t>(context.getTypeSizeInChars(type).getQuantity());
  a.alignment = static_cast<std::uint32_t>(context.getTypeAlignInChars(type).getQuantity());
  if (!type->isPointerType()) {
    a.element_type = a.type_name;
    a.is_const = type.isConstQualified();
    a.is_volatile = type.isVolatileQualified();
    a.is_written = false;
    return a;
  }
  const clang::QualType pointee = type->getPointeeType();
  const auto space = map_space(pointee.getAddressSpace());
  a.space = space == ir::address_space::local      ? argument_space::local
            : space == ir::address_space::constant ? argument_space::constant
                                                   : argument_space::global;
  a.element_type = name_of(pointee, context);
  a.element_size =
      pointee->isVoidType() ? 1 : static_cast<std::uint32_t>(context.getTypeSizeInChars(pointee).getQuantity());
  a.is_const = pointee.isConstQualified() || a.space == argument_space::constant;
  a.is_restrict = type.isRestrictQualified();
  a.is_volatile = pointee.isVolatileQualified();
  return a;
}

/// Which parameters a function may store through, and what its work-items can see of their work-group; callees
/// included. Flow-insensitive: a value derived from a parameter stays derived from it.
class effects {
 public:
  struct summary {
    std::vector<bool> written;
    bool has_barrier = false;
    bool sees_group = false;
  };

  explicit effects(const ir::program& program) : program_(program) {}

  const summary& of(const ir::function& f) {
    if (const auto found = summaries_.find(&f); found != summaries_.end()) return found->second;
    // A call that leads back here (refused elsewhere) finds this pessimistic summary and ends.
    summaries_[&f] = {std::vector<bool>(f.parameters.size(), true), true, true};
    summary s{std::vector<bool>(f.parameters.size(), false), false, false};
    std::vector<origin_set> origins(f.operation_count(), origin_set(f.parameters.size(), false));
    for (bool changed = true; changed;) {
      changed = false;
      walk(f.body, origins, s, changed);
    }
    return summaries_[&f] = std::move(s);
  }

 private:
  using origin_set = std::vector<bool>;

  static bool merge(origin_set& into, const origin_set& from) {
    bool changed = false;
    for (std::size_t i = 0; i < into.size(); ++i)
      if (from[i] && !into[i]) into[i] = changed = true;
    return changed;
  }

  void walk(const ir::region& region, std::vector<origin_set>& origins, summary& s, bool& changed) {
    for (const ir::operation* op : region.operations) {
      visit(*op, origins, s, changed);
      for (const auto& nested : op->regions)
        walk(*nested, origins, s, changed);
    }
  }

  void visit(const ir::operation& op, std::vector<origin_set>& origins, summary& s, bool& changed) {
    using ir::opcode;
    origin_set& own = origins[op.id];
    const auto writes = [&](const ir::operation* pointer) { changed |= merge(s.written, origins[pointer->id]); };
    switch (op.code) {
    case opcode::argument:
      if (!own[op.index]) own[op.index] = changed = true;
      return;
    case opcode::write: changed |= merge(origins[op.operands[0]->id], origins[op.operands[1]->id]); return;
    case opcode::store:
      writes(op.operands[0]);
      // A pointer that is kept in memory may come back under any name.
      if (op.operands[1]->result.is_pointer()) writes(op.operands[1]);
      return;
    case opcode::memory_copy:
    case opcode::atomic_rmw:
    case opcode::atomic_compare_exchange: writes(op.operands[0]); return;
    case opcode::barrier: s.has_barrier = s.sees_group = true; return;
    case opcode::local_alloc: s.sees_group = true; return;
    case opcode::work_item:
      if (op.query != ir::work_item_query::global_id && op.query != ir::work_item_query::global_size &&
          op.query != ir::work_item_query::global_offset && op.query != ir::work_item_query::work_dimensions)
        s.sees_group = true;
      return;
    case opcode::load: return;
    case opcode::call: {
      const ir::function* callee = program_.find(op.symbol);
      const summary* inner = callee ? &of(*callee) : nullptr;
      for (std::size_t i = 0; i < op.operands.size(); ++i) {
        const bool written = !inner || i >= inner->written.size() || inner->written[i];
        if (written && op.operands[i]->result.is_pointer()) writes(op.operands[i]);
        if (op.result.is_pointer()) changed |= merge(own, origins[op.operands[i]->id]);
      }
      if (inner) {
        s.has_barrier |= inner->has_barrier;
        s.sees_group |= inner->sees_group;
      }
      return;
    }
    default:
      for (const ir::operation* operand : op.operands)
        changed |= merge(own, origins[operand->id]);
    }
  }

  const ir::program& program_;
  std::unordered_map<const ir::function*, summary> summaries_;
};

std::uint64_t local_bytes(const ir::region& region) {
  std::uint64_t bytes = 0;
  for (const ir::operation* op : region.operations) {
    if (op->code != ir::opcode::local_alloc) continue;
    const std::uint64_t alignment = std::max<std::uint64_t>(op->alignment, 1);
    bytes = (bytes + alignment - 1) / alignment * alignment + static_cast<std::uint64_t>(op->immediate);
  }
  return bytes;
}

} // namespace

kernel_reflection reflect(const clang::FunctionDecl& kernel) {
  kernel_reflection k;
  k.name = kernel.getNameAsString();
  for (const clang::ParmVarDecl* parameter : kernel.parameters()) {
    argument_reflection a = describe(*parameter);
    a.offset = (k.argument_bytes + a.alignment - 1) / a.alignment * a.alignment;
    k.argument_bytes = a.offset + a.size;
    k.arguments.push_back(std::move(a));
  }
  if (const auto* size = kernel.getAttr<clang::ReqdWorkGroupSizeAttr>())
    k.required_local_size = {size->getXDim(), size->getYDim(), size->getZDim()};
  if (const auto* hint = kernel.getAttr<clang::WorkGroupSizeHintAttr>())
    k.local_size_hint = {hint->getXDim(), hint->getYDim(), hint->getZDim()};
  return k;
}

void complete_reflection(const ir::program& program, std::vector<kernel_reflection>& kernels) {
  effects known(program);
  for (kernel_reflection& k : kernels) {
    const ir::function* f = program.find(k.name);
    if (!f) continue;
    const effects::summary& s = known.of(*f);
    bool takes_local = false;
    for (std::size_t i = 0; i < k.arguments.size(); ++i) {
      argument_reflection& a = k.arguments[i];
      if (a.space != argument_space::value) a.is_written = s.written[i];
      takes_local |= a.space == argument_space::local;
    }
    k.has_barrier = s.has_barrier;
    k.is_flat = !s.sees_group && !takes_local;
    k.local_bytes = local_bytes(f->body);
  }
}

} // namespace dotcompute::frontend
