// SPDX-License-Identifier: MIT
// Printed records: the words that go into the ring of kernel_abi.hpp.
#include "compiler/targets/c/constants.hpp"
#include "compiler/targets/cuda/cuda_kernel.hpp"

#include <algorithm>

namespace dotcompute::cuda {

using c_text::binding;
using c_text::bracketed;
using c_text::call;
using c_text::expression;
using c_text::pointee;
using c_text::spelling;
using ir::opcode;
using ir::scalar_kind;

/// What stands for a pointer to constant text in a printed record: the index of the text among the program's.
expression cuda_kernel::text_index(const ir::operation& op) {
  const auto index_of = [&](std::uint32_t constant) {
    std::string text;
    for (const std::byte b : shared_.program.constants[constant].bytes) {
      if (b == std::byte{0}) break;
      text += static_cast<char>(b);
    }
    const auto found = std::find(program_.print_formats.begin(), program_.print_formats.end(), text);
    const auto index = static_cast<std::uint64_t>(found - program_.print_formats.begin());
    if (found == program_.print_formats.end()) program_.print_formats.push_back(text);
    return std::to_string(index) + "ull";
  };
  if (op.code == opcode::global_address) return {index_of(op.index)};
  // Which of the program's texts it is, the program knows only when it runs.
  const pointee bytes{ir::type::scalar(scalar_kind::i8), false};
  firm(op);
  const std::string pointer = bracketed(pointer_text(op, bytes), binding::sum);
  std::string text;
  for (std::uint32_t i = 0; i < shared_.program.constants.size(); ++i) {
    const auto& all = shared_.program.constants[i].bytes;
    if (all.empty() || all.back() != std::byte{0}) continue;
    const pointee p = shared_.constant_types.try_emplace(i, bytes).first->second;
    text += pointer + " == (u8*)" + constant_name(dialect_, i, p) + " ? " + index_of(i) + " : ";
  }
  return {text + "~0ull", text.empty() ? binding::unary : binding::conditional};
}

void cuda_kernel::print(const ir::operation& op) {
  prints_ = true;
  const auto found = std::find(program_.print_formats.begin(), program_.print_formats.end(), op.symbol);
  const auto id = static_cast<std::size_t>(found - program_.print_formats.begin());
  if (found == program_.print_formats.end()) program_.print_formats.push_back(op.symbol);

  std::vector<std::string> words;
  for (const ir::operation* operand : op.operands) {
    if (operand->result.is_pointer()) {
      words.push_back(text_index(*operand).text);
      continue;
    }
    const ir::type t = operand->result;
    if (ir::byte_size(t.element) < 8 && t.is_vector()) firm(*operand);
    const unsigned per_word = 8 / ir::byte_size(t.element);
    for (unsigned i = 0; i < t.components; i += per_word) {
      std::string word;
      for (unsigned j = i; j < std::min<unsigned>(t.components, i + per_word); ++j) {
        const expression e = part(*operand, j, spelling::of(t.element, false));
        const expression bits = t.element == scalar_kind::f32   ? call("__float_as_uint", {e})
                                : t.element == scalar_kind::f64 ? call("__double_as_longlong", {e})
                                                                : e;
        word += std::string(j > i ? " | " : "") + "(u64)" + bracketed(bits, binding::unary);
        if (j > i) word += " << " + std::to_string((j - i) * ir::bit_width(t.element));
      }
      words.push_back(word);
    }
  }
  flush(effects_of(op));
  const std::string ring = "launch.print_ring", bytes = std::to_string(8 * (words.size() + 1));
  const std::string at = fresh_name("record");
  line("const u64 " + at + " = print_reserve(" + ring + ", " + bytes + ");");
  line("if (" + at + " != ~0ull) {");
  ++depth_;
  for (std::size_t i = 0; i < words.size(); ++i)
    line("print_word(" + ring + ", " + at + " + " + std::to_string(8 * (i + 1)) + ", " + words[i] + ");");
  line("print_finish(" + ring + ", " + at + ", " + bytes + ", " + std::to_string(id) + ");");
  --depth_;
  line("}");
}

} // namespace dotcompute::cuda
