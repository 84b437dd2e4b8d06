// SPDX-License-Identifier: MIT
#include "random/generator.hpp"

#include <utility>

namespace random_programs {
namespace {

std::string number(std::size_t n) {
  return std::to_string(n);
}

expression make(std::string text, value_type t, std::vector<expression> operands = {}) {
  return {std::move(text), t.name(), std::move(operands)};
}

std::string component(std::size_t i) {
  return std::string(1, "0123456789abcdef"[i]);
}

} // namespace

expression generator::literal(value_type t) {
  std::string text;
  if (t.is_float()) {
    const std::vector<std::string> values{"0.0", "1.0", "-1.5", "0.25", "3.0", "100.125", "-7.75", "1e-3", "65536.0"};
    text = values[pick_.below(values.size())] + (t.base == element::f32 ? "f" : "");
  } else {
    const std::vector<std::string> values{"0", "1", "2", "3", "5", "7", "12", "31", "63", "100", "127"};
    text = values[pick_.below(values.size())];
    if (pick_.chance(15))
      text = t.extreme(pick_.below(3));
    else if (pick_.chance(25))
      text = "-" + text;
  }
  return make("((" + t.name() + ")(" + text + "))", t);
}

expression generator::from_variable(const scope& s, value_type t, bool uniform) {
  std::vector<const variable*> fitting, others;
  for (const variable& v : s.variables) {
    if (uniform && !v.uniform) continue;
    if (v.type == t)
      fitting.push_back(&v);
    else if (v.type.components == t.components)
      others.push_back(&v);
  }
  if (!fitting.empty() && pick_.chance(others.empty() ? 100 : 75))
    return make(fitting[pick_.below(fitting.size())]->name, t);
  if (!others.empty()) {
    const variable& v = *others[pick_.below(others.size())];
    return converted(make(v.name, v.type), v.type, t);
  }
  return literal(t);
}

/// `e` of type `from` as a `to` with as many components.
expression generator::converted(expression e, value_type from, value_type to) {
  if (from == to) return e;
  if (from.is_float() && !to.is_float()) {
    // In the range of int, and a NaN becomes a number.
    const std::string limit = "(" + from.scalar().name() + ")", i32 = value_type{element::i32, to.components}.name();
    return make("convert_" + to.name() + "_sat(convert_" + i32 + "(fmin(fmax($0, " + limit + "-30000), " + limit +
                    "30000)))",
                to, {std::move(e)});
  }
  if (to.is_scalar() && pick_.chance(50)) return make("((" + to.name() + ")$0)", to, {std::move(e)});
  const bool saturates = !to.is_float() && !from.is_float() && pick_.chance(40);
  return make("convert_" + to.name() + (saturates ? "_sat" : "") + "($0)", to, {std::move(e)});
}

expression generator::leaf(const scope& s, value_type t, bool uniform) {
  const std::size_t kind = pick_.below(10);
  if (kind < 6) return from_variable(s, t, uniform);
  if (kind < 8 || !s.in_kernel) return literal(t);
  if (!t.is_scalar()) return make("((" + t.name() + ")($0))", t, {leaf(s, t.scalar(), uniform)});
  if (uniform)
    return converted(make(pick_.chance(50) ? "u0" : "(int)get_group_id(0)", {element::i32, 1}), {element::i32, 1}, t);
  if (t.is_float())
    return converted(make("b[(uint)(gid + $0) % 64u]", {element::f32, 1}, {literal({element::i32, 1})}),
                     {element::f32, 1}, t);
  return converted(make(pick_.chance(50) ? "a[(uint)(gid + $0) % 64u]" : "(gid + 0 * $0)", {element::i32, 1},
                        {literal({element::i32, 1})}),
                   {element::i32, 1}, t);
}

expression generator::condition(const scope& s, std::size_t depth, bool uniform) {
  const value_type t = uniform ? value_type{element::i32, 1} : any_scalar();
  const std::vector<std::string> operators{"<", "<=", ">", ">=", "==", "!="};
  const value_type yes{element::i32, 1};
  const std::size_t kind = pick_.below(10);
  if (!uniform && !s.flags.empty() && pick_.chance(15)) return make(s.flags[pick_.below(s.flags.size())], yes);
  if (!uniform && s.in_kernel && pick_.chance(10)) {
    // An edge of the range.
    const std::string limit = std::to_string(pick_.below(40));
    const char* const text =
        std::array{"(gid == ", "(gid != ", "(gid < ", "(gid >= ", "(3 <= gid && gid < "}[pick_.below(5)];
    return make(text + limit + ")", yes);
  }
  if (kind < 2 && depth > 1) {
    return make(pick_.chance(50) ? "($0 && $1)" : "($0 || $1)", yes,
                {condition(s, depth - 1, uniform), condition(s, depth - 1, uniform)});
  }
  if (kind == 2 && depth > 1) return make("(!$0)", yes, {condition(s, depth - 1, uniform)});
  if (kind == 3 && !t.is_float()) return make("(($0 & 3) == $1)", yes, {value(s, t, depth - 1, uniform), literal(t)});
  if (kind == 4 && !uniform) {
    value_type v = t;
    v.components = 4;
    return make(std::string(pick_.chance(50) ? "any" : "all") + "($0 " + operators[pick_.below(6)] + " $1)", yes,
                {value(s, v, depth - 1, false), value(s, v, depth - 1, false)});
  }
  return make("($0 " + operators[pick_.below(6)] + " $1)", yes,
              {value(s, t, depth - 1, uniform), value(s, t, depth - 1, uniform)});
}

expression generator::value(const scope& s, value_type t, std::size_t depth, bool uniform) {
  if (depth == 0 || pick_.chance(15) || depth > 20) return leaf(s, t, uniform);
  const auto sub = [&](value_type of) { return value(s, of, depth - 1, uniform); };
  const std::size_t kind = pick_.below(100);
  if (kind < 8) {
    const std::string chosen = t.is_scalar() ? "((" + t.name() + ")($0 ? $1 : $2))" : "($0 ? $1 : $2)";
    return make(chosen, t, {condition(s, depth, uniform), sub(t), sub(t)});
  }
  if (kind < 14) {
    value_type from{static_cast<element>(pick_.below(10)), t.components};
    return converted(sub(from), from, t);
  }
  if (kind < 20 && !uniform) {
    if (auto e = from_memory(s, t, depth)) return std::move(*e);
  }
  if (kind < 26 && !uniform) {
    if (auto e = from_helper(s, t, depth)) return std::move(*e);
  }
  if (kind < 34 && t.is_scalar()) {
    value_type v = t;
    v.components = std::array{2, 3, 4, 8, 16}[pick_.below(5)];
    return make("($0).s" + component(pick_.below(v.components)), t, {sub(v)});
  }
  if (!t.is_scalar()) {
    if (kind < 36) return built(s, t, depth, uniform);
    if (kind < 44) return swizzled(s, t, depth, uniform);
  }
  return t.is_float() ? float_operation(s, t, depth, uniform) : integer_operation(s, t, depth, uniform);
}

expression generator::built(const scope& s, value_type t, std::size_t depth, bool uniform) {
  std::vector<expression> parts;
  std::string text = "((" + t.name() + ")(";
  for (unsigned i = 0; i < t.components; ++i) {
    text += (i == 0 ? "$" : ", $") + number(i);
    parts.push_back(i < 4 ? value(s, t.scalar(), depth / 2, uniform) : leaf(s, t.scalar(), uniform));
  }
  return make(text + "))", t, std::move(parts));
}

expression generator::swizzled(const scope& s, value_type t, std::size_t depth, bool uniform) {
  value_type from = t;
  if (t.components != 3 && t.components != 16 && pick_.chance(40)) {
    from.components = t.components * 2;
    const std::vector<std::string> halves{"lo", "hi", "even", "odd"};
    return make("($0)." + halves[pick_.below(4)], t, {value(s, from, depth - 1, uniform)});
  }
  from.components = std::array{2, 3, 4, 8, 16}[pick_.below(5)];
  std::string text = "($0).s";
  for (unsigned i = 0; i < t.components; ++i)
    text += component(pick_.below(from.components));
  return make(text, t, {value(s, from, depth - 1, uniform)});
}

std::optional<expression> generator::from_memory(const scope& s, value_type t, std::size_t depth) {
  const value_type index{element::u32, 1};
  if (!s.arrays.empty() && pick_.chance(60)) {
    const array& a = s.arrays[pick_.below(s.arrays.size())];
    if (a.element.components != t.components) return std::nullopt;
    return converted(make(a.name + "[$0 % " + number(a.size) + "u]", a.element, {value(s, index, depth - 1)}),
                     a.element, t);
  }
  if (!s.records.empty() && t.is_scalar()) {
    const std::string& r = s.records[pick_.below(s.records.size())];
    const value_type u8{element::u8, 1}, i16{element::i16, 1}, f32{element::f32, 1}, u64{element::u64, 1};
    switch (pick_.below(5)) {
    case 0: return converted(make(r + ".a", {element::i32, 1}), {element::i32, 1}, t);
    case 1: return converted(make(r + ".b", f32), f32, t);
    case 2: return converted(make(r + ".c[$0 % 4u]", u8, {value(s, index, depth - 1)}), u8, t);
    case 3: return converted(make(r + ".d.s" + component(pick_.below(4)), i16), i16, t);
    default: return converted(make(r + ".e", u64), u64, t);
    }
  }
  if (!s.in_kernel || !t.is_scalar()) return std::nullopt;
  const value_type i32{element::i32, 1}, u8{element::u8, 1};
  if (pick_.chance(50)) return converted(make("mine[$0 % 8u]", i32, {value(s, index, depth - 1)}), i32, t);
  return converted(make("((global uchar*)mine)[$0 % 32u]", u8, {value(s, index, depth - 1)}), u8, t);
}

std::optional<expression> generator::from_helper(const scope& s, value_type t, std::size_t depth) {
  if (helpers_.empty()) return std::nullopt;
  const helper& h = helpers_[pick_.below(helpers_.size())];
  if (h.has_pointer || h.result.components != t.components) return std::nullopt;
  std::vector<expression> given;
  std::string text = h.name + "(";
  for (std::size_t i = 0; i < h.parameters.size(); ++i) {
    text += (i == 0 ? "$" : ", $") + number(i);
    given.push_back(value(s, h.parameters[i], depth / 2));
  }
  return converted(make(text + ")", h.result, std::move(given)), h.result, t);
}

expression generator::integer_operation(const scope& s, value_type t, std::size_t depth, bool uniform) {
  const auto sub = [&](value_type of) { return value(s, of, depth - 1, uniform); };
  const auto two = [&](const std::string& text) { return make(text, t, {sub(t), sub(t)}); };
  const std::string n = t.name(), u = t.as_unsigned().name();
  switch (pick_.below(26)) {
  case 0:
  case 1:
  case 2:
    if (t.is_scalar()) return two("add_" + n + "($0, $1)");
    return two("as_" + n + "(as_" + u + "($0) + as_" + u + "($1))");
  case 3:
  case 4:
    if (t.is_scalar()) return two("sub_" + n + "($0, $1)");
    return two("as_" + n + "(as_" + u + "($0) - as_" + u + "($1))");
  case 5:
  case 6:
    if (t.is_scalar()) return two("mul_" + n + "($0, $1)");
    return two("as_" + n + "(as_" + u + "($0) * as_" + u + "($1))");
  case 7:
    if (t.is_scalar()) return two("div_" + n + "($0, $1)");
    return two("as_" + n + "(as_" + u + "($0) / (as_" + u + "($1) | (" + u + ")(1)))");
  case 8:
    if (t.is_scalar()) return two("rem_" + n + "($0, $1)");
    return two("as_" + n + "(as_" + u + "($0) % (as_" + u + "($1) | (" + u + ")(1)))");
  case 9: return two("((" + n + ")($0 & $1))");
  case 10: return two("((" + n + ")($0 | $1))");
  case 11: return two("((" + n + ")($0 ^ $1))");
  case 12: return make("((" + n + ")~$0)", t, {sub(t)});
  case 13:
    return t.is_scalar() ? two("((" + n + ")((" + u + ")$0 << ($1 & 7)))")
                         : two("as_" + n + "(as_" + u + "($0) << as_" + u + "($1))");
  case 14: return two("((" + n + ")($0 >> $1))");
  case 15: return two(pick_.chance(50) ? "min($0, $1)" : "max($0, $1)");
  case 16: return two(pick_.chance(50) ? "add_sat($0, $1)" : "sub_sat($0, $1)");
  case 17: return two(pick_.chance(50) ? "hadd($0, $1)" : "rhadd($0, $1)");
  case 18: return make(pick_.chance(50) ? "clz($0)" : "popcount($0)", t, {sub(t)});
  case 19: return two("mul_hi($0, $1)");
  case 20: return two("rotate($0, $1)");
  case 21: return two("as_" + n + "(abs_diff($0, $1))");
  case 22: return make("as_" + n + "(abs($0))", t, {sub(t)});
  case 23: return make("bitselect($0, $1, $2)", t, {sub(t), sub(t), sub(t)});
  case 24: return make("select($0, $1, $2)", t, {sub(t), sub(t), sub(t.as_signed_integer())});
  default:
    if (t.is_scalar()) return make("((" + n + ")$0)", t, {condition(s, depth, uniform)});
    if (!t.is_signed()) return two("as_" + n + "($0 < $1)");
    return two(pick_.chance(50) ? "($0 == $1)" : "($0 < $1)");
  }
}

expression generator::float_operation(const scope& s, value_type t, std::size_t depth, bool uniform) {
  const auto sub = [&](value_type of) { return value(s, of, depth - 1, uniform); };
  const auto one = [&](const std::string& text) { return make(text, t, {sub(t)}); };
  const auto two = [&](const std::string& text) { return make(text, t, {sub(t), sub(t)}); };
  const std::string n = t.name(), zero = "(" + n + ")(0)";
  switch (pick_.below(15)) {
  case 0:
  case 1: return two("($0 + $1)");
  case 2: return two("($0 - $1)");
  case 3:
  case 4: return two("($0 * $1)");
  case 5: return two("($0 / $1)");
  case 6: return one("sqrt(fabs($0))");
  case 7: return make("fma($0, $1, $2)", t, {sub(t), sub(t), sub(t)});
  case 8: return one(std::vector<std::string>{"floor($0)", "ceil($0)", "trunc($0)", "rint($0)"}[pick_.below(4)]);
  case 9: return one(pick_.chance(50) ? "fabs($0)" : "(-$0)");
  case 10: return two((pick_.chance(50) ? "(fmin($0, $1)" : "(fmax($0, $1)") + std::string(" + ") + zero + ")");
  case 11: return make("select($0, $1, $2)", t, {sub(t), sub(t), sub(t.as_signed_integer())});
  case 12:
    if (t.is_scalar()) return make("((" + n + ")($2 < $3 ? $1 : $0))", t, {sub(t), sub(t), sub(t), sub(t)});
    return make("select($0, $1, $2 < $3)", t, {sub(t), sub(t), sub(t), sub(t)});
  case 13: return one("($0 * (" + n + ")(0.5))");
  default: {
    const value_type from{element::i32, t.components};
    return make("convert_" + n + "($0)", t, {sub(from)});
  }
  }
}

} // namespace random_programs
