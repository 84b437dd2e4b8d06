// SPDX-License-Identifier: MIT
// Copies that a whole work-group makes (OpenCL C 6.12.10): each work-item copies every n-th element, where n is the
// size of the group, and waiting for the copies is a barrier.
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

namespace {

using ir::opcode;
using ir::operation;
using ir::work_item_query;

operation* linear(function_lowering& f, work_item_query of_item, bool product) {
  ir::builder& build = f.build();
  const auto size = [&](unsigned d) { return build.work_item(work_item_query::local_size, d); };
  if (product) return build.binary(opcode::mul, build.binary(opcode::mul, size(0), size(1)), size(2));
  const auto id = [&](unsigned d) { return build.work_item(of_item, d); };
  operation* plane = build.binary(opcode::add, build.binary(opcode::mul, id(2), size(1)), id(1));
  return build.binary(opcode::add, build.binary(opcode::mul, plane, size(0)), id(0));
}

operation* copy(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const bool strided = call.entry.detail != 0;
  operation *destination = call[0], *source = call[1], *count = call[2];
  const clang::QualType element = call.argument_type(0)->getPointeeType().getUnqualifiedType();
  const auto type = map_value(element, f.context());
  if (!type || !type->is_number()) {
    f.error(&call.expression, "elements of type '" + element.getAsString() + "' cannot be copied");
    return f.undefined(call.result);
  }
  const std::int64_t bytes = f.size_of(element);
  const unsigned alignment = f.align_of(element);
  operation* stride = strided ? call[3] : nullptr;
  // The stride applies on the global side.
  const bool into_global = destination->result.space == ir::address_space::global;

  operation* first = linear(f, work_item_query::local_id, false);
  operation* step = linear(f, work_item_query::local_id, true);
  operation* i = build.variable(ir::type::i64(), "element");
  build.write(i, first);
  ir::region* outer = build.current();
  operation* loop = build.loop();
  build.enter(loop->body(0));
  build.yield(build.compare(opcode::icmp_ult, build.read(i), count));
  build.enter(loop->body(1));
  operation* near = build.read(i);
  operation* far = strided ? build.binary(opcode::mul, near, stride) : near;
  operation* from = build.pointer_add(source, into_global ? near : far, bytes, false);
  operation* to = build.pointer_add(destination, into_global ? far : near, bytes, false);
  build.store(to, build.load(from, *type, alignment), alignment);
  build.enter(loop->body(2));
  build.write(i, build.binary(opcode::add, build.read(i), step));
  build.enter(*outer);
  return call.arguments.back(); // the event: nothing has to be kept for it
}

operation* wait(function_lowering& f, const builtin_call&) {
  constexpr std::uint32_t local_and_global = 3;
  f.build().append(opcode::barrier, ir::type::none())->index = local_and_global;
  return nullptr;
}

} // namespace

void register_async(builtin_map& map) {
  map["async_work_group_copy"] = {copy, 0};
  map["async_work_group_strided_copy"] = {copy, 1};
  // Its events are a pointer to the generic address space, which has no lowering; a barrier needs none of them.
  map["wait_group_events"] = {.lower = wait, .takes_expressions = true};
}

} // namespace dotcompute::frontend
