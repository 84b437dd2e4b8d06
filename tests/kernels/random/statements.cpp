// SPDX-License-Identifier: MIT
#include "random/generator.hpp"

#include <algorithm>
#include <utility>

namespace random_programs {
namespace {

std::string number(std::size_t n) {
  return std::to_string(n);
}
constexpr value_type i32{element::i32, 1};
constexpr value_type u32{element::u32, 1};
constexpr value_type u64{element::u64, 1};

/// For the body of a loop that counts with `counter`, and whose turns the whole group makes together if it is
/// `uniform`.
scope inside_loop(scope s, const std::string& counter, bool uniform) {
  s.in_loop = true;
  s.in_switch = false;
  s.uniform = s.uniform && uniform;
  s.group_loop = uniform;
  s.variables.push_back({counter, i32, false, uniform});
  return s;
}

} // namespace

const variable* generator::assignable(const scope& s, bool scalar_only) {
  std::vector<const variable*> fitting;
  for (const variable& v : s.variables) {
    // A uniform variable stays uniform only if the whole group assigns it.
    if (v.assignable && (!v.uniform || s.uniform) && (!scalar_only || v.type.is_scalar())) fitting.push_back(&v);
  }
  return fitting.empty() ? nullptr : fitting[pick_.below(fitting.size())];
}

std::vector<statement> generator::block(scope s, std::size_t count) {
  std::vector<statement> body;
  ++s.nesting;
  for (std::size_t i = 0; i < count && budget_ > 0; ++i)
    statement_into(body, s);
  return body;
}

void generator::statement_into(std::vector<statement>& out, scope& s) {
  if (budget_ == 0) return;
  --budget_;
  const std::size_t kind = pick_.below(100);
  const bool deep = s.nesting > 4;
  if (kind < 2 && !deep)
    first_turn_loop(out, s);
  else if (kind < 4 && !deep)
    strided_loop(out, s);
  else if (kind < 6)
    kept_condition(out, s);
  else if (kind < 18)
    declaration(out, s);
  else if (kind < 36)
    assignment(out, s);
  else if (kind < 44)
    hashing(out, s);
  else if (kind < 50)
    memory_write(out, s);
  else if (kind < 62 && !deep)
    branch(out, s);
  else if (kind < 71 && !deep)
    loop(out, s);
  else if (kind < 76 && !deep)
    switching(out, s);
  else if (kind < 82)
    exit(out, s);
  else if (kind < 88)
    exchange(out, s);
  else if (kind < 91)
    atomic(out, s);
  else if (kind < 94)
    call(out, s);
  else if (kind < 96)
    guarded_division(out, s);
  else if (kind < 98)
    pointers(out, s);
  else
    array_declaration(out, s);
}

void generator::declaration(std::vector<statement>& out, scope& s) {
  if (pick_.chance(6)) {
    const std::string name = fresh("s");
    out.push_back({"record " + name + " = {$0, $1, {1, 2, $2}, (short4)($3), 7};",
                   {value(s, i32, 2), value(s, {element::f32, 1}, 2), value(s, {element::u8, 1}, 1),
                    value(s, {element::i16, 1}, 1)}});
    s.records.push_back(name);
    return;
  }
  const bool uniform = has_barriers_ && s.in_kernel && s.uniform && pick_.chance(25);
  const value_type t = uniform ? i32 : any_type();
  const std::string name = fresh(uniform ? "w" : "v");
  out.push_back({t.name() + " " + name + " = $0;", {value(s, t, 1 + pick_.below(4), uniform)}});
  s.variables.push_back({name, t, true, uniform});
}

void generator::array_declaration(std::vector<statement>& out, scope& s) {
  const value_type t = any_type();
  const std::size_t size = 2 + pick_.below(7);
  const std::string name = fresh("t");
  out.push_back({t.name() + " " + name + "[" + number(size) + "]; for (int i = 0; i < " + number(size) + "; ++i) " +
                     name + "[i] = $0;",
                 {value(s, t, 2)}});
  s.arrays.push_back({name, t, size});
}

void generator::assignment(std::vector<statement>& out, scope& s) {
  const variable* const v = assignable(s);
  if (v == nullptr) return declaration(out, s);
  const value_type t = v->type;
  const std::size_t depth = 1 + pick_.below(4);
  if (!t.is_scalar() && pick_.chance(40)) {
    const char c = "0123456789abcdef"[pick_.below(t.components)];
    out.push_back({v->name + ".s" + c + " = $0;", {value(s, t.scalar(), depth)}});
  } else if (!t.is_scalar() && t.components != 3 && pick_.chance(30)) {
    value_type half = t;
    half.components /= 2;
    const char* const part = std::array{".lo", ".hi", ".even", ".odd"}[pick_.below(4)];
    out.push_back({v->name + part + " = $0;", {value(s, half, depth)}});
  } else if (!t.is_signed() && pick_.chance(30)) {
    const char* const op =
        std::array{"+=", "-=", "*=", "^=", "|=", "&="}[pick_.below(t == value_type{element::u16, 1} ? 2 : 6)];
    out.push_back({v->name + " " + op + " $0;", {value(s, t, depth, v->uniform)}});
  } else if (t.is_float() && pick_.chance(30)) {
    const char* const op = std::array{"+=", "-=", "*="}[pick_.below(3)];
    out.push_back({v->name + " " + op + " $0;", {value(s, t, depth, v->uniform)}});
  } else {
    out.push_back({v->name + " = $0;", {value(s, t, depth, v->uniform)}});
  }
}

void generator::memory_write(std::vector<statement>& out, scope& s) {
  const std::size_t depth = 1 + pick_.below(3);
  if (!s.arrays.empty() && pick_.chance(50)) {
    const array& a = s.arrays[pick_.below(s.arrays.size())];
    out.push_back(
        {a.name + "[$0 % " + number(a.size) + "u] = $1;", {value(s, u32, depth), value(s, a.element, depth)}});
    return;
  }
  if (!s.records.empty() && pick_.chance(60)) {
    const std::string& r = s.records[pick_.below(s.records.size())];
    switch (pick_.below(6)) {
    case 0: out.push_back({r + ".a = $0;", {value(s, i32, depth)}}); break;
    case 1: out.push_back({r + ".b = $0;", {value(s, {element::f32, 1}, depth)}}); break;
    case 2: out.push_back({r + ".c[$0 % 4u] = $1;", {value(s, u32, depth), value(s, {element::u8, 1}, depth)}}); break;
    case 3: out.push_back({r + ".d.yw = $0;", {value(s, {element::i16, 2}, depth)}}); break;
    case 4: out.push_back({r + ".e += $0;", {value(s, u64, depth)}}); break;
    default: out.push_back({r + " = " + s.records[pick_.below(s.records.size())] + ";"}); break;
    }
    return;
  }
  if (!s.in_kernel) return assignment(out, s);
  if (pick_.chance(70)) {
    out.push_back({"mine[$0 % 8u] = $1;", {value(s, u32, depth), value(s, i32, depth)}});
  } else if (pick_.chance(50)) {
    out.push_back({"((global uchar*)mine)[$0 % 32u] = $1;", {value(s, u32, depth), value(s, {element::u8, 1}, depth)}});
  } else {
    out.push_back({"vstore2($0, $1 % 4u, mine);", {value(s, {element::i32, 2}, depth), value(s, u32, depth)}});
  }
}

void generator::hashing(std::vector<statement>& out, scope& s) {
  const value_type t = any_type();
  if (!s.in_kernel) return assignment(out, s);
  if (t.is_scalar()) {
    out.push_back({"h = mix_" + t.name() + "(h, $0);", {value(s, t, 1 + pick_.below(4))}});
    return;
  }
  std::string text = "{ " + t.name() + " x = $0;";
  for (unsigned i = 0; i < t.components; ++i) {
    text += std::string(" h = mix_") + t.scalar().name() + "(h, x.s" + "0123456789abcdef"[i] + ");";
  }
  out.push_back({text + " }", {value(s, t, 1 + pick_.below(3))}});
}

void generator::branch(std::vector<statement>& out, scope& s) {
  const bool uniform = has_barriers_ && s.in_kernel && s.uniform && pick_.chance(40);
  scope inner = s;
  inner.uniform = s.uniform && uniform;
  const std::size_t depth = 1 + pick_.below(3);
  const variable* const touched = pick_.chance(15) && !uniform ? assignable(s, true) : nullptr;
  if (touched != nullptr && touched->type == i32 && !touched->uniform) {
    // The second operand changes a variable only if it is evaluated.
    const char* const text = pick_.chance(50) ? "if ($0 && bump(&" : "if ($0 || bump(&";
    out.push_back({text + touched->name + ") > 3) @0", {condition(s, depth)}, {block(inner, 1 + pick_.below(3))}});
    return;
  }
  if (pick_.chance(50)) {
    out.push_back({"if ($0) @0", {condition(s, depth, uniform)}, {block(inner, 1 + pick_.below(4))}});
  } else {
    expression c = condition(s, depth, uniform);
    auto yes = block(inner, 1 + pick_.below(3));
    auto no = block(inner, 1 + pick_.below(3));
    out.push_back({"if ($0) @0 else @1", {std::move(c)}, {std::move(yes), std::move(no)}});
  }
}

void generator::loop(std::vector<statement>& out, scope& s) {
  const bool uniform = has_barriers_ && s.in_kernel && s.uniform && pick_.chance(50);
  const std::string c = fresh("c");
  const scope inner = inside_loop(s, c, uniform);
  const std::size_t depth = 1 + pick_.below(3);
  const std::string most = number(2 + pick_.below(s.nesting > 2 ? 2 : 6));
  const std::size_t count = 1 + pick_.below(4);
  switch (pick_.below(4)) {
  case 0:
    out.push_back({"for (int " + c + " = 0; " + c + " < " + most + "; ++" + c + ") @0", {}, {block(inner, count)}});
    break;
  case 1: {
    expression bound = value(s, u32, depth, uniform);
    out.push_back({"for (int " + c + " = (int)($0 % " + most + "u); " + c + " >= 0; --" + c + ") @0",
                   {std::move(bound)},
                   {block(inner, count)}});
    break;
  }
  case 2: {
    // The condition is evaluated each time round and may change with the body's variables.
    expression going = condition(s, depth, uniform);
    out.push_back({"for (int " + c + " = 0; " + c + " < " + most + " && $0; ++" + c + ") @0",
                   {std::move(going)},
                   {block(inner, count)}});
    break;
  }
  default: {
    expression going = condition(s, depth, uniform);
    // The counter is stepped in the condition so that `continue` cannot pass it by.
    if (pick_.chance(50)) {
      out.push_back({"int " + c + " = 0; while (" + c + "++ < " + most + " && $0) @0",
                     {std::move(going)},
                     {block(inner, count)}});
    } else {
      out.push_back({"int " + c + " = 0; do @0 while (++" + c + " < " + most + " && $0);",
                     {std::move(going)},
                     {block(inner, count)}});
    }
    break;
  }
  }
}

/// What the first turn leaves, the others begin with, across barriers if there are any: a variable without a first
/// value, and an array.
void generator::first_turn_loop(std::vector<statement>& out, scope& s) {
  const bool uniform = has_barriers_ && s.in_kernel && s.uniform;
  const std::string c = fresh("c"), v = fresh("v"), t = fresh("t");
  scope inner = inside_loop(s, c, uniform);
  std::vector<expression> made{value(s, i32, 2), value(inner, i32, 2)};
  inner.variables.push_back({v, i32, true, false});
  inner.arrays.push_back({t, i32, 3});
  auto body = block(inner, 1 + pick_.below(4));
  out.push_back({"int " + v + ", " + t + "[3]; for (int " + c + " = 0; " + c + " < " + number(2 + pick_.below(3)) +
                     "; ++" + c + ") { if (" + c + " == 0) { " + v + " = $0; " + t + "[0] = " + t + "[1] = " + t +
                     "[2] = " + v + "; } else { " + v + " = add_int(" + v + ", $1); " + t + "[" + c + " % 3] = " + v +
                     "; } @0 }",
                 std::move(made),
                 {std::move(body)}});
}

/// A work-group walks through memory in steps of its own size, or of another.
void generator::strided_loop(std::vector<statement>& out, scope& s) {
  if (!s.in_kernel) return assignment(out, s);
  const std::string c = fresh("c"), v = fresh("v");
  const std::string first = has_barriers_ && pick_.chance(70) ? "lid" : "gid";
  const std::string step = pick_.chance(60) ? number(group_size_) : number(1 + pick_.below(40));
  const std::string type = pick_.chance(50) ? "uint " : pick_.chance(50) ? "int " : "long ";
  const std::string end = number(pick_.below(65));
  out.push_back({"int " + v + " = $0; for (" + type + c + " = " + first + "; " + c +
                     (pick_.chance(70) ? " < " : " <= ") + end + "; " + c + " += " + step + ") " + v + " = add_int(" +
                     v + ", a[" + c + (end == "64" ? " % 64" : "") + "] ^ (int)" + c + ");",
                 {value(s, i32, 2)}});
  s.variables.push_back({v, i32});
}

void generator::kept_condition(std::vector<statement>& out, scope& s) {
  const std::string name = fresh("f");
  out.push_back({"const bool " + name + " = $0;", {condition(s, 2)}});
  s.flags.push_back(name);
}

void generator::switching(std::vector<statement>& out, scope& s) {
  const bool uniform = has_barriers_ && s.in_kernel && s.uniform && pick_.chance(30);
  scope inner = s;
  inner.in_switch = true;
  inner.uniform = s.uniform && uniform;
  const std::size_t cases = 2 + pick_.below(4);
  statement made{"switch ($0 % " + number(cases + 1) + "u) { ", {value(s, u32, 1 + pick_.below(3), uniform)}};
  const std::size_t preset = pick_.below(cases + 1);
  for (std::size_t i = 0; i < cases; ++i) {
    // Falling through would take work-items that came here by another case along: fine without barriers in between.
    const bool falls = !uniform && pick_.chance(35);
    made.text += (i == preset ? "default: @" : "case " + number(i) + ": @") + number(i) + (falls ? " " : " break; ");
    made.bodies.push_back(block(inner, 1 + pick_.below(2)));
  }
  made.text += "}";
  out.push_back(std::move(made));
}

void generator::exit(std::vector<statement>& out, scope& s) {
  if (s.in_loop && pick_.chance(75)) {
    if (s.group_loop && !s.uniform) return assignment(out, s);
    const char* const word = pick_.chance(50) && !s.in_switch ? "break;" : "continue;";
    expression c = condition(s, 2, s.group_loop);
    out.push_back({std::string("if ($0) ") + word, {std::move(c)}});
    return;
  }
  if (!s.in_kernel) {
    out.push_back({"if ($0) return $1;", {condition(s, 2), value(s, s.result, 2)}});
    return;
  }
  if (pick_.chance(50)) return hashing(out, s);
  const bool uniform = has_barriers_ && (!limits_.return_before_barriers || s.in_loop);
  if (uniform && !s.uniform) return hashing(out, s);
  if (has_barriers_ && !s.uniform && s.nesting > 1) return hashing(out, s);
  out.push_back({"if ($0) { out[gid] = h; return; }", {condition(s, 2, uniform)}});
}

void generator::exchange(std::vector<statement>& out, scope& s) {
  if (!has_barriers_ || !s.in_kernel || !s.uniform) return assignment(out, s);
  const std::string size = number(group_size_);
  switch (pick_.below(3)) {
  case 0: {
    const std::string name = fresh("v");
    out.push_back({"barrier(CLK_LOCAL_MEM_FENCE); l[lid] = $0; barrier(CLK_LOCAL_MEM_FENCE); int " + name +
                       " = l[(uint)(lid + (int)($1 % " + size + "u)) % " + size + "u];",
                   {value(s, i32, 1 + pick_.below(3)), value(s, u32, 2)}});
    s.variables.push_back({name, i32});
    break;
  }
  case 1: {
    // The sum over the group: uniform.
    const std::string name = fresh("w");
    out.push_back({"barrier(CLK_LOCAL_MEM_FENCE); l[lid] = $0; barrier(CLK_LOCAL_MEM_FENCE); int " + name +
                       " = 0; for (int i = 0; i < " + size + "; ++i) " + name + " = add_int(" + name + ", l[i]); ",
                   {value(s, i32, 1 + pick_.below(3))}});
    s.variables.push_back({name, i32}); // equal in every item, though not provably
    break;
  }
  default:
    out.push_back({"barrier(CLK_LOCAL_MEM_FENCE); atomic_add(&l[" + size +
                       " + ($0 % 4u)], $1); barrier(CLK_LOCAL_MEM_FENCE);"
                       " h = mix_int(h, l[" +
                       size + " + ($2 % 4u)]);",
                   {value(s, u32, 1), value(s, i32, 2), value(s, u32, 1)}});
    break;
  }
}

void generator::atomic(std::vector<statement>& out, scope& s) {
  if (!s.in_kernel) return assignment(out, s);
  // One operation a slot: the final value does not depend on the order.
  const std::size_t which = pick_.below(7);
  const char* const names[] = {"atomic_add", "atomic_sub", "atomic_and", "atomic_or",
                               "atomic_xor", "atomic_min", "atomic_max"};
  out.push_back({std::string(names[which]) + "(counters + " + number(2 * which) + " + ($0 & 1u), $1);",
                 {value(s, u32, 2), value(s, i32, 2)}});
}

void generator::call(std::vector<statement>& out, scope& s) {
  for (const helper& h : helpers_) {
    if (!h.has_pointer) continue;
    const std::string target = fresh("v"), result = fresh("v");
    std::string text = "int " + target + " = $0; " + h.result.name() + " " + result + " = " + h.name + "(";
    std::vector<expression> given{value(s, i32, 1)};
    for (std::size_t i = 0; i < h.parameters.size(); ++i) {
      text += "$" + number(i + 1) + ", ";
      given.push_back(value(s, h.parameters[i], 2));
    }
    out.push_back({text + "&" + target + ");", std::move(given)});
    s.variables.push_back({target, i32});
    s.variables.push_back({result, h.result});
    return;
  }
  assignment(out, s);
}

void generator::guarded_division(std::vector<statement>& out, scope& s) {
  const variable* const v = assignable(s, true);
  if (v == nullptr || v->type.is_float() || v->uniform) return assignment(out, s);
  const std::string t = v->type.name();
  const char* const op = pick_.chance(50) ? "/" : "%";
  // Work-items with a zero divisor are switched off here.
  out.push_back({"{ " + t + " d = $0; if (d != 0 && d != (" + t + ")-1) " + v->name + " = $1 " + op + " d; }",
                 {value(s, v->type, 2), value(s, v->type, 2)}});
}

void generator::pointers(std::vector<statement>& out, scope& s) {
  std::vector<std::string> targets;
  for (const variable& v : s.variables) {
    if (v.type == i32 && v.assignable && !v.uniform) targets.push_back("&" + v.name);
  }
  for (const array& a : s.arrays) {
    if (a.element == i32) targets.push_back("&" + a.name + "[" + number(pick_.below(a.size)) + "]");
  }
  for (const std::string& r : s.records)
    targets.push_back("&" + r + ".a");
  if (targets.size() < 2) return assignment(out, s);
  const std::string p = fresh("p");
  out.push_back({"{ int* " + p + " = $0 ? " + targets[pick_.below(targets.size())] + " : " +
                     targets[pick_.below(targets.size())] + "; *" + p + " = add_int(*" + p + ", $1); }",
                 {condition(s, 2), value(s, i32, 2)}});
}

} // namespace random_programs
