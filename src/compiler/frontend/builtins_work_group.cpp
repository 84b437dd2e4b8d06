// SPDX-License-Identifier: MIT
// Work-item queries, barriers and fences.
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

namespace {

using ir::opcode;
using ir::operation;
using ir::work_item_query;

/// Dimensions beyond the third have id 0 and size 1.
std::int64_t beyond_third(work_item_query q) {
  switch (q) {
  case work_item_query::global_size:
  case work_item_query::local_size:
  case work_item_query::group_count: return 1;
  default: return 0;
  }
}

operation* query(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const auto q = static_cast<work_item_query>(call.entry.detail);
  if (q == work_item_query::work_dimensions) return build.work_item(q, 0);
  operation* dimension = call[0];
  if (dimension->code == opcode::constant)
    return dimension->bits < 3 ? build.work_item(q, static_cast<unsigned>(dimension->bits))
                               : build.i64(beyond_third(q));
  operation* result = build.i64(beyond_third(q));
  for (unsigned d = 0; d < 3; ++d) {
    operation* is_it = build.compare(opcode::icmp_eq, dimension, build.i32(static_cast<std::int32_t>(d)));
    result = build.choose(is_it, build.work_item(q, d), result);
  }
  return result;
}

operation* linear_id(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const bool global = call.entry.detail != 0;
  const auto id = [&](unsigned d) {
    operation* i = build.work_item(global ? work_item_query::global_id : work_item_query::local_id, d);
    return global ? build.binary(opcode::sub, i, build.work_item(work_item_query::global_offset, d)) : i;
  };
  const auto size = [&](unsigned d) {
    return build.work_item(global ? work_item_query::global_size : work_item_query::local_size, d);
  };
  operation* plane = build.binary(opcode::add, build.binary(opcode::mul, id(2), size(1)), id(1));
  return build.binary(opcode::add, build.binary(opcode::mul, plane, size(0)), id(0));
}

/// CLK_LOCAL_MEM_FENCE is 1 and CLK_GLOBAL_MEM_FENCE 2, as in the IR. Flags that are not constant mean both.
std::uint32_t fence_flags(operation* flags) {
  return flags->code == opcode::constant ? static_cast<std::uint32_t>(flags->bits & 3) : 3;
}

operation* synchronize(function_lowering& f, const builtin_call& call) {
  operation* op = f.build().append(static_cast<opcode>(call.entry.detail), ir::type::none());
  op->index = fence_flags(call[0]);
  return nullptr;
}

} // namespace

void register_work_group(builtin_map& map) {
  const auto add_query = [&](llvm::StringRef name, work_item_query q) { map[name] = {query, static_cast<int>(q)}; };
  add_query("get_global_id", work_item_query::global_id);
  add_query("get_local_id", work_item_query::local_id);
  add_query("get_group_id", work_item_query::group_id);
  add_query("get_global_size", work_item_query::global_size);
  add_query("get_local_size", work_item_query::local_size);
  // Groups are never cut off at the edge of the range: every one has the enqueued size.
  add_query("get_enqueued_local_size", work_item_query::local_size);
  add_query("get_num_groups", work_item_query::group_count);
  add_query("get_global_offset", work_item_query::global_offset);
  add_query("get_work_dim", work_item_query::work_dimensions);
  map["get_local_linear_id"] = {linear_id, 0};
  map["get_global_linear_id"] = {linear_id, 1};
  map["barrier"] = {synchronize, static_cast<int>(opcode::barrier)};
  map["work_group_barrier"] = {synchronize, static_cast<int>(opcode::barrier)};
  for (const char* name : {"mem_fence", "read_mem_fence", "write_mem_fence", "atomic_work_item_fence"})
    map[name] = {synchronize, static_cast<int>(opcode::fence)};
}

} // namespace dotcompute::frontend
