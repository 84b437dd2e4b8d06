// SPDX-License-Identifier: MIT
// Loads, stores, atomics and private arrays.
#include "compiler/targets/c/emission.hpp"

#include <algorithm>

namespace dotcompute::c_text {

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

std::string joined(const std::vector<std::string>& parts, unsigned first, unsigned n) {
  std::string all;
  for (unsigned i = first; i < first + n; ++i)
    all += (i > first ? ", " : "") + parts[i];
  return all;
}

constexpr pointee as_bytes{ir::type::scalar(scalar_kind::i8), false};

} // namespace

kernel_text::value kernel_text::load_packed(const ir::operation& op, const address& a) {
  const ir::type t = op.result;
  const ir::type element = t.is_pointer() ? ir::type::i64() : t.element_type();
  value v;
  v.is_named = true;
  v.type = spelling::of(element.element, false);
  const std::string type = dialect_.type_name(element, false);
  for (unsigned i = 0; i < t.components; ++i) {
    address piece = a;
    piece.bytes += std::int64_t{i} * ir::byte_size(element);
    const std::string name = fresh_name(hint_for(op));
    line("const " + type + " " + name + " = " +
         dialect_.load_bytes(element.element, pointer_text(piece, as_bytes).text) + ";");
    v.parts.push_back({name});
  }
  if (!t.is_pointer()) return v;
  const pointee p = pointee_of(op);
  return pointer_value("(" + pointer_from(v.parts[0], p, op.result.space) + ")", p, false, op.result.space);
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
    v = pointer_value("(" + pointer_from(object(a, word, op.is_volatile), p, op.result.space) + ")", p, false,
                      op.result.space);
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
      line("const " + dialect_.type_name(t, v.type.is_signed) + " " + name + " = " + v.parts[0].text + ";");
      v.parts[0] = {name};
      v.is_named = true;
    }
    return v;
  }
  v.needs.memory = false; // read here and now
  v.is_named = true;
  if (!op.is_volatile) {
    const bool is_aligned = op.alignment >= element_bytes(t);
    if (is_aligned || dialect_.moves_elements()) {
      const std::string whole = is_aligned ? object(a, of(t), false).text
                                           : dialect_.load_elements(t, pointer_text(a, {t.element_type(), false}).text);
      const std::string name = fresh_name(hint_for(op));
      line("const " + dialect_.vector_name(t) + " " + name + " = " + whole + ";");
      for (unsigned i = 0; i < t.components; ++i)
        v.parts.push_back({name + "." + component_name(t.components, i)});
      return v;
    }
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
    line("const " + dialect_.type_name(piece_type, false) + " " + name + " = " +
         object(piece, accessed, op.is_volatile).text + ";");
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
  const bool is_object = op.alignment >= element_bytes(stored) && stored.components != 3;
  const bool is_whole =
      !stored.is_vector() || (!op.is_volatile && (is_object || (dialect_.moves_elements() && !is_packed(stored, op))));
  // Of several stores the later ones must not look again at what the earlier ones changed.
  if (!is_whole)
    for (const ir::operation* used : op.operands)
      if (values_[used->id].is_pending) name_now(*used);
  const address a = address_of(*op.operands[0]);
  dependencies changed;
  changed.memory = true;
  if (source.result.is_pointer()) {
    const std::string number = as(scalar_kind::i64, false, pointer_text(source, pointee_of(source))).text;
    flush(changed);
    if (is_packed(source.result, op))
      return line(dialect_.store_bytes(scalar_kind::i64, pointer_text(a, as_bytes).text, number) + ";");
    return line(object(a, {ir::type::i64(), false}, op.is_volatile).text + " = " + number + ";");
  }
  const ir::type t = source.result;
  if (is_packed(t, op)) {
    std::vector<std::string> parts;
    parts.reserve(t.components);
    for (unsigned i = 0; i < t.components; ++i)
      parts.push_back(part(source, i, spelling::of(t.element, false)).text);
    flush(changed);
    for (unsigned i = 0; i < t.components; ++i) {
      address piece = a;
      piece.bytes += std::int64_t{i} * ir::byte_size(t.element);
      line(dialect_.store_bytes(t.element, pointer_text(piece, as_bytes).text, parts[i]) + ";");
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
  parts.reserve(t.components);
  for (unsigned i = 0; i < t.components; ++i)
    parts.push_back(part(source, i, spelling::of(t.element, false)).text);
  flush(changed);
  const auto store_piece = [&](unsigned first, unsigned n) {
    address piece = a;
    piece.bytes += std::int64_t{first} * ir::byte_size(t.element);
    const ir::type piece_type = ir::type::vector(t.element, n);
    const std::string left = object(piece, {piece_type, false}, op.is_volatile).text;
    if (n == 1) return line(left + " = " + parts[first] + ";");
    line(left + " = " + dialect_.vector_of(piece_type, joined(parts, first, n)) + ";");
  };
  if (is_whole && !is_object) {
    const std::string place = pointer_text(a, {t.element_type(), false}).text;
    return line(dialect_.store_elements(t, place, joined(parts, 0, t.components)) + ";");
  }
  if (is_whole) return store_piece(0, t.components);
  for (unsigned i = 0; i < t.components;) {
    const unsigned n = op.is_volatile ? 1 : chunk_components(t, op.alignment, t.components - i);
    store_piece(i, n);
    i += n;
  }
}

void kernel_text::memory_copy(const ir::operation& op) {
  const address to = address_of(*op.operands[0]), from = address_of(*op.operands[1]);
  flush(effects_of(op));
  if (op.immediate == 0) return;
  const auto size = static_cast<std::uint64_t>(op.immediate);
  std::uint64_t word = 16;
  while (word > op.alignment || size % word != 0)
    word /= 2;
  copy_words(to, from, static_cast<unsigned>(word), size / word);
}

void kernel_text::allocate_private(const ir::operation& op) {
  const pointee p = pointee_of(op);
  const std::uint64_t unit = element_bytes(p.type);
  const std::uint64_t bytes = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(op.immediate));
  const std::string name = fresh_name(op.symbol.empty() ? "block" : op.symbol);
  line((op.alignment > unit ? dialect_.aligned(op.alignment) : "") + dialect_.type_name(p.type, p.is_signed) + " " +
       name + "[" + std::to_string((bytes + unit - 1) / unit) + "];");
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

  const auto bits = [&](const ir::operation& o) -> expression {
    const expression e = part(o, 0, spelling::of(t.element, by_sign));
    return t.is_float() ? dialect_.bits_of(e, t.element) : e;
  };
  const expression first = bits(*op.operands[1]);
  const expression second = is_rmw ? expression{} : bits(*op.operands[2]);
  flush(effects_of(op));

  const expression place = object(a, {ir::type::scalar(integer), by_sign}, false);
  // `*(T*)p` needs no address taken of it.
  const std::string pointer = place.text.starts_with("*") ? place.text.substr(1) : "&" + place.text;
  std::string function = dialect_.atomic_name(is_rmw ? std::optional(op.atomic) : std::nullopt, wide);
  std::string operand = first.text;
  if (function.empty()) {
    function = dialect_.atomic_name(add, wide);
    operand = "-" + (operand[0] == '-' ? "(" + operand + ")" : bracketed(first, binding::unary));
  }
  const std::string text = function + "(" + pointer + ", " + operand + (is_rmw ? "" : ", " + second.text) + ")";
  value v;
  v.type = spelling::of(t.element, t.is_integer() && by_sign);
  v.is_named = true;
  if (uses_[op.id].empty()) {
    line(text + ";");
    return v;
  }
  const std::string name = fresh_name(hint_for(op));
  const std::string result = t.is_float() ? dialect_.real_of({text}, t.element).text : text;
  line("const " + dialect_.type_name(t, v.type.is_signed) + " " + name + " = " + result + ";");
  v.parts = {{name}};
  return v;
}

} // namespace dotcompute::c_text
