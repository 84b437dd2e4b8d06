// SPDX-License-Identifier: MIT
// Pointers. The IR counts bytes; the text indexes elements where the two agree, so that it reads like C and the
// compiler sees the addressing modes it has.
#include "compiler/targets/c/emission.hpp"

#include <algorithm>
#include <map>

namespace dotcompute::c_text {

using ir::opcode;
using ir::scalar_kind;

namespace {

const ir::operation& root_of(const ir::operation& pointer) {
  const ir::operation* at = &pointer;
  while (at->code == opcode::pointer_add)
    at = at->operands[0];
  return at->code == opcode::read ? *at->operands[0] : *at;
}

} // namespace

void kernel_text::find_pointees() {
  // What most accesses through a pointer read or write.
  struct votes {
    std::vector<std::pair<ir::type, unsigned>> counts;
    unsigned is_signed = 0;
  };
  std::map<const ir::operation*, votes> all;
  analysis::for_each(function_.body, [&](ir::operation& op) {
    ir::type t;
    bool is_signed = false;
    switch (op.code) {
    case opcode::load:
      t = op.result;
      is_signed = t.is_integer() && prefers_signed(op);
      break;
    case opcode::store: t = op.operands[1]->result; break;
    case opcode::atomic_rmw:
    case opcode::atomic_compare_exchange: t = op.operands[1]->result; break;
    default: return;
    }
    if (t.is_pointer()) t = ir::type::i64();
    if (t.is_vector() && op.alignment < element_bytes(t)) t = t.element_type();
    votes& v = all[&root_of(*op.operands[0])];
    v.is_signed += is_signed;
    const auto found = std::find_if(v.counts.begin(), v.counts.end(), [&](const auto& c) { return c.first == t; });
    if (found == v.counts.end())
      v.counts.emplace_back(t, 1);
    else
      ++found->second;
  });
  for (const auto& [root, v] : all) {
    const auto most = std::max_element(v.counts.begin(), v.counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    pointees_[root] = {most->first, most->first.is_scalar() && v.is_signed > 0};
  }
  // Arguments have the type that the source gives them, if it is one that C has, too.
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code != opcode::argument || !op.result.is_pointer() || function_.parameters[op.index].by_value_size) return;
    const source_type t = parse_source_type(reflection_.arguments[op.index].element_type);
    if (t.known) pointees_[&op] = {t.type, t.is_signed && t.type.is_scalar()};
  });
}

pointee kernel_text::pointee_of(const ir::operation& pointer) const {
  const auto found = pointees_.find(&root_of(pointer));
  return found == pointees_.end() ? pointee{} : found->second;
}

kernel_text::value kernel_text::pointer_value(std::string base, pointee p, bool is_const, ir::address_space space) {
  address a;
  a.base = std::move(base);
  a.points_to = p;
  a.is_const = is_const;
  a.space = space;
  value v;
  v.at = std::move(a);
  v.is_named = true;
  return v;
}

pointee kernel_text::argument_pointee(std::size_t parameter) const {
  pointee p;
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code == opcode::argument && op.index == parameter && pointees_.contains(&op)) p = pointees_.at(&op);
  });
  return p;
}

kernel_text::value kernel_text::number_parameter(std::size_t parameter, const std::string& name,
                                                 std::string& declaration) const {
  const ir::type type = function_.parameters[parameter].value;
  const source_type t = parse_source_type(reflection_.arguments[parameter].type_name);
  value v;
  v.is_named = true;
  v.type = spelling::of(type.element, t.known && t.is_signed && type.is_scalar());
  for (unsigned c = 0; c < type.components; ++c)
    v.parts.push_back({type.is_vector() ? name + "." + component_name(type.components, c) : name});
  declaration = "const " + dialect_.type_name(type, v.type.is_signed) + " " + name;
  return v;
}

const kernel_text::address& kernel_text::address_of(const ir::operation& pointer) {
  return *get(pointer).at; // NOLINT(bugprone-unchecked-optional-access): values of pointers have one
}

/// The index, in units of `unit` bytes, of what `a` points to; empty for the base itself. All scales are multiples.
std::string kernel_text::index_text(const address& a, std::int64_t unit) const {
  // Local and private memory is small: an index that stays inside it is right in 32 bits.
  const bool small = a.space == ir::address_space::local || a.space == ir::address_space::private_memory;
  const bool alone = a.terms.size() == 1 && a.bytes == 0 && a.terms[0].scale == unit;
  std::string text;
  for (const index_term& t : a.terms) {
    const std::int64_t factor = t.scale / unit;
    expression e = t.text;
    if (!alone && small && (t.is_wide || !t.is_signed))
      e = as(scalar_kind::i32, true, e);
    else if (!alone && !small && !t.is_wide)
      e = as(scalar_kind::i64, t.is_signed, e);
    if (!text.empty()) text += " + ";
    text += factor == 1 ? bracketed(e, alone ? binding::conditional : binding::product)
                        : bracketed(e, binding::product) + " * " + std::to_string(factor);
  }
  const std::int64_t constant = a.bytes / unit;
  if (constant != 0 && text.empty()) return std::to_string(constant);
  if (constant > 0) text += " + " + std::to_string(constant);
  if (constant < 0) text += " - " + std::to_string(-constant);
  return text;
}

expression kernel_text::object(const address& a, pointee accessed, bool is_volatile) const {
  const auto divisible = [&](std::int64_t unit, bool with_bytes) {
    return std::all_of(a.terms.begin(), a.terms.end(), [&](const index_term& t) { return t.scale % unit == 0; }) &&
           (!with_bytes || a.bytes % unit == 0);
  };
  const ir::type have = a.points_to.type, want = accessed.type;
  const std::string type = dialect_.type_name(want, accessed.is_signed);
  const auto element = [](const std::string& base, const std::string& index) {
    return expression{base + "[" + (index.empty() ? "0" : index) + "]"};
  };
  const auto have_bytes = static_cast<std::int64_t>(element_bytes(have));
  const auto want_bytes = static_cast<std::int64_t>(element_bytes(want));
  const bool same = have == want && (!want.is_scalar() || a.points_to.is_signed == accessed.is_signed);
  if (!is_volatile && same && divisible(have_bytes, true)) return element(a.base, index_text(a, have_bytes));
  if (!is_volatile && want.is_scalar() && have.is_vector() && have.element == want.element && !want.is_integer() &&
      divisible(have_bytes, false)) {
    const std::int64_t whole = a.bytes >= 0 ? a.bytes / have_bytes : -((-a.bytes + have_bytes - 1) / have_bytes);
    const std::int64_t rest = a.bytes - whole * have_bytes;
    if (rest % want_bytes == 0 && rest / want_bytes < have.components) {
      address element_address = a;
      element_address.bytes = whole * have_bytes;
      return {element(a.base, index_text(element_address, have_bytes)).text + "." +
              component_name(have.components, static_cast<unsigned>(rest / want_bytes))};
    }
  }
  const std::string cast = dialect_.pointer_cast(type, a.space, a.is_const, is_volatile);
  if (divisible(want_bytes, true)) {
    if (a.terms.empty() && a.bytes == 0) return {"*" + cast + a.base, binding::unary};
    return element("(" + cast + a.base + ")", index_text(a, want_bytes));
  }
  return {"*" + cast + "(" + byte_pointer(a) + " + " + index_text(a, 1) + ")", binding::unary};
}

/// The base as a pointer to bytes.
std::string kernel_text::byte_pointer(const address& a) const {
  return dialect_.pointer_cast(std::string(dialect_.scalar_name(scalar_kind::i8, false)), a.space, a.is_const) + a.base;
}

/// `number` as a pointer of type `p`*.
std::string kernel_text::pointer_from(const expression& number, pointee p, ir::address_space space) const {
  return dialect_.pointer_cast(dialect_.type_name(p.type, p.is_signed), space, false) +
         bracketed(number, binding::unary);
}

/// `a` as an expression of type `wanted`*, without const.
expression kernel_text::pointer_text(const address& a, pointee wanted) const {
  const auto unit = static_cast<std::int64_t>(element_bytes(a.points_to.type));
  const bool same = a.points_to.type == wanted.type && a.points_to.is_signed == wanted.is_signed && !a.is_const;
  const std::string whole_cast =
      dialect_.pointer_cast(dialect_.type_name(wanted.type, wanted.is_signed), a.space, false);
  const std::string cast = same ? "" : whole_cast;
  const binding level = same ? binding::primary : binding::unary;
  if (a.terms.empty() && a.bytes == 0) return {cast + a.base, level};
  const bool in_elements = a.bytes % unit == 0 && std::all_of(a.terms.begin(), a.terms.end(),
                                                              [&](const index_term& t) { return t.scale % unit == 0; });
  if (in_elements) {
    const std::string sum = a.base + " + " + index_text(a, unit);
    return same ? expression{sum, binding::sum} : expression{cast + "(" + sum + ")", binding::unary};
  }
  return {whole_cast + "(" + byte_pointer(a) + " + " + index_text(a, 1) + ")", binding::unary};
}

expression kernel_text::pointer_text(const ir::operation& pointer, pointee wanted) {
  const address& a = address_of(pointer);
  if (a.space != pointer.result.space)
    throw unprintable(pointer.location,
                      "a pointer into a struct that is passed by value is kept or compared, and is to "
                      "another address space than the pointers it is kept with");
  return pointer_text(a, wanted);
}

kernel_text::value kernel_text::pointer_add(const ir::operation& op) {
  value v;
  v.at = address_of(*op.operands[0]);
  v.at->bytes += op.immediate;
  if (op.operands.size() < 2) return v;
  const ir::operation& index = *op.operands[1];
  if (index.code == opcode::constant) {
    get(index);
    const unsigned width = ir::bit_width(index.result.element);
    const std::uint64_t shifted = index.bits << (64 - width);
    const std::int64_t number = op.index_signed ? static_cast<std::int64_t>(shifted) >> (64 - width)
                                                : static_cast<std::int64_t>(shifted >> (64 - width));
    // Multiplied as the processor would: modulo 2^64.
    v.at->bytes += static_cast<std::int64_t>(static_cast<std::uint64_t>(number) * static_cast<std::uint64_t>(op.scale));
    return v;
  }
  index_term term;
  term.scale = op.scale;
  const spelling held = values_[index.id].type;
  if (index.result.element == scalar_kind::i64) {
    // The whole of a number that fills 32 bits is what those extend to.
    term.is_wide = held.held == scalar_kind::i64;
    term.is_signed = held.is_signed;
    term.text = part(index, 0, held);
  } else {
    term.is_signed = op.index_signed;
    term.text = part(index, 0, spelling::of(index.result.element, op.index_signed));
  }
  v.at->terms.push_back(std::move(term));
  return v;
}

} // namespace dotcompute::c_text
