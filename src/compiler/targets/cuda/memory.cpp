// SPDX-License-Identifier: MIT
// Loads, stores, atomics, private arrays and printed records.
#include "compiler/targets/cuda/emission.hpp"

#include <algorithm>

namespace dotcompute::cuda {

using ir::opcode;
using ir::scalar_kind;

namespace {

/// Components that one access of at most 16 bytes moves, the most that a thread's load can.
unsigned chunk_components(ir::type t, unsigned alignment, unsigned left) {
  const unsigned element = ir::byte_size(t.element);
  unsigned n = std::max(1u, std::min(alignment, 16u) / element);
  while (n > left || (n != 1 && n != 2 && n != 4 && n != 8 && n != 16))
    --n;
  return n;
}

/// The access is not known to be aligned as an element must be, which GPUs refuse.
bool is_packed(ir::type t, const ir::operation& op) {
  return op.alignment < (t.is_pointer() ? 8 : ir::byte_size(t.element));
}

constexpr pointee as_bytes{ir::type::scalar(scalar_kind::i8), false};

} // namespace

kernel_text::value kernel_text::load_packed(const ir::operation& op, const address& a) {
  const ir::type t = op.result;
  const ir::type element = t.is_pointer() ? ir::type::i64() : t.element_type();
  value v;
  v.is_named = true;
  v.type = spelling::of(element.element, false);
  const std::string type = type_name(element, false);
  for (unsigned i = 0; i < t.components; ++i) {
    address piece = a;
    piece.bytes += std::int64_t{i} * ir::byte_size(element);
    const std::string name = fresh_name(hint_for(op));
    line("const " + type + " " + name + " = load_bytes<" + type + ">(" + pointer_text(piece, as_bytes).text + ");");
    v.parts.push_back({name});
  }
  if (!t.is_pointer()) return v;
  const pointee p = pointee_of(op);
  return pointer_value("((" + type_name(p.type, p.is_signed) + "*)" + v.parts[0].text + ")", p, false, op.result.space);
}

kernel_text::value kernel_text::load(const ir::operation& op) {
  const address a = address_of(*op.operands[0]);
  if (is_packed(op.result, op)) return load_packed(op, a);
  value v;
  v.needs.memory = !op.is_volatile && a.space != ir::address_space::constant;
  const auto of = [&](ir::type t) {
    pointee p{t, t.is_scalar() && t.is_integer() && prefers_signed(op)};
    if (t.is_scalar() && a.points_to.type == t) p.is_signed = a.points_to.is_signed;
    return p;
  };
  if (op.result.is_pointer()) {
    const pointee p = pointee_of(op), word{ir::type::i64(), false};
    v = pointer_value("((" + type_name(p.type, p.is_signed) + "*)" + object(a, word, op.is_volatile).text + ")", p,
                      false, op.result.space);
    v.needs.memory = a.space != ir::address_space::constant;
    v.is_named = false;
    return v;
  }
  const ir::type t = op.result;
  v.type = spelling::of(t.element, of(t).is_signed);
  if (t.is_scalar()) {
    v.parts = {object(a, of(t), op.is_volatile)};
    if (op.is_volatile) {
      const std::string name = fresh_name(hint_for(op));
      line("const " + type_name(t, v.type.is_signed) + " " + name + " = " + v.parts[0].text + ";");
      v.parts[0] = {name};
      v.is_named = true;
    }
    return v;
  }
  v.needs.memory = false; // read here and now
  v.is_named = true;
  if (!op.is_volatile && op.alignment >= element_bytes(t)) {
    const std::string name = fresh_name(hint_for(op));
    line("const " + vector_name(t) + " " + name + " = " + object(a, of(t), false).text + ";");
    for (unsigned i = 0; i < t.components; ++i)
      v.parts.push_back({name + "." + component_name(t.components, i)});
    return v;
  }
  const unsigned element = ir::byte_size(t.element);
  for (unsigned i = 0; i < t.components;) {
    const unsigned n = op.is_volatile ? 1 : chunk_components(t, op.alignment, t.components - i);
    address piece = a;
    piece.bytes += std::int64_t{i} * element;
    const ir::type piece_type = ir::type::vector(t.element, n);
    pointee accessed = of(piece_type);
    accessed.is_signed = false;
    if (n == 1 && piece.points_to.type == piece_type) piece.points_to.is_signed = false, accessed.is_signed = false;
    const std::string name = fresh_name(hint_for(op));
    line("const " + type_name(piece_type, false) + " " + name + " = " + object(piece, accessed, op.is_volatile).text +
         ";");
    for (unsigned j = 0; j < n; ++j)
      v.parts.push_back({n == 1 ? name : name + "." + component_name(n, j)});
    i += n;
  }
  v.type.is_signed = false;
  return v;
}

void kernel_text::store(const ir::operation& op) {
  const ir::operation& source = *op.operands[1];
  const ir::type stored = source.result;
  // The fourth place of a vector of three is not its own to write.
  const bool is_whole =
      !stored.is_vector() || (!op.is_volatile && op.alignment >= element_bytes(stored) && stored.components != 3);
  // Of several stores the later ones must not look again at what the earlier ones changed.
  if (!is_whole)
    for (const ir::operation* used : op.operands)
      if (values_[used->id].is_pending) name_now(*used);
  const address a = address_of(*op.operands[0]);
  dependencies changed;
  changed.memory = true;
  if (source.result.is_pointer()) {
    const expression p = pointer_text(source, pointee_of(source));
    flush(changed);
    if (is_packed(source.result, op))
      return line("store_bytes<u64>(" + pointer_text(a, as_bytes).text + ", (u64)" + bracketed(p, binding::unary) +
                  ");");
    return line(object(a, {ir::type::i64(), false}, op.is_volatile).text + " = (u64)" + bracketed(p, binding::unary) +
                ";");
  }
  const ir::type t = source.result;
  if (is_packed(t, op)) {
    std::vector<std::string> parts;
    for (unsigned i = 0; i < t.components; ++i)
      parts.push_back(part(source, i, spelling::of(t.element, false)).text);
    flush(changed);
    for (unsigned i = 0; i < t.components; ++i) {
      address piece = a;
      piece.bytes += std::int64_t{i} * ir::byte_size(t.element);
      line("store_bytes<" + type_name(t.element_type(), false) + ">(" + pointer_text(piece, as_bytes).text + ", " +
           parts[i] + ");");
    }
    return;
  }
  const bool is_signed = a.points_to.type == t ? a.points_to.is_signed : values_[source.id].type.is_signed;
  if (t.is_scalar()) {
    const expression e = part(source, 0, spelling::of(t.element, is_signed));
    flush(changed);
    return line(object(a, {t, is_signed}, op.is_volatile).text + " = " + e.text + ";");
  }
  std::vector<std::string> parts;
  for (unsigned i = 0; i < t.components; ++i)
    parts.push_back(part(source, i, spelling::of(t.element, false)).text);
  flush(changed);
  const auto store_piece = [&](unsigned first, unsigned n) {
    address piece = a;
    piece.bytes += std::int64_t{first} * ir::byte_size(t.element);
    const ir::type piece_type = ir::type::vector(t.element, n);
    const std::string left = object(piece, {piece_type, false}, op.is_volatile).text;
    if (n == 1) return line(left + " = " + parts[first] + ";");
    std::string all;
    for (unsigned i = first; i < first + n; ++i)
      all += (i > first ? ", " : "") + parts[i];
    line(left + " = " + vector_name(piece_type) + "{" + all + "};");
  };
  if (is_whole) return store_piece(0, t.components);
  for (unsigned i = 0; i < t.components;) {
    const unsigned n = op.is_volatile ? 1 : chunk_components(t, op.alignment, t.components - i);
    store_piece(i, n);
    i += n;
  }
}

void kernel_text::memory_copy(const ir::operation& op) {
  const pointee bytes{ir::type::scalar(scalar_kind::i8), false};
  const expression to = pointer_text(*op.operands[0], bytes), from = pointer_text(*op.operands[1], bytes);
  flush(effects_of(op));
  if (op.immediate == 0) return;
  const auto size = static_cast<std::uint64_t>(op.immediate);
  std::uint64_t word = 16;
  while (word > op.alignment || size % word != 0)
    word /= 2;
  const char* const type = word == 16 ? "u32x4" : word == 8 ? "u64" : word == 4 ? "u32" : word == 2 ? "u16" : "u8";
  line(std::string("copy_words<") + type + ", " + std::to_string(size / word) + ">(" + to.text + ", " + from.text +
       ");");
}

void kernel_text::allocate_private(const ir::operation& op) {
  const pointee p = pointee_of(op);
  const std::uint64_t unit = element_bytes(p.type);
  const std::uint64_t bytes = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(op.immediate));
  const std::string name = fresh_name(op.symbol.empty() ? "block" : op.symbol);
  const std::string alignment =
      op.alignment > unit ? "__align__(" + std::to_string(op.alignment) + ") " : std::string();
  line(alignment + type_name(p.type, p.is_signed) + " " + name + "[" + std::to_string((bytes + unit - 1) / unit) +
       "];");
  values_[op.id] = pointer_value(name, p, false, ir::address_space::private_memory);
}

kernel_text::value kernel_text::atomic(const ir::operation& op) {
  using enum ir::atomic_operation;
  const address a = address_of(*op.operands[0]);
  const ir::type t = op.result;
  const bool is_rmw = op.code == opcode::atomic_rmw;
  const bool wide = ir::bit_width(t.element) == 64;
  const bool by_sign = is_rmw && (op.atomic == smin || op.atomic == smax);
  const scalar_kind integer = wide ? scalar_kind::i64 : scalar_kind::i32;
  const std::string type(scalar_name(integer, by_sign));

  const auto bits = [&](const ir::operation& o) -> expression {
    const expression e = part(o, 0, spelling::of(t.element, by_sign));
    if (t.element == scalar_kind::f32) return {"__float_as_uint(" + e.text + ")"};
    if (t.element == scalar_kind::f64) return {"(u64)__double_as_longlong(" + e.text + ")", binding::unary};
    return e;
  };
  const expression first = bits(*op.operands[1]);
  const expression second = is_rmw ? expression{} : bits(*op.operands[2]);
  flush(effects_of(op));

  const expression place = object(a, {ir::type::scalar(integer), by_sign}, false);
  // `*(T*)p` needs no address taken of it.
  const std::string pointer = place.text.starts_with("*") ? place.text.substr(1) : "&" + place.text;
  const char* function = "atomicCAS";
  std::string operand = first.text;
  if (is_rmw) switch (op.atomic) {
    case exchange: function = "atomicExch"; break;
    case add: function = "atomicAdd"; break;
    case sub:
      function = "atomicAdd";
      operand = "-" + (operand[0] == '-' ? "(" + operand + ")" : bracketed(first, binding::unary));
      break;
    case smin:
    case umin: function = "atomicMin"; break;
    case smax:
    case umax: function = "atomicMax"; break;
    case bit_and: function = "atomicAnd"; break;
    case bit_or: function = "atomicOr"; break;
    case bit_xor: function = "atomicXor"; break;
    }
  const std::string text =
      std::string(function) + "(" + pointer + ", " + operand + (is_rmw ? "" : ", " + second.text) + ")";
  value v;
  v.type = spelling::of(t.element, t.is_integer() && by_sign);
  v.is_named = true;
  if (uses_[op.id].empty()) {
    line(text + ";");
    return v;
  }
  const std::string name = fresh_name(hint_for(op));
  const std::string result = t.element == scalar_kind::f32   ? "__uint_as_float(" + text + ")"
                             : t.element == scalar_kind::f64 ? "__longlong_as_double((i64)" + text + ")"
                                                             : text;
  line("const " + type_name(t, v.type.is_signed) + " " + name + " = " + result + ";");
  v.parts = {{name}};
  return v;
}

/// What stands for a pointer to constant text in a printed record: the index of the text among the program's.
expression kernel_text::text_index(const ir::operation& op) {
  const auto index_of = [&](std::uint32_t constant) {
    std::string text;
    for (const std::byte b : shared_.program.constants[constant].bytes) {
      if (b == std::byte{0}) break;
      text += static_cast<char>(b);
    }
    const auto found = std::find(shared_.print_formats.begin(), shared_.print_formats.end(), text);
    const auto index = static_cast<std::uint64_t>(found - shared_.print_formats.begin());
    if (found == shared_.print_formats.end()) shared_.print_formats.push_back(text);
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
    text += pointer + " == (u8*)" + constant_name(i, p) + " ? " + index_of(i) + " : ";
  }
  return {text + "~0ull", text.empty() ? binding::unary : binding::conditional};
}

void kernel_text::print(const ir::operation& op) {
  prints_ = true;
  const auto found = std::find(shared_.print_formats.begin(), shared_.print_formats.end(), op.symbol);
  const auto id = static_cast<std::size_t>(found - shared_.print_formats.begin());
  if (found == shared_.print_formats.end()) shared_.print_formats.push_back(op.symbol);

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
        const expression bits = t.element == scalar_kind::f32   ? expression{"__float_as_uint(" + e.text + ")"}
                                : t.element == scalar_kind::f64 ? expression{"__double_as_longlong(" + e.text + ")"}
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
