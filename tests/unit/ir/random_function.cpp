// SPDX-License-Identifier: MIT
#include "random_function.hpp"

#include "compiler/ir/builder.hpp"

#include <random>

namespace dotcompute::ir::testing {

namespace {

class generator {
 public:
  generator(program& p, std::mt19937& random, function& f, unsigned callees)
      : program_(p), random_(random), function_(f), build_(f), callees_(callees) {}

  void run() {
    for (std::uint32_t i = 0; i < function_.parameters.size(); ++i) {
      operation* op = build_.append(opcode::argument, function_.parameters[i].value);
      op->index = i;
      if (op->result.is_pointer())
        output_ = op;
      else
        values_.push_back(op);
    }
    if (!output_) output_ = build_.convert(opcode::int_to_pointer, build_.i64(0), type::pointer(address_space::global));
    statements(3);
    if (!function_.result.is_none() || chance(30)) leave_function();
  }

 private:
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }

  operation* value() {
    if (!variables_.empty() && chance(40)) return build_.read(variables_[below(variables_.size())]);
    if (values_.empty() || chance(20)) return build_.i32(static_cast<std::int32_t>(below(7)) - 2);
    return values_[below(values_.size())];
  }
  operation* condition() { return build_.compare(chance(70) ? opcode::icmp_slt : opcode::icmp_eq, value(), value()); }

  void expression() {
    static constexpr opcode codes[] = {opcode::add, opcode::sub, opcode::mul, opcode::bit_xor, opcode::bit_and};
    operation* a = value();
    operation* b = value();
    if (chance(70)) {
      values_.push_back(build_.binary(codes[below(5)], a, b));
      return;
    }
    // As index arithmetic is written: 64 bits for a while, then 32 again.
    const auto widened = [&](operation* v) {
      return build_.convert(chance(50) ? opcode::sign_extend : opcode::zero_extend, v, type::i64());
    };
    operation* wide = build_.binary(codes[below(5)], widened(a), chance(60) ? widened(b) : build_.i64(below(9)));
    if (chance(50)) wide = build_.binary(codes[below(5)], wide, widened(value()));
    values_.push_back(build_.convert(opcode::int_truncate, wide, type::i32()));
  }

  void declare() {
    variables_.push_back(build_.variable(type::i32(), "v"));
    if (chance(60)) build_.write(variables_.back(), value());
  }

  void leave_function() {
    operation* result = function_.result.is_none() ? nullptr : value();
    operation* exit = build_.append(opcode::return_from, type::none());
    if (result) exit->operands = {result};
  }

  /// Fills a region; what it defines is forgotten at its end, as the visibility rule wants.
  template <class Fill>
  void inside(region& r, Fill fill) {
    region* before = build_.current();
    const std::size_t values = values_.size(), variables = variables_.size();
    build_.enter(r);
    fill();
    values_.resize(values);
    variables_.resize(variables);
    build_.enter(*before);
  }

  void loop(unsigned depth) {
    operation* carried = chance(30) ? build_.variable(type::i32(), "carried") : nullptr;
    operation* counter = build_.variable(type::i32(), "counter");
    build_.write(counter, build_.i32(0));
    operation* op = build_.loop();
    op->test_at_end = chance(30);
    const std::int32_t trips = static_cast<std::int32_t>(below(4));
    inside(op->body(0), [&] {
      if (chance(30)) statements(0);
      build_.yield(build_.compare(opcode::icmp_slt, build_.read(counter), build_.i32(trips)));
    });
    targets_.push_back(op);
    inside(op->body(1), [&] {
      if (carried) write_in_first_iteration(carried, counter);
      statements(depth - 1);
      if (carried) build_.store(build_.pointer_add(output_, nullptr, 1, true, 9), build_.read(carried), 4);
      if (carried && chance(50)) build_.write(carried, value());
    });
    targets_.pop_back();
    inside(op->body(2),
           [&] { build_.write(counter, build_.binary(opcode::add, build_.read(counter), build_.i32(1))); });
  }

  /// A value that later iterations read although each iteration seems to write it.
  void write_in_first_iteration(operation* carried, operation* counter) {
    operation* first = build_.compare(opcode::icmp_eq, build_.read(counter), build_.i32(0));
    if (chance(50)) {
      operation* op = build_.if_else(first);
      inside(op->body(0), [&] { build_.write(carried, value()); });
    } else {
      operation* op = build_.block();
      inside(op->body(), [&] {
        operation* later = build_.if_else(first);
        inside(later->body(1), [&] { build_.exit_to(opcode::break_to, op); });
        build_.write(carried, value());
      });
    }
  }

  void exit() {
    if (targets_.empty() || chance(15)) return leave_function();
    operation* target = targets_[below(targets_.size())];
    const bool again = target->code == opcode::loop && chance(50);
    build_.exit_to(again ? opcode::continue_to : opcode::break_to, target);
  }

  void branch(unsigned depth) {
    operation* op = build_.if_else(condition());
    inside(op->body(0), [&] {
      statements(depth - 1);
      if (chance(40)) exit();
    });
    if (chance(60))
      inside(op->body(1), [&] {
        statements(depth - 1);
        if (chance(20)) exit();
      });
  }

  void block(unsigned depth) {
    operation* op = build_.block();
    targets_.push_back(op);
    inside(op->body(), [&] {
      statements(depth - 1);
      if (chance(20)) exit();
    });
    targets_.pop_back();
  }

  void call() {
    const unsigned which = below(callees_);
    const function& callee = *program_.functions[which];
    operation* arguments[] = {value(), value()};
    operation* op = build_.call(callee.name, callee.result, arguments);
    if (!callee.result.is_none()) values_.push_back(op);
  }

  void statements(unsigned depth) {
    for (std::uint32_t i = 0, n = 1 + below(5); i < n; ++i) {
      const unsigned kind = below(100);
      if (kind < 15)
        declare();
      else if (kind < 35)
        expression();
      else if (kind < 55 && !variables_.empty())
        build_.write(variables_[below(variables_.size())], value());
      else if (kind < 65)
        build_.store(build_.pointer_add(output_, nullptr, 1, true, below(8)), value(), 4);
      else if (kind < 72 && callees_)
        call();
      else if (depth && kind < 82)
        branch(depth);
      else if (depth && kind < 91)
        loop(depth);
      else if (depth)
        block(depth);
    }
  }

  program& program_;
  std::mt19937& random_;
  function& function_;
  builder build_;
  unsigned callees_;
  operation* output_ = nullptr;
  std::vector<operation*> values_, variables_, targets_;
};

} // namespace

program random_program(std::uint32_t seed) {
  std::mt19937 random(seed);
  program p;
  const unsigned helpers = random() % 3;
  for (unsigned i = 0; i <= helpers; ++i) {
    auto f = std::make_unique<function>();
    f->is_kernel = i == helpers;
    f->name = f->is_kernel ? "k" : "helper" + std::to_string(i);
    if (f->is_kernel)
      f->parameters.push_back({type::pointer(address_space::global), "out"});
    else if (random() % 4)
      f->result = type::i32();
    f->parameters.push_back({type::i32(), "a"});
    f->parameters.push_back({type::i32(), "b"});
    generator(p, random, *f, i).run();
    p.functions.push_back(std::move(f));
  }
  return p;
}

} // namespace dotcompute::ir::testing
