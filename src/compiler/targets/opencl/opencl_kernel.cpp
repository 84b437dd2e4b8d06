// SPDX-License-Identifier: MIT
// A kernel's signature, where its work-item is, and memory and text as OpenCL C has them.
#include "compiler/targets/opencl/opencl_kernel.hpp"

#include <algorithm>

namespace dotcompute::compiler::opencl {

using c_text::binding;
using c_text::bracketed;
using c_text::expression;
using c_text::pointee;
using c_text::spelling;
using ir::address_space;
using ir::opcode;
using ir::scalar_kind;

namespace {

const opencl_dialect opencl_c;

/// Longer copies are loops.
constexpr std::uint64_t most_copied_in_line = 4;

/// A string literal with these bytes.
std::string quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      text += "\\n";
    else if (c == '"' || c == '\\')
      text += std::string("\\") + c;
    else if (byte >= ' ' && byte < 0x7f)
      text += c;
    else // always three digits, so that none that follows is taken for one of them
      text += {'\\', static_cast<char>('0' + byte / 64), static_cast<char>('0' + byte / 8 % 8),
               static_cast<char>('0' + byte % 8)};
  }
  return text + "\"";
}

/// A constant text as printf takes it: up to its zero byte.
std::string text_of(const ir::constant_data& c) {
  std::string text;
  for (const std::byte b : c.bytes) {
    if (b == std::byte{0}) break;
    text += static_cast<char>(b);
  }
  return text;
}

std::string_view function_for(ir::work_item_query q) {
  using enum ir::work_item_query;
  switch (q) {
  case global_id: return "get_global_id";
  case local_id: return "get_local_id";
  case group_id: return "get_group_id";
  case global_size: return "get_global_size";
  case local_size: return "get_local_size";
  case group_count: return "get_num_groups";
  case global_offset: return "get_global_offset";
  case work_dimensions: return "get_work_dim";
  }
  return "get_global_id";
}

} // namespace

opencl_kernel::opencl_kernel(c_text::program_text& shared, const ir::function& f, const kernel_reflection& reflection)
    : kernel_text(opencl_c, shared, f, reflection) {}

void opencl_kernel::allocate_local(const ir::operation& op) {
  const pointee p = pointee_of(op);
  const std::uint64_t unit = c_text::element_bytes(p.type);
  const std::uint64_t bytes = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(op.immediate));
  const std::string name = fresh_name(op.symbol.empty() ? "shared" : op.symbol);
  line("local " + (op.alignment > unit ? dialect_.aligned(op.alignment) : "") +
       dialect_.type_name(p.type, p.is_signed) + " " + name + "[" + std::to_string((bytes + unit - 1) / unit) + "];");
  values_[op.id] = pointer_value(name, p, false, address_space::local);
}

void opencl_kernel::copy_words(const address& to, const address& from, unsigned bytes, std::uint64_t words) {
  // Vectors of bytes: what lies there may be of any type.
  const pointee word{bytes == 1 ? ir::type::scalar(scalar_kind::i8) : ir::type::vector(scalar_kind::i8, bytes), false};
  const std::string target = bracketed(pointer_text(to, word), binding::primary),
                    source = bracketed(pointer_text(from, word), binding::primary);
  const auto copy = [&](const std::string& i) { line(target + "[" + i + "] = " + source + "[" + i + "];"); };
  if (words <= most_copied_in_line) {
    for (std::uint64_t i = 0; i < words; ++i)
      copy(std::to_string(i));
    return;
  }
  const std::string i = fresh_name("word");
  line("for (uint " + i + " = 0; " + i + " < " + std::to_string(words) + "; ++" + i + ") {");
  ++depth_;
  copy(i);
  --depth_;
  line("}");
}

expression opencl_kernel::printed_argument(const ir::operation& op) {
  if (op.code == opcode::global_address) return {quoted(text_of(shared_.program.constants[op.index]))};
  if (op.result.is_pointer()) return pointer_text(op, {ir::type::scalar(scalar_kind::i8), true});
  const ir::type t = op.result;
  if (t.is_vector()) firm(op);
  std::string text;
  for (unsigned i = 0; i < t.components; ++i)
    text += (i ? ", " : "") + part(op, i, spelling::of(t.element, false)).text;
  if (t.is_vector()) return {dialect_.vector_of(t, text), binding::unary};
  // Devices without double precision print floats as they are.
  constexpr std::string_view promotion = "(double)";
  if (op.code == opcode::float_extend && text.starts_with(promotion)) text.erase(0, promotion.size());
  return {text, binding::conditional};
}

void opencl_kernel::print(const ir::operation& op) {
  std::string text = "printf(" + quoted(op.symbol);
  for (const ir::operation* operand : op.operands)
    text += ", " + printed_argument(*operand).text;
  flush(effects_of(op));
  line(text + ");");
}

opencl_kernel::value opencl_kernel::make_parameter(std::size_t i, std::string& declaration) {
  const ir::parameter& p = function_.parameters[i];
  const argument_reflection& a = reflection_.arguments[i];
  const std::string name = fresh_name(p.name.empty() ? "argument" : p.name);
  if (p.by_value_size) {
    shared_.by_value_types.insert({p.by_value_size, p.by_value_alignment});
    declaration = "const " + c_text::struct_name(p.by_value_size, p.by_value_alignment) + " " + name;
    // Constant in the IR, but each work-item's own here.
    return pointer_value(name + ".bytes", {}, true, address_space::private_memory);
  }
  if (!p.value.is_pointer()) return number_parameter(i, name, declaration);
  const pointee points_to = argument_pointee(i);
  const bool is_const = p.value.space == address_space::global && !a.is_written;
  declaration = std::string(dialect_.qualifier(p.value.space)) + (is_const ? "const " : "") +
                dialect_.type_name(points_to.type, points_to.is_signed) + "* " + (a.is_restrict ? "restrict " : "") +
                name;
  return pointer_value(name, points_to, is_const, p.value.space);
}

void opencl_kernel::declare_ids() {
  std::map<std::pair<ir::work_item_query, unsigned>, value> given;
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code != opcode::work_item || uses_[op.id].empty()) return;
    const bool has_dimension = op.query != ir::work_item_query::work_dimensions;
    value& v = given[{op.query, has_dimension ? op.index : 0}];
    if (v.parts.empty()) {
      v.is_named = true;
      v.type = spelling::of(op.result.element, false);
      const std::string function(function_for(op.query)), start = function.substr(std::string_view("get_").size());
      const std::string name = fresh_name(has_dimension ? start + "_" + "xyz"[op.index] : start);
      line("const " + std::string(dialect_.scalar_name(op.result.element, false)) + " " + name + " = " + function +
           "(" + (has_dimension ? std::to_string(op.index) : "") + ");");
      v.parts = {{name}};
    }
    values_[op.id] = v;
  });
}

std::string opencl_kernel::run(const std::string& symbol) {
  names_.insert(symbol);
  std::string parameters;
  for (std::size_t i = 0; i < function_.parameters.size(); ++i) {
    std::string declaration;
    arguments_.push_back(make_parameter(i, declaration));
    parameters += (i ? ", " : "") + declaration;
  }
  declare_ids();
  emit(function_.body);
  std::string head = "kernel ";
  if (const auto& size = reflection_.required_local_size; size[0] != 0)
    head += "__attribute__((reqd_work_group_size(" + std::to_string(size[0]) + ", " + std::to_string(size[1]) + ", " +
            std::to_string(size[2]) + ")))\n";
  return head + "void " + symbol + "(" + parameters + ") {\n" + out_ + "}\n";
}

} // namespace dotcompute::compiler::opencl
