// SPDX-License-Identifier: MIT
#include "compiler/ir/operation.hpp"

namespace dotcompute::ir {

namespace {

void copy_attributes(const operation& from, operation& to) {
  to.location = from.location;
  to.bits = from.bits;
  to.immediate = from.immediate;
  to.scale = from.scale;
  to.index = from.index;
  to.alignment = from.alignment;
  to.query = from.query;
  to.atomic = from.atomic;
  to.flags = from.flags;
  to.no_signed_wrap = from.no_signed_wrap;
  to.index_signed = from.index_signed;
  to.is_volatile = from.is_volatile;
  to.test_at_end = from.test_at_end;
  to.unroll = from.unroll;
  to.indices = from.indices;
  to.symbol = from.symbol;
}

} // namespace

operation* clone_operation(const operation& source, function& into, region& destination,
                           std::unordered_map<const operation*, operation*>& map) {
  // Operands and targets are defined before their uses, and a structured operation is in the map before its regions
  // are walked, so one pass finds every mapping.
  const auto mapped = [&](operation* old) {
    const auto found = map.find(old);
    return found == map.end() ? old : found->second;
  };
  operation* copy = into.create(source.code, source.result);
  copy_attributes(source, *copy);
  copy->operands.reserve(source.operands.size());
  for (operation* operand : source.operands)
    copy->operands.push_back(mapped(operand));
  if (source.target) copy->target = mapped(source.target);
  copy->parent = &destination;
  destination.operations.push_back(copy);
  map[&source] = copy;
  for (const auto& nested : source.regions) {
    copy->regions.push_back(std::make_unique<region>());
    copy->regions.back()->parent = copy;
    clone_region(*nested, into, *copy->regions.back(), map);
  }
  return copy;
}

void clone_region(const region& source, function& into, region& destination,
                  std::unordered_map<const operation*, operation*>& map) {
  for (const operation* old : source.operations)
    if (!map.contains(old)) clone_operation(*old, into, destination, map);
}

std::unique_ptr<function> clone_signature(const function& f) {
  auto made = std::make_unique<function>();
  made->name = f.name;
  made->result = f.result;
  made->parameters = f.parameters;
  made->is_kernel = f.is_kernel;
  made->required_local_size = f.required_local_size;
  made->location = f.location;
  return made;
}

} // namespace dotcompute::ir
