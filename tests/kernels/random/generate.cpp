// SPDX-License-Identifier: MIT
#include "random/generator.hpp"

#include <utility>

namespace random_programs {
namespace {

std::string number(std::size_t n) {
  return std::to_string(n);
}
constexpr value_type i32{element::i32, 1};

} // namespace

generator::generator(std::uint64_t seed, std::string name, const generator_limits& limits)
    : pick_(seed), name_(std::move(name)), limits_(limits) {}

kernel generator::generated() {
  kernel k;
  k.name = name_;
  k.seed = pick_.seed();
  has_barriers_ = pick_.chance(50);
  choose_sizes(k);
  choose_types();
  const std::size_t helpers = pick_.below(4);
  for (std::size_t i = 0; i < helpers; ++i)
    k.functions.push_back(make_helper(i));
  k.functions.push_back(make_kernel(k));
  return k;
}

void generator::choose_sizes(kernel& k) {
  const std::vector<std::vector<std::size_t>> locals{{16}, {1}, {7, 3}, {17}, {40}, {4, 4, 2}, {32}, {3}};
  const std::vector<std::vector<std::size_t>> globals{{53}, {64}, {1}, {16}, {9, 5}, {3, 2, 7}, {90}, {17, 2}};
  if (has_barriers_ || pick_.chance(40)) {
    k.local = locals[pick_.below(locals.size())];
    k.global = k.local;
    for (std::size_t& g : k.global)
      g *= 1 + pick_.below(2);
  } else {
    k.global = globals[pick_.below(globals.size())];
  }
  for (const std::size_t l : k.local)
    group_size_ *= l;
  if (has_barriers_) k.local_bytes = 4 * group_size_ + 16;
}

void generator::choose_types() {
  const std::size_t count = 2 + pick_.below(4);
  types_.push_back(i32);
  for (std::size_t i = 0; i < count; ++i) {
    value_type t{static_cast<element>(pick_.below(10)), 1};
    if (pick_.chance(35)) t.components = std::array{2u, 3u, 4u, 4u, 8u, 16u}[pick_.below(6)];
    types_.push_back(t);
  }
}

function generator::make_helper(std::size_t index) {
  helper h;
  h.name = name_ + "_f" + number(index);
  h.result = any_type();
  h.has_pointer = pick_.chance(40);
  scope s;
  s.in_kernel = false;
  s.uniform = false;
  s.result = h.result;
  function f;
  f.head = h.result.name() + " " + h.name + "(";
  const std::size_t parameters = 1 + pick_.below(3);
  for (std::size_t i = 0; i < parameters; ++i) {
    h.parameters.push_back(any_type());
    const std::string name = "x" + number(i);
    f.head += (i == 0 ? "" : ", ") + h.parameters.back().name() + " " + name;
    s.variables.push_back({name, h.parameters.back()});
  }
  if (h.has_pointer) f.head += ", int* where";
  f.head += ")";
  budget_ = 3 + pick_.below(6);
  while (budget_ > 0)
    statement_into(f.body, s);
  if (h.has_pointer) f.body.push_back({"*where = $0;", {value(s, i32, 2)}});
  f.body.push_back({"return $0;", {value(s, h.result, 3)}, {}, true});
  helpers_.push_back(std::move(h));
  return f;
}

function generator::make_kernel(const kernel& k) {
  function f;
  f.head = "kernel ";
  if (!k.local.empty()) {
    f.head += "__attribute__((reqd_work_group_size(";
    for (std::size_t d = 0; d < 3; ++d)
      f.head += (d == 0 ? "" : ", ") + number(d < k.local.size() ? k.local[d] : 1);
    f.head += "))) ";
  }
  f.head += "void " + name_ +
            "(global const int* a, global const float* b, global ulong* out, global int* scratch, global int* "
            "counters, int u0";
  if (k.local_bytes != 0) f.head += ", local int* l";
  f.head += ")";
  f.body.push_back({"int gid = (int)((get_global_id(2) * get_global_size(1) + get_global_id(1)) * get_global_size(0) + "
                    "get_global_id(0));",
                    {},
                    {},
                    true});
  if (k.local_bytes != 0) {
    f.body.push_back({"int lid = (int)((get_local_id(2) * get_local_size(1) + get_local_id(1)) * get_local_size(0) + "
                      "get_local_id(0));",
                      {},
                      {},
                      true});
    f.body.push_back({"l[lid] = gid; if (lid == 0) for (int i = 0; i < 4; ++i) l[" + number(group_size_) +
                          " + i] = 0; barrier(CLK_LOCAL_MEM_FENCE);",
                      {},
                      {},
                      true});
  }
  f.body.push_back({"global int* mine = scratch + 8 * gid;", {}, {}, true});
  f.body.push_back({"ulong h = 14695981039346656037UL;", {}, {}, true});
  scope s;
  s.variables.push_back({"gid", i32, false, false});
  s.variables.push_back({"u0", i32, false, true});
  budget_ = 10 + pick_.below(30);
  while (budget_ > 0)
    statement_into(f.body, s);
  for (const variable& v : s.variables) {
    if (v.type.is_scalar()) f.body.push_back({"h = mix_" + v.type.name() + "(h, " + v.name + ");"});
  }
  f.tail = "out[gid] = h;";
  return f;
}

kernel generate(std::uint64_t seed, const std::string& name, const generator_limits& limits) {
  return generator(seed, name, limits).generated();
}

} // namespace random_programs
