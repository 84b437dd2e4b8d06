// SPDX-License-Identifier: MIT
// A kernel's signature and what it computes before its body: where its work-item is.
#include "compiler/targets/cuda/emission.hpp"

#include <algorithm>

namespace dotcompute::cuda {

using ir::opcode;
using ir::scalar_kind;
using query = ir::work_item_query;

namespace {

constexpr char axes[] = "xyz";

std::string of_axis(const char* name, unsigned dimension) {
  return std::string(name) + "." + axes[dimension];
}

std::string field(const char* name, unsigned dimension) {
  return std::string("launch.") + name + "[" + std::to_string(dimension) + "]";
}

} // namespace

void kernel_text::lay_out_local_memory() {
  for (const ir::operation* op : function_.body.operations) {
    if (op->code != opcode::local_alloc) continue;
    const std::uint64_t alignment = std::max(16u, op->alignment);
    local_bytes_ = (local_bytes_ + alignment - 1) / alignment * alignment;
    local_offsets_[op] = local_bytes_;
    local_bytes_ += static_cast<std::uint64_t>(op->immediate);
    shared_.uses_local_memory = true;
  }
}

kernel_text::value kernel_text::make_parameter(std::size_t i, std::string& declaration) {
  const ir::parameter& p = function_.parameters[i];
  const argument_reflection& a = reflection_.arguments[i];
  const std::string name = fresh_name(p.name.empty() ? "argument" : p.name);
  value v;
  v.is_named = true;
  if (p.by_value_size) {
    shared_.by_value_types.insert({p.by_value_size, p.by_value_alignment});
    declaration = "const __grid_constant__ struct_" + std::to_string(p.by_value_size) + "_" +
                  std::to_string(p.by_value_alignment) + " " + name;
    return pointer_value(name + ".bytes", {}, true, ir::address_space::constant);
  }
  if (!p.value.is_pointer()) {
    const source_type t = parse_source_type(a.type_name);
    v.type = spelling::of(p.value.element, t.known && t.is_signed && p.value.is_scalar());
    declaration = "const " + type_name(p.value, v.type.is_signed) + " " + name;
    for (unsigned c = 0; c < p.value.components; ++c)
      v.parts.push_back({p.value.is_vector() ? name + "." + component_name(p.value.components, c) : name});
    return v;
  }
  pointee points_to;
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code == opcode::argument && op.index == i && pointees_.contains(&op)) points_to = pointees_.at(&op);
  });
  const std::string type = type_name(points_to.type, points_to.is_signed);
  if (a.space == argument_space::local) {
    shared_.uses_local_memory = true;
    const std::string offset = fresh_name(name + "_offset");
    declaration = "const u64 " + offset;
    line(type + "* const " + name + " = (" + type + "*)(local_memory + " + offset + ");");
    return pointer_value(name, points_to, false, ir::address_space::local);
  }
  // What the kernel never writes and nothing else may write: the compiler may read it through caches that do not
  // watch for writes.
  const bool is_constant = a.space == argument_space::constant;
  const bool is_const = is_constant || !a.is_written;
  declaration = std::string(is_const ? "const " : "") + type + "* " +
                (is_constant || a.is_restrict ? "__restrict__ " : "") + name;
  return pointer_value(name, points_to, is_const, p.value.space);
}

std::string kernel_text::make_parameters() {
  std::string text;
  for (std::size_t i = 0; i < function_.parameters.size(); ++i) {
    std::string declaration;
    arguments_.push_back(make_parameter(i, declaration));
    text += declaration + ", ";
  }
  return text + "const launch_state launch";
}

/// The number of the work-group, times its size, plus the number of the work-item in it.
std::string kernel_text::group_text(unsigned dimension, bool wide) const {
  const std::string size =
      options_.local_size ? std::to_string((*options_.local_size)[dimension]) + "u" : of_axis("blockDim", dimension);
  return std::string(wide ? "(u64)" : "") + "(" + field("group_offset", dimension) + " + " +
         of_axis("blockIdx", dimension) + ") * " + size + " + " + of_axis("threadIdx", dimension);
}

void kernel_text::declare_ids() {
  const bool wide = !options_.narrow_ids;
  const std::string type = wide ? "u64" : "u32", cast = wide ? "" : "(u32)";
  std::map<std::pair<query, unsigned>, std::string> made;
  if (reflection_.is_flat) {
    // The last blocks of a range may hang over its end, in dimensions that the launch has.
    unsigned named = 1;
    analysis::for_each(function_.body, [&](ir::operation& op) {
      if (op.code == opcode::work_item && op.query == query::global_id && !uses_[op.id].empty())
        named = std::max(named, op.index + 1);
    });
    std::string outside, further;
    for (unsigned d = 0; d < 3; ++d) {
      const std::string end = " >= " + cast + field("global_size", d);
      if (d >= named) {
        further += (further.empty() ? "" : " || ") + group_text(d, wide) + end;
        continue;
      }
      const std::string name = fresh_name(std::string("item_") + axes[d]);
      line("const " + type + " " + name + " = " + group_text(d, wide) + ";");
      outside += (d ? " || " : "") + name + end;
      made[{query::global_id, d}] = name;
    }
    line("if (" + outside + ") return;");
    if (!further.empty()) {
      line("if (launch.work_dimensions > " + std::to_string(named) + ") {");
      ++depth_;
      line("if (" + further + ") return;");
      --depth_;
      line("}");
    }
    depends_on_width_ = true;
  }
  std::map<std::pair<query, unsigned>, value> values;
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code != opcode::work_item || uses_[op.id].empty()) return;
    const unsigned d = op.index;
    const auto key = std::pair(op.query, d);
    const bool by_width =
        op.query == query::global_id || op.query == query::global_size || op.query == query::global_offset;
    // Ids that are cut to 32 bits are the same either way.
    if (by_width)
      depends_on_width_ |= std::any_of(uses_[op.id].begin(), uses_[op.id].end(),
                                       [](const ir::operation* use) { return use->code != opcode::int_truncate; });
    if (!values.contains(key)) {
      value v;
      v.is_named = true;
      v.type = {scalar_kind::i64, wide && by_width ? scalar_kind::i64 : scalar_kind::i32, false};
      std::string text;
      const auto name = [&](const char* hint, const std::string& computed) {
        const std::string variable = fresh_name(std::string(hint) + axes[d]);
        line("const " + type + " " + variable + " = " + computed + ";");
        return variable;
      };
      switch (op.query) {
      case query::local_id: text = of_axis("threadIdx", d); break;
      case query::local_size:
        text = options_.local_size ? std::to_string((*options_.local_size)[d]) + "u" : of_axis("blockDim", d);
        break;
      case query::group_id: {
        const std::string variable = fresh_name(std::string("group_") + axes[d]);
        line("const u32 " + variable + " = " + field("group_offset", d) + " + " + of_axis("blockIdx", d) + ";");
        text = variable;
        break;
      }
      case query::group_count: text = field("group_count", d); break;
      case query::global_size: text = name("global_size_", cast + field("global_size", d)); break;
      case query::global_offset: text = name("global_offset_", cast + field("global_offset", d)); break;
      case query::work_dimensions:
        text = "launch.work_dimensions";
        v.type = spelling::of(scalar_kind::i32, false);
        break;
      case query::global_id:
        text = name("global_",
                    (reflection_.is_flat ? made[key] : group_text(d, wide)) + " + " + cast + field("global_offset", d));
        break;
      }
      v.parts = {{text}};
      values[key] = std::move(v);
    }
    values_[op.id] = values[key];
  });
}

kernel_text::value kernel_text::work_item(const ir::operation& op) {
  return values_[op.id];
}

std::string kernel_text::run() {
  names_.insert(options_.symbol);
  const std::string parameters = make_parameters();
  declare_ids();
  emit(function_.body);
  std::string head = "extern \"C\" __global__ void ";
  if (options_.local_size) {
    const auto [x, y, z] = *options_.local_size;
    head += "__launch_bounds__(" + std::to_string(std::uint64_t{x} * y * z) + ") ";
  } else if (!reflection_.is_flat) {
    head += "__launch_bounds__(1024) ";
  }
  return head + options_.symbol + "(" + parameters + ") {\n" + out_ + "}\n";
}

} // namespace dotcompute::cuda
