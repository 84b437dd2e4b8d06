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
    a.is_written = a.is_read = false;
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

/// Which parameters a function may load and store through, and what its work-items can see of their work-group; callees
/// included. Flow-insensitive: a value derived from a parameter stays derived from it.
class effects {
 public:
  using origin_set = std::vector<bool>;
  struct summary {
    origin_set read, written;
    origin_set returned; ///< what the function's result may be derived from
    bool has_barrier = false;
    bool sees_group = false;
    bool forges_pointers = false; ///< makes pointers of numbers that come from no parameter: they may point anywhere
  };

  explicit effects(const ir::program& program) : program_(program) {}

  const summary& of(const ir::function& f) {
    if (const auto found = summaries_.find(&f); found != summaries_.end()) return found->second;
    // A call that leads back here (refused elsewhere) finds this pessimistic summary and ends.
    const origin_set all(f.parameters.size(), true), none(f.parameters.size(), false);
    summaries_[&f] = {all, all, all, true, true, true};
    summary s{none, none, none};
    std::vector<origin_set> origins(f.operation_count(), none);
    for (bool changed = true; changed;) {
      changed = false;
      walk(f, f.body, origins, s, changed);
    }
    return summaries_[&f] = std::move(s);
  }

 private:
  static bool merge(origin_set& into, const origin_set& from) {
    bool changed = false;
    for (std::size_t i = 0; i < into.size(); ++i)
      if (from[i] && !into[i]) into[i] = changed = true;
    return changed;
  }

  void walk(const ir::function& f, const ir::region& region, std::vector<origin_set>& origins, summary& s,
            bool& changed) {
    for (const ir::operation* op : region.operations) {
      visit(f, *op, origins, s, changed);
      for (const auto& nested : op->regions)
        walk(f, *nested, origins, s, changed);
    }
  }

  static bool has_pointer(const ir::function& f, const origin_set& origins) {
    for (std::size_t i = 0; i < origins.size(); ++i)
      if (origins[i] && f.parameters[i].value.is_pointer()) return true;
    return false;
  }

  void visit(const ir::function& f, const ir::operation& op, std::vector<origin_set>& origins, summary& s,
             bool& changed) {
    using ir::opcode;
    origin_set& own = origins[op.id];
    const auto reads = [&](const ir::operation* pointer) { changed |= merge(s.read, origins[pointer->id]); };
    const auto writes = [&](const ir::operation* pointer) { changed |= merge(s.written, origins[pointer->id]); };
    // An address that is kept in memory, as a pointer or as a number, may come back under any name.
    const auto keeps = [&](const ir::operation* value) {
      reads(value);
      writes(value);
    };
    switch (op.code) {
    case opcode::argument:
      if (!own[op.index]) own[op.index] = changed = true;
      return;
    case opcode::write: changed |= merge(origins[op.operands[0]->id], origins[op.operands[1]->id]); return;
    case opcode::load: reads(op.operands[0]); return;
    case opcode::store:
      writes(op.operands[0]);
      keeps(op.operands[1]);
      return;
    case opcode::memory_copy:
      writes(op.operands[0]);
      reads(op.operands[1]);
      return;
    case opcode::atomic_rmw:
    case opcode::atomic_compare_exchange:
      for (const ir::operation* operand : op.operands)
        keeps(operand);
      return;
    case opcode::icmp_eq:
    case opcode::icmp_ne:
    case opcode::icmp_slt:
    case opcode::icmp_sle:
    case opcode::icmp_ult:
    case opcode::icmp_ule: return; // no address can be had from its outcome
    case opcode::int_to_pointer: {
      const ir::operation& number = *op.operands[0];
      changed |= merge(own, origins[number.id]);
      s.forges_pointers |= number.code != opcode::constant && !has_pointer(f, own);
      return;
    }
    case opcode::barrier: s.has_barrier = s.sees_group = true; return;
    case opcode::local_alloc: s.sees_group = true; return;
    case opcode::work_item:
      if (op.query != ir::work_item_query::global_id && op.query != ir::work_item_query::global_size &&
          op.query != ir::work_item_query::global_offset && op.query != ir::work_item_query::work_dimensions)
        s.sees_group = true;
      return;
    case opcode::return_from:
      if (!op.operands.empty()) changed |= merge(s.returned, origins[op.operands[0]->id]);
      return;
    case opcode::call: {
      const ir::function* callee = program_.find(op.symbol);
      const summary* inner = callee ? &of(*callee) : nullptr;
      const auto holds = [&](const origin_set summary::*of_parameters, std::size_t i) {
        return !inner || i >= (inner->*of_parameters).size() || (inner->*of_parameters)[i];
      };
      for (std::size_t i = 0; i < op.operands.size(); ++i) {
        if (holds(&summary::read, i)) reads(op.operands[i]);
        if (holds(&summary::written, i)) writes(op.operands[i]);
        if (holds(&summary::returned, i)) changed |= merge(own, origins[op.operands[i]->id]);
      }
      if (inner) {
        s.has_barrier |= inner->has_barrier;
        s.sees_group |= inner->sees_group;
        s.forges_pointers |= inner->forges_pointers;
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
      if (a.space != argument_space::value) {
        a.is_read = s.read[i] || s.forges_pointers;
        // Constant memory is not written: a kernel that forged such a pointer would fault.
        a.is_written = s.written[i] || (s.forges_pointers && a.space != argument_space::constant);
      }
      takes_local |= a.space == argument_space::local;
    }
    k.has_barrier = s.has_barrier;
    k.is_flat = !s.sees_group && !takes_local;
    k.local_bytes = local_bytes(f->body);
  }
}

} // namespace dotcompute::frontend
