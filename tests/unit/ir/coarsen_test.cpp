// SPDX-License-Identifier: MIT
// A thread with several work-items must leave in memory what those work-items would: random kernels are run one way and
// the other in the interpreter.
#include "compiler/targets/cuda/coarsen.hpp"

#include "compiler/ir/builder.hpp"
#include "interpreter.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace dotcompute::cuda {
namespace {

using ir::opcode;
using ir::type;
using ir::testing::interpret;

constexpr std::int64_t slots = 6; ///< of 4 bytes, of each work-item's own in the output

/// A kernel (ptr in, ptr out, i32, i32) without loops: loads around the id, sums, conditions, variables, and stores and
/// loads in the work-item's own slots.
class random_kernel {
 public:
  explicit random_kernel(std::uint32_t seed) : random_(seed), b_(make()) {
    in_ = argument(0);
    out_ = argument(1);
    id_ = b_.convert(opcode::int_truncate, b_.work_item(ir::work_item_query::global_id, 0), type::i32());
    values_ = {argument(2), argument(3), id_};
    if (chance(3)) values_.push_back(narrow(b_.work_item(ir::work_item_query::group_id, 0)));
    if (chance(3)) values_.push_back(narrow(b_.work_item(ir::work_item_query::local_id, 0)));
    if (chance(4)) {
      ir::region* const body = b_.current();
      ir::operation* const guard = b_.if_else(b_.compare(opcode::icmp_slt, values_[pick(2)], id_));
      b_.enter(guard->body(0));
      b_.exit_to(opcode::return_from, nullptr);
      b_.enter(*body);
    }
    const unsigned length = 3 + pick(10);
    for (unsigned i = 0; i < length; ++i)
      statement(0);
    store();
  }
  ir::program& program() { return program_; }
  const ir::function& function() const { return *program_.functions[0]; }

 private:
  ir::function& make() {
    ir::function& f = *program_.functions.emplace_back(std::make_unique<ir::function>());
    f.name = "k";
    f.is_kernel = true;
    f.parameters = {{type::pointer(ir::address_space::global), "in"},
                    {type::pointer(ir::address_space::global), "out"},
                    {type::i32(), "n"},
                    {type::i32(), "m"}};
    return f;
  }
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned n) { return pick(n) == 0; }
  ir::operation* any() { return values_[pick(static_cast<unsigned>(values_.size()))]; }
  ir::operation* argument(unsigned i) {
    ir::operation* op = b_.append(opcode::argument, b_.owner().parameters[i].value);
    op->index = i;
    return op;
  }
  ir::operation* narrow(ir::operation* wide) { return b_.convert(opcode::int_truncate, wide, type::i32()); }
  ir::operation* own_slot() {
    return b_.pointer_add(out_, id_, 4 * slots, true, 4 * static_cast<std::int64_t>(pick(slots)));
  }
  void store() { b_.store(own_slot(), any(), 4); }

  ir::operation* computed() {
    switch (pick(8)) {
    case 0: return b_.i32(static_cast<int>(pick(100)) - 50);
    case 1: return b_.binary(opcode::mul, any(), any());
    case 2: return b_.binary(opcode::bit_xor, any(), any());
    case 3: return b_.choose(b_.compare(opcode::icmp_slt, any(), any()), any(), any());
    case 4: return b_.binary(opcode::sub, any(), any());
    default: return b_.binary(opcode::add, any(), any());
    }
  }

  void statement(unsigned depth) {
    switch (pick(depth < 2 ? 9 : 7)) {
    case 0:
    case 1:
      values_.push_back(b_.load(b_.pointer_add(in_, id_, 4, true, 4 * static_cast<int>(pick(5))), type::i32(), 4));
      break;
    case 2: store(); break;
    case 3: values_.push_back(b_.load(own_slot(), type::i32(), 4)); break;
    case 7:
    case 8: condition(depth); break;
    default: values_.push_back(computed());
    }
  }

  /// Both sides may write a variable that is read behind it.
  void condition(unsigned depth) {
    ir::region* const outside = b_.current();
    ir::operation* const variable = b_.variable(type::i32(), "v");
    b_.write(variable, any());
    // Often of what work-items know without looking into memory.
    ir::operation* const known = values_[pick(3)];
    ir::operation* const test = b_.compare(opcode::icmp_slt, b_.binary(opcode::bit_and, known, b_.i32(1 << pick(5))),
                                           chance(9) ? any() : b_.i32(1));
    ir::operation* const branch = b_.if_else(test);
    for (unsigned side : {0u, 1u}) {
      if (chance(3)) continue;
      b_.enter(branch->body(side));
      const std::vector<ir::operation*> before = values_;
      const unsigned length = 1 + pick(3);
      for (unsigned i = 0; i < length; ++i)
        statement(depth + 1);
      if (!chance(3)) b_.write(variable, any());
      values_ = before;
    }
    b_.enter(*outside);
    values_.push_back(b_.read(variable));
  }

  std::mt19937 random_;
  ir::program program_;
  ir::builder b_;
  ir::operation *in_ = nullptr, *out_ = nullptr, *id_ = nullptr;
  std::vector<ir::operation*> values_;
};

using memory = std::map<std::int64_t, std::int32_t>;

void add(memory& m, const ir::testing::trace& stores) {
  for (const auto& [address, value] : stores)
    m[address] = value;
}

TEST(coarsen, several_work_items_do_what_each_does) {
  std::map<unsigned, unsigned> by_items;
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    random_kernel k(seed);
    ASSERT_EQ(ir::verify(k.program()), std::vector<std::string>{}) << "seed " << seed;
    const coarse_kernel coarse = coarsen(k.function());
    ++by_items[coarse.items];
    if (!coarse.program) continue;
    ir::program several;
    several.functions.push_back(std::make_unique<ir::function>());
    std::unordered_map<const ir::operation*, ir::operation*> map;
    several.functions[0]->name = "k";
    several.functions[0]->is_kernel = true;
    several.functions[0]->parameters = coarse.program->parameters;
    ir::clone_region(coarse.program->body, *several.functions[0], several.functions[0]->body, map);
    ASSERT_EQ(ir::verify(several), std::vector<std::string>{}) << "seed " << seed << "\n" << ir::print(several);
    for (const std::int32_t n : {0, 7, 37, 1000})
      for (const std::int64_t local : {0, 2}) {
        const std::vector<std::int32_t> arguments{0, 1 << 20, n, 40 - n};
        const std::int64_t group = 3 * coarse.items;
        memory expected, actual;
        bool is_defined = true;
        for (unsigned item = 0; item < coarse.items; ++item) {
          const auto one = interpret(k.program(), k.function(), arguments, {group + item, local, 5});
          is_defined &= one.has_value();
          if (one) add(expected, *one);
        }
        if (!is_defined) continue;
        const auto all = interpret(several, *several.functions[0], arguments, {group, local, 5});
        ASSERT_TRUE(all) << "seed " << seed;
        add(actual, *all);
        ASSERT_EQ(actual, expected) << "seed " << seed << ", n " << n << "\n"
                                    << ir::print(k.function()) << "\n"
                                    << ir::print(*coarse.program);
      }
  }
  EXPECT_GT(by_items[4], 300u);
  EXPECT_GT(by_items[2], 300u);
}

/// The kernel `body` makes, coarsened.
coarse_kernel coarsened(const std::function<void(ir::builder&, ir::operation* pointer, ir::operation* id)>& body) {
  ir::function f;
  f.name = "k";
  f.is_kernel = true;
  f.parameters = {{type::pointer(ir::address_space::global), "x"}};
  ir::builder b(f);
  ir::operation* const x = b.append(opcode::argument, f.parameters[0].value);
  body(b, x, b.work_item(ir::work_item_query::global_id, 0));
  return coarsen(f);
}

ir::operation* at(ir::builder& b, ir::operation* x, ir::operation* id, unsigned bytes) {
  return b.pointer_add(x, id, bytes, true);
}

TEST(coarsen, as_many_as_bytes_are_missing) {
  const auto items_for = [](type t) {
    return coarsened([&](ir::builder& b, ir::operation* x, ir::operation* id) {
             ir::operation* const place = at(b, x, id, ir::byte_size(t));
             b.store(place, b.load(place, t, 4), 4);
           })
        .items;
  };
  EXPECT_EQ(items_for(type::scalar(ir::scalar_kind::i8)), 4u);
  EXPECT_EQ(items_for(type::i32()), 4u);
  EXPECT_EQ(items_for(type::i64()), 2u);
  EXPECT_EQ(items_for(type::vector(ir::scalar_kind::f32, 4)), 1u);
}

TEST(coarsen, all_load_before_the_first_stores) {
  const coarse_kernel k = coarsened([](ir::builder& b, ir::operation* x, ir::operation* id) {
    ir::operation* const place = at(b, x, id, 4);
    b.store(place, b.binary(opcode::add, b.load(place, type::i32(), 4), b.i32(1)), 4);
  });
  ASSERT_TRUE(k.program);
  std::string order;
  for (const ir::operation* op : k.program->body.operations)
    if (op->code == opcode::load || op->code == opcode::store) order += op->code == opcode::load ? 'l' : 's';
  EXPECT_EQ(order, "llllssss");
}

TEST(coarsen, what_must_not_be_interleaved_is_left_alone) {
  const auto left_alone = [](const std::function<void(ir::builder&, ir::operation*)>& more) {
    return coarsened([&](ir::builder& b, ir::operation* x, ir::operation* id) {
             ir::operation* const place = at(b, x, id, 4);
             more(b, place);
             b.store(place, b.load(place, type::i32(), 4), 4);
           }).program == nullptr;
  };
  EXPECT_FALSE(left_alone([](ir::builder&, ir::operation*) {}));
  EXPECT_TRUE(left_alone([](ir::builder& b, ir::operation*) { b.append(opcode::barrier, type::none())->index = 2; }));
  EXPECT_TRUE(left_alone([](ir::builder& b, ir::operation*) { b.append(opcode::fence, type::none())->index = 2; }));
  EXPECT_TRUE(left_alone([](ir::builder& b, ir::operation* p) { b.load(p, type::i32(), 4, true); }));
  EXPECT_TRUE(left_alone([](ir::builder& b, ir::operation* p) {
    b.append(opcode::atomic_rmw, type::i32(), {p, b.i32(1)});
  }));
  EXPECT_TRUE(left_alone([](ir::builder& b, ir::operation*) { b.append(opcode::print, type::none()); }));
  EXPECT_TRUE(left_alone([](ir::builder& b, ir::operation* p) {
    b.if_else(b.compare(opcode::icmp_slt, b.load(p, type::i32(), 4), b.i32(0)));
  })) << "work-items that memory sends different ways";
  EXPECT_TRUE(left_alone([](ir::builder& b, ir::operation* p) {
    ir::operation* v = b.load(p, type::i32(), 4);
    for (int i = 0; i < 40; ++i)
      v = b.binary(opcode::mul, v, v);
    b.store(p, v, 4);
  })) << "more to compute than to wait for";
  EXPECT_EQ(coarsened([](ir::builder& b, ir::operation* x, ir::operation*) { b.store(x, b.i32(1), 4); }).program,
            nullptr)
      << "all work-items do the same";
}

} // namespace
} // namespace dotcompute::cuda
