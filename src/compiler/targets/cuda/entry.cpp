// SPDX-License-Identifier: MIT
// A kernel's signature and what it computes before its body: where its work-item is.
#include "compiler/targets/cuda/cuda_kernel.hpp"
#include "compiler/targets/cuda/kernel_abi.hpp"

#include <algorithm>

namespace dotcompute::cuda {

using c_text::pointee;
using c_text::spelling;
using ir::opcode;
using ir::scalar_kind;

namespace {

const cuda_dialect cuda_c;

constexpr char axes[] = "xyz";

std::string of_axis(const char* name, unsigned dimension) {
  return std::string(name) + "." + axes[dimension];
}

std::string field(const char* name, unsigned dimension) {
  return std::string("launch.") + name + "[" + std::to_string(dimension) + "]";
}

std::string times(std::int64_t factor) {
  return factor == 1 ? "" : " * " + std::to_string(factor);
}

} // namespace

cuda_kernel::cuda_kernel(cuda_program& shared, const ir::function& f, const kernel_reflection& reflection,
                         kernel_options options)
    : kernel_text(cuda_c, shared, f, reflection), program_(shared), options_(std::move(options)) {
  lay_out_local_memory();
}

cuda_kernel::cuda_kernel(const cuda_kernel& whole, const ir::function& coarse)
    : cuda_kernel(whole.program_, coarse, whole.reflection_, whole.options_) {
  is_coarse_ = true;
  ++depth_;
  names_ = whole.names_;
  arguments_ = whole.arguments_;
}

void cuda_kernel::lay_out_local_memory() {
  for (const ir::operation* op : function_.body.operations) {
    if (op->code != opcode::local_alloc) continue;
    const std::uint64_t alignment = std::max(16u, op->alignment);
    local_bytes_ = (local_bytes_ + alignment - 1) / alignment * alignment;
    local_offsets_[op] = local_bytes_;
    local_bytes_ += static_cast<std::uint64_t>(op->immediate);
    program_.uses_local_memory = true;
  }
}

void cuda_kernel::allocate_local(const ir::operation& op) {
  const pointee p = pointee_of(op);
  const std::string name = fresh_name(op.symbol.empty() ? "local" : op.symbol);
  const std::string type = dialect_.type_name(p.type, p.is_signed);
  line(type + "* const " + name + " = (" + type + "*)(local_memory + " + std::to_string(local_offsets_.at(&op)) + ");");
  values_[op.id] = pointer_value(name, p, false, ir::address_space::local);
}

void cuda_kernel::copy_words(const address& to, const address& from, unsigned bytes, std::uint64_t words) {
  const pointee byte{ir::type::scalar(scalar_kind::i8), false};
  const char* const type = bytes == 16 ? "u32x4" : bytes == 8 ? "u64" : bytes == 4 ? "u32" : bytes == 2 ? "u16" : "u8";
  line(std::string("copy_words<") + type + ", " + std::to_string(words) + ">(" + pointer_text(to, byte).text + ", " +
       pointer_text(from, byte).text + ");");
}

cuda_kernel::value cuda_kernel::make_parameter(std::size_t i, std::string& declaration) {
  const ir::parameter& p = function_.parameters[i];
  const argument_reflection& a = reflection_.arguments[i];
  const std::string name = fresh_name(p.name.empty() ? "argument" : p.name);
  if (p.by_value_size) {
    shared_.by_value_types.insert({p.by_value_size, p.by_value_alignment});
    declaration = "const __grid_constant__ " + c_text::struct_name(p.by_value_size, p.by_value_alignment) + " " + name;
    return pointer_value(name + ".bytes", {}, true, ir::address_space::constant);
  }
  if (!p.value.is_pointer()) return number_parameter(i, name, declaration);
  const pointee points_to = argument_pointee(i);
  const std::string type = dialect_.type_name(points_to.type, points_to.is_signed);
  if (a.space == argument_space::local) {
    program_.uses_local_memory = true;
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

std::string cuda_kernel::make_parameters() {
  std::string text;
  for (std::size_t i = 0; i < function_.parameters.size(); ++i) {
    std::string declaration;
    arguments_.push_back(make_parameter(i, declaration));
    text += declaration + ", ";
  }
  return text + "const launch_state launch";
}

/// The number of the work-group; of several, of the first.
std::string cuda_kernel::group_text(unsigned dimension) const {
  std::string block = of_axis("blockIdx", dimension);
  if (dimension > 0) return field("group_offset", dimension) + " + " + block;
  // Ranges that need more than one grid along x are for the wide kernel, if there is one.
  const std::string offset =
      options_.narrow_ids && (reflection_.is_flat || is_coarse_) ? "" : "launch.group_offset[0] + ";
  if (is_coarse_) return block + " * " + std::to_string(options_.items);
  if (options_.coarse) block += " + launch.coarse_blocks" + times(options_.items - 1);
  return offset + block;
}

/// The number of the work-group, times its size, plus the number of the work-item in it.
std::string cuda_kernel::item_text(unsigned dimension) const {
  const std::string size =
      options_.local_size ? std::to_string((*options_.local_size)[dimension]) + "u" : of_axis("blockDim", dimension);
  const std::string group = group_text(dimension);
  const bool is_sum = group.find(" + ") != std::string::npos;
  return std::string(options_.narrow_ids ? "" : "(u64)") + (is_sum ? "(" + group + ")" : group) + " * " + size + " + " +
         of_axis("threadIdx", dimension);
}

std::string cuda_kernel::name_id(const char* hint, unsigned dimension, const std::string& computed) {
  const std::string name = fresh_name(std::string(hint) + axes[dimension]);
  line(std::string("const ") + (options_.narrow_ids ? "u32 " : "u64 ") + name + " = " + computed + ";");
  return name;
}

/// The last blocks of a range may hang over its end, in dimensions whose ids the kernel asks for.
void cuda_kernel::leave_outside_of_range() {
  const std::string cast = options_.narrow_ids ? "(u32)" : "";
  std::string outside;
  for (unsigned d = 0; d < guarded_dimensions_; ++d) {
    // Several work-groups are run together where all of them are whole.
    if (is_coarse_ && d == 0) continue;
    items_[d] = name_id("item_", d, item_text(d));
    outside += (outside.empty() ? "" : " || ") + items_[d] + " >= " + cast + field("global_size", d);
  }
  if (!outside.empty()) line("if (" + outside + ") return;");
  depends_on_width_ = true;
}

cuda_kernel::value cuda_kernel::id(const ir::operation& op) {
  const auto key = std::tuple(op.query, op.index, op.immediate);
  if (const auto found = given_ids_.find(key); found != given_ids_.end()) return found->second;
  const unsigned d = op.index;
  const std::string cast = options_.narrow_ids ? "(u32)" : "";
  const bool by_width =
      op.query == query::global_id || op.query == query::global_size || op.query == query::global_offset;
  value v;
  v.is_named = true;
  v.type = {scalar_kind::i64, !options_.narrow_ids && by_width ? scalar_kind::i64 : scalar_kind::i32, false};
  const std::string size =
      options_.local_size ? std::to_string((*options_.local_size)[d]) + "u" : of_axis("blockDim", d);
  std::string text;
  if (op.immediate != 0) {
    ir::operation first;
    first.query = op.query;
    const std::string further =
        op.query == query::global_id ? size + times(op.immediate) : std::to_string(op.immediate);
    text = name_id(op.query == query::global_id ? "global_" : "group_", d, id(first).parts[0].text + " + " + further);
  } else {
    switch (op.query) {
    case query::local_id: text = of_axis("threadIdx", d); break;
    case query::local_size: text = size; break;
    case query::group_id: {
      text = fresh_name(std::string("group_") + axes[d]);
      line("const u32 " + text + " = " + group_text(d) + ";");
      break;
    }
    case query::group_count: text = field("group_count", d); break;
    case query::global_size: text = name_id("global_size_", d, cast + field("global_size", d)); break;
    case query::global_offset: text = name_id("global_offset_", d, cast + field("global_offset", d)); break;
    case query::work_dimensions:
      text = "launch.work_dimensions";
      v.type = spelling::of(scalar_kind::i32, false);
      break;
    case query::global_id:
      text = name_id("global_", d,
                     (items_[d].empty() ? item_text(d) : items_[d]) + " + " + cast + field("global_offset", d));
      break;
    }
  }
  v.parts = {{text}};
  return given_ids_[key] = std::move(v);
}

void cuda_kernel::declare_ids() {
  if (reflection_.is_flat) {
    guarded_dimensions_ = 1;
    analysis::for_each(function_.body, [&](ir::operation& op) {
      if (op.code == opcode::work_item && op.query == query::global_id && !uses_[op.id].empty())
        guarded_dimensions_ = std::max(guarded_dimensions_, op.index + 1);
    });
    leave_outside_of_range();
  }
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code != opcode::work_item || uses_[op.id].empty()) return;
    const bool by_width =
        op.query == query::global_id || op.query == query::global_size || op.query == query::global_offset;
    // Ids that are cut to 32 bits are the same either way.
    if (by_width)
      depends_on_width_ |= std::any_of(uses_[op.id].begin(), uses_[op.id].end(),
                                       [](const ir::operation* use) { return use->code != opcode::int_truncate; });
    values_[op.id] = id(op);
  });
}

std::string cuda_kernel::run() {
  names_.insert(options_.symbol);
  const std::string parameters = make_parameters();
  if (options_.coarse) {
    line("if (blockIdx.x < launch.coarse_blocks) {");
    cuda_kernel several(*this, *options_.coarse);
    several.declare_ids();
    several.emit(options_.coarse->body);
    several.line("return;");
    out_ += several.out_;
    line("}");
  }
  declare_ids();
  emit(function_.body);
  std::string head = "extern \"C\" __global__ void ";
  if (options_.local_size) {
    const auto [x, y, z] = *options_.local_size;
    head += "__launch_bounds__(" + std::to_string(std::uint64_t{x} * y * z) + ") ";
  } else {
    head += "__launch_bounds__(" + std::to_string(reflection_.is_flat ? flat_block_threads : 1024) + ") ";
  }
  return head + options_.symbol + "(" + parameters + ") {\n" + out_ + "}\n";
}

} // namespace dotcompute::cuda
