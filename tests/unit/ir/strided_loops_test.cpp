// SPDX-License-Identifier: MIT
// Turns taken together must do what they do one by one, also where counters come to the ends of their range.
#include "compiler/targets/cuda/strided_loops.hpp"

#include "compiler/analysis/regions.hpp"
#include "compiler/ir/builder.hpp"
#include "interpreter.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace dotcompute::cuda {
namespace {

using ir::opcode;
using ir::type;
using ir::testing::interpret;

/// A kernel (ptr in, ptr out, i32 first, i32 limit, i32 stride):
///   for (i = first; i < limit; i += stride) sum = 3 * sum + in[i];  out[0] = sum; out[1] = i;
struct strided_kernel {
  opcode comparison = opcode::icmp_ult;
  type counter = type::i32();
  bool has_condition = false; ///< every other element only
  bool is_counter_used = true;
  std::uint32_t unroll = 0;
  std::function<void(ir::builder&, ir::operation* place)> more{}; ///< in the body

  ir::program program{};

  const ir::function& make() {
    ir::function& f = *program.functions.emplace_back(std::make_unique<ir::function>());
    f.name = "k";
    f.is_kernel = true;
    const type pointer = type::pointer(ir::address_space::global);
    f.parameters = {
        {pointer, "in"}, {pointer, "out"}, {type::i32(), "first"}, {type::i32(), "limit"}, {type::i32(), "stride"}};
    ir::builder b(f);
    const auto argument = [&](unsigned i) {
      ir::operation* op = b.append(opcode::argument, f.parameters[i].value);
      op->index = i;
      return op;
    };
    const auto as_counter = [&](ir::operation* v) {
      if (counter == type::i32()) return v;
      return b.convert(comparison == opcode::icmp_slt ? opcode::sign_extend : opcode::zero_extend, v, counter);
    };
    ir::operation *const in = argument(0), *const out = argument(1);
    ir::operation *const first = as_counter(argument(2)), *const limit = as_counter(argument(3));
    ir::operation* const stride = argument(4);
    ir::operation *const i = b.variable(counter, "i"), *const sum = b.variable(type::i32(), "sum");
    b.write(i, first);
    b.write(sum, b.i32(1));
    ir::region* const outside = b.current();
    ir::operation* const loop = b.loop();
    loop->unroll = unroll;
    b.enter(loop->body(0));
    b.yield(b.compare(comparison, b.read(i), limit));
    b.enter(loop->body(1));
    ir::operation* const place = b.pointer_add(in, b.read(i), 4, comparison == opcode::icmp_slt);
    ir::operation* const loaded = b.load(place, type::i32(), 4);
    if (has_condition) {
      ir::operation* const odd = b.compare(opcode::icmp_ne, b.binary(opcode::bit_and, loaded, b.i32(1)), b.i32(0));
      b.enter(b.if_else(odd)->body(0));
    }
    b.write(sum, b.binary(opcode::add, b.binary(opcode::mul, b.read(sum), b.i32(3)), loaded));
    b.enter(loop->body(1));
    if (more) more(b, place);
    b.enter(loop->body(2));
    b.write(i, b.binary(opcode::add, b.read(i), as_counter(stride)));
    b.enter(*outside);
    b.store(out, b.read(sum), 4);
    ir::operation* const last = b.read(i);
    b.store(b.pointer_add(out, nullptr, 1, true, 4),
            counter == type::i32() ? last : b.convert(opcode::int_truncate, last, type::i32()), 4);
    return f;
  }
};

std::size_t loops_in(const ir::function& f) {
  std::size_t n = 0;
  analysis::for_each(f.body, [&](ir::operation& op) { n += op.code == opcode::loop; });
  return n;
}

TEST(strided_loops, every_start_end_and_stride_gives_the_same) {
  constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  const std::vector<std::int32_t> numbers{0,  1,  7,    8,       9,           63,     100,        -1,
                                          -8, -9, -100, highest, highest - 9, lowest, lowest + 9, 1 << 30};
  std::size_t compared = 0;
  for (const opcode comparison : {opcode::icmp_ult, opcode::icmp_slt})
    for (const type counter : {type::i32(), type::i64()})
      for (const bool has_condition : {false, true}) {
        strided_kernel k{comparison, counter, has_condition};
        const ir::function& plain = k.make();
        const auto changed = take_turns_together(plain);
        ASSERT_TRUE(changed);
        EXPECT_EQ(loops_in(*changed), 2u);
        ir::program together;
        together.functions.push_back(ir::clone_signature(plain));
        std::unordered_map<const ir::operation*, ir::operation*> map;
        ir::clone_region(changed->body, *together.functions[0], together.functions[0]->body, map);
        ASSERT_EQ(ir::verify(together), std::vector<std::string>{}) << ir::print(together);
        for (const std::int32_t first : numbers)
          for (const std::int32_t limit : numbers)
            for (const std::int32_t stride : numbers) {
              // Too long for the interpreter, which would give up.
              const std::uint64_t distance =
                  static_cast<std::uint32_t>(limit) - std::uint64_t{static_cast<std::uint32_t>(first)};
              if (stride == 0 || distance / static_cast<std::uint32_t>(stride) % (1ull << 32) > 1000) continue;
              const std::vector<std::int32_t> arguments{0, 1 << 20, first, limit, stride};
              const auto expected = interpret(k.program, plain, arguments);
              if (!expected) continue;
              const auto actual = interpret(together, *together.functions[0], arguments);
              ASSERT_TRUE(actual) << first << " to " << limit << " by " << stride;
              ASSERT_EQ(*actual, *expected) << first << " to " << limit << " by " << stride << "\n"
                                            << ir::print(together);
              ++compared;
            }
      }
  EXPECT_GT(compared, 5'000u);
}

TEST(strided_loops, other_loops_are_left_alone) {
  const auto changes = [](strided_kernel k) { return take_turns_together(k.make()) != nullptr; };
  EXPECT_TRUE(changes({}));
  EXPECT_FALSE(changes({.unroll = 1})) << "a hint of its own";
  EXPECT_FALSE(changes({.comparison = opcode::icmp_ule})) << "may not end";
  EXPECT_FALSE(changes({.more = [](ir::builder& b, ir::operation* p) { b.store(p, b.i32(1), 4); }}));
  EXPECT_FALSE(changes({.more = [](ir::builder& b, ir::operation* p) { b.load(p, type::i32(), 4, true); }}))
      << "volatile";
  EXPECT_FALSE(changes({.more = [](ir::builder& b, ir::operation* p) {
    b.append(opcode::atomic_rmw, type::i32(), {p, b.i32(1)});
  }}));
  EXPECT_FALSE(
      changes({.more = [](ir::builder& b, ir::operation*) { b.append(opcode::barrier, type::none())->index = 2; }}));
  EXPECT_FALSE(changes({.more = [](ir::builder& b, ir::operation*) {
    b.exit_to(opcode::break_to, b.current()->parent);
  }})) << "left early";
  EXPECT_FALSE(changes({.more = [](ir::builder& b, ir::operation* p) {
    for (int i = 0; i < 8; ++i)
      b.load(b.pointer_add(p, nullptr, 1, true, 4 * i), type::i32(), 4);
  }})) << "enough on its way";
}

TEST(strided_loops, as_many_turns_as_bytes_are_missing) {
  const auto loads = [](unsigned more) {
    strided_kernel k;
    k.more = [=](ir::builder& b, ir::operation* p) {
      for (unsigned i = 0; i < more; ++i)
        b.load(b.pointer_add(p, nullptr, 1, true, 4), type::i32(), 4);
    };
    const auto changed = take_turns_together(k.make());
    std::size_t all = 0;
    analysis::for_each(changed->body, [&](ir::operation& op) { all += op.code == opcode::load; });
    return all / (1 + more) - 1; // without those of the loop for the rest
  };
  EXPECT_EQ(loads(0), 8u);
  EXPECT_EQ(loads(1), 4u);
  EXPECT_EQ(loads(3), 2u);
}

} // namespace
} // namespace dotcompute::cuda
