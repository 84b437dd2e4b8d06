// SPDX-License-Identifier: MIT
// Appends operations to a region and gives the values they make; result types follow from the operands.
#pragma once

#include "compiler/ir/operation.hpp"

#include <bit>
#include <initializer_list>
#include <span>

namespace dotcompute::ir {

/// Appends at the end of the current region. Sets the current location and fast-math flags on what it makes.
class builder {
 public:
  explicit builder(function& f) : function_(&f), region_(&f.body) {}

  region* current() const { return region_; }
  void enter(region& r) { region_ = &r; }
  function& owner() const { return *function_; }

  source_location location{};
  float_flags flags{};

  operation* append(opcode code, type result, std::initializer_list<operation*> operands = {}) {
    return append(code, result, std::span<operation* const>(operands.begin(), operands.size()));
  }
  operation* append(opcode code, type result, std::span<operation* const> operands) {
    operation* op = function_->create(code, result);
    op->operands.assign(operands.begin(), operands.end());
    op->location = location;
    op->flags = flags;
    op->parent = region_;
    region_->operations.push_back(op);
    return op;
  }

  operation* constant_bits(type t, std::uint64_t bits) {
    operation* op = append(opcode::constant, t);
    op->bits = bits;
    return op;
  }
  operation* integer(type t, std::int64_t value) {
    const unsigned width = bit_width(t.element);
    const std::uint64_t bits = static_cast<std::uint64_t>(value);
    return constant_bits(t, width == 64 ? bits : bits & ((std::uint64_t{1} << width) - 1));
  }
  operation* i32(std::int32_t value) { return integer(type::i32(), value); }
  operation* i64(std::int64_t value) { return integer(type::i64(), value); }
  operation* boolean(bool value) { return constant_bits(type::boolean(), value ? 1 : 0); }
  operation* f32(float value) {
    return constant_bits(type::scalar(scalar_kind::f32), std::bit_cast<std::uint32_t>(value));
  }
  operation* f64(double value) {
    return constant_bits(type::scalar(scalar_kind::f64), std::bit_cast<std::uint64_t>(value));
  }

  operation* unary(opcode c, operation* a) { return append(c, a->result, {a}); }
  operation* binary(opcode c, operation* a, operation* b) { return append(c, a->result, {a, b}); }
  operation* compare(opcode c, operation* a, operation* b) {
    const type shape = a->result.is_pointer() ? type::boolean() : a->result.with_element(scalar_kind::boolean);
    return append(c, shape, {a, b});
  }
  operation* convert(opcode c, operation* a, type to) { return append(c, to, {a}); }
  operation* choose(operation* condition, operation* a, operation* b) {
    return append(opcode::select, a->result, {condition, a, b});
  }
  operation* extract(operation* vector, unsigned component) {
    operation* op = append(opcode::extract, vector->result.element_type(), {vector});
    op->index = component;
    return op;
  }
  operation* build(std::span<operation* const> components) {
    return append(opcode::build, type::vector(components[0]->result.element, static_cast<unsigned>(components.size())),
                  components);
  }
  operation* splat(operation* scalar, unsigned components) {
    std::vector<operation*> all(components, scalar);
    return build(all);
  }
  operation* shuffle(operation* a, operation* b, std::span<const std::int32_t> indices) {
    operation* op =
        append(opcode::shuffle, type::vector(a->result.element, static_cast<unsigned>(indices.size())), {a, b});
    op->indices.assign(indices.begin(), indices.end());
    return op;
  }

  operation* work_item(work_item_query q, unsigned dimension) {
    operation* op = append(opcode::work_item, q == work_item_query::work_dimensions ? type::i32() : type::i64());
    op->query = q;
    op->index = dimension;
    return op;
  }

  operation* variable(type t, std::string name = {}) {
    operation* op = append(opcode::variable, t);
    op->symbol = std::move(name);
    return op;
  }
  operation* read(operation* variable) { return append(opcode::read, variable->result, {variable}); }
  operation* write(operation* variable, operation* value) {
    return append(opcode::write, type::none(), {variable, value});
  }

  operation* allocate(opcode c, std::int64_t bytes, unsigned alignment, std::string name = {}) {
    operation* op =
        append(c, type::pointer(c == opcode::local_alloc ? address_space::local : address_space::private_memory));
    op->immediate = bytes;
    op->alignment = alignment;
    op->symbol = std::move(name);
    return op;
  }
  /// pointer + extend(index) * scale + bytes; `index` may be null.
  operation* pointer_add(operation* pointer, operation* index, std::int64_t scale, bool index_signed,
                         std::int64_t bytes = 0) {
    operation* op = index ? append(opcode::pointer_add, pointer->result, {pointer, index})
                          : append(opcode::pointer_add, pointer->result, {pointer});
    op->scale = scale;
    op->index_signed = index_signed;
    op->immediate = bytes;
    return op;
  }
  operation* load(operation* pointer, type t, unsigned alignment, bool is_volatile = false) {
    operation* op = append(opcode::load, t, {pointer});
    op->alignment = alignment;
    op->is_volatile = is_volatile;
    return op;
  }
  operation* store(operation* pointer, operation* value, unsigned alignment, bool is_volatile = false) {
    operation* op = append(opcode::store, type::none(), {pointer, value});
    op->alignment = alignment;
    op->is_volatile = is_volatile;
    return op;
  }
  operation* call(std::string symbol, type result, std::span<operation* const> arguments) {
    operation* op = append(opcode::call, result, arguments);
    op->symbol = std::move(symbol);
    return op;
  }

  /// A structured operation with its empty regions; enter() them to fill them.
  operation* if_else(operation* condition) { return structured(opcode::if_else, {condition}, 2); }
  operation* loop() { return structured(opcode::loop, {}, 3); }
  operation* block() { return structured(opcode::block, {}, 1); }
  operation* yield(operation* condition) { return append(opcode::yield, type::none(), {condition}); }
  operation* exit_to(opcode c, operation* target) {
    operation* op = append(c, type::none());
    op->target = target;
    return op;
  }

 private:
  operation* structured(opcode c, std::initializer_list<operation*> operands, unsigned regions) {
    operation* op = append(c, type::none(), operands);
    for (unsigned i = 0; i < regions; ++i) {
      op->regions.push_back(std::make_unique<region>());
      op->regions.back()->parent = op;
    }
    return op;
  }

  function* function_;
  region* region_;
};

} // namespace dotcompute::ir
