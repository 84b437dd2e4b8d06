// SPDX-License-Identifier: MIT
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

function_lowering::function_lowering(program_lowering& program, const clang::FunctionDecl& source, ir::function& target)
    : program_(program), source_(source), target_(target), build_(target) {}

void function_lowering::lower() {
  usage_ = find_usage(source_);
  default_flags_ = flags_of(clang::FPOptions::defaultWithoutTrailingStorage(context().getLangOpts()));
  build_.flags = default_flags_;
  at(source_.getLocation());
  lower_parameters();
  allocate_local_memory();
  statement(source_.getBody());
}

void function_lowering::lower_parameters() {
  const clang::QualType result = source_.getReturnType();
  if (is_aggregate(result)) {
    target_.parameters.push_back({ir::type::pointer(ir::address_space::private_memory), "result", 0, 0});
    result_memory_ = build_.append(opcode::argument, target_.parameters.back().value);
  } else {
    target_.result = type_of(result, source_.getLocation());
  }
  for (const clang::ParmVarDecl* parameter : source_.parameters()) {
    const clang::QualType type = parameter->getType();
    at(parameter->getLocation());
    ir::parameter described;
    described.name = parameter->getNameAsString();
    if (is_aggregate(type)) {
      described.value =
          ir::type::pointer(target_.is_kernel ? ir::address_space::constant : ir::address_space::private_memory);
      described.by_value_size = size_of(type);
      described.by_value_alignment = align_of(type);
    } else {
      described.value = type_of(type, parameter->getLocation());
    }
    const std::uint32_t index = static_cast<std::uint32_t>(target_.parameters.size());
    target_.parameters.push_back(described);
    operation* argument = build_.append(opcode::argument, described.value);
    argument->index = index;
    if (!is_aggregate(type)) {
      bind(*parameter, argument);
    } else if (target_.is_kernel && usage_.not_only_read.contains(parameter)) {
      operation* own = build_.allocate(opcode::private_alloc, size_of(type), align_of(type), described.name);
      copy(own, argument, type, align_of(type));
      places_[parameter] = in_memory(own, type);
    } else {
      places_[parameter] = in_memory(argument, type);
    }
  }
}

void function_lowering::allocate_local_memory() {
  for (const clang::VarDecl* variable : usage_.local_memory) {
    at(variable->getLocation());
    const clang::QualType type = variable->getType();
    const unsigned alignment = static_cast<unsigned>(context().getDeclAlign(variable).getQuantity());
    operation* memory = build_.allocate(opcode::local_alloc, size_of(type), alignment, variable->getNameAsString());
    places_[variable] = in_memory(memory, type);
  }
}

ir::type function_lowering::type_of(clang::QualType t, clang::SourceLocation where) {
  if (const auto mapped = map_value(t, context())) return *mapped;
  const clang::QualType canonical = t.getCanonicalType();
  if (canonical->isImageType() || canonical->isSamplerT())
    program_.error(where, "images and samplers are not supported: '" + t.getAsString() + "'");
  else if (canonical->isPointerType() && !canonical->getPointeeType()->isFunctionType())
    program_.error(where, "pointers to the generic address space are not supported: '" + t.getAsString() +
                              "'; name the address space (__global, __local, __private)");
  else
    program_.error(where, "values of type '" + t.getAsString() + "' are not supported");
  return ir::type::i32();
}

ir::type function_lowering::type_of(const clang::Expr* e) {
  return type_of(e->getType(), e->getExprLoc());
}

unsigned function_lowering::size_of(clang::QualType t) const {
  if (t->isVoidType()) return 1;
  return static_cast<unsigned>(context().getTypeSizeInChars(t).getQuantity());
}

unsigned function_lowering::align_of(clang::QualType t) const {
  if (t->isVoidType()) return 1;
  return static_cast<unsigned>(context().getTypeAlignInChars(t).getQuantity());
}

unsigned function_lowering::alignment_at(unsigned alignment, std::int64_t offset) const {
  if (offset == 0) return alignment;
  const std::uint64_t lowest = static_cast<std::uint64_t>(offset) & (0 - static_cast<std::uint64_t>(offset));
  return static_cast<unsigned>(std::min<std::uint64_t>(alignment, lowest));
}

ir::float_flags function_lowering::flags_of(const clang::FPOptions& options) const {
  ir::float_flags flags;
  flags.no_nans = options.getNoHonorNaNs();
  flags.no_infinities = options.getNoHonorInfs();
  flags.no_signed_zeros = options.getNoSignedZero();
  flags.reciprocal = options.getAllowReciprocal();
  flags.contract = options.allowFPContractAcrossStatement();
  flags.approximate = options.getAllowApproxFunc();
  flags.reassociate = options.getAllowFPReassociate();
  return flags;
}

place function_lowering::in_memory(operation* pointer, clang::QualType type) const {
  place p;
  p.pointer = pointer;
  p.alignment = align_of(type);
  p.is_volatile = type.isVolatileQualified();
  if (const auto mapped = map_value(type, context())) p.type = *mapped;
  return p;
}

ir::operation* function_lowering::undefined(clang::QualType t) {
  const auto mapped = map_value(t, context());
  return undefined(mapped && !mapped->is_none() ? *mapped : ir::type::i32());
}

} // namespace dotcompute::frontend
