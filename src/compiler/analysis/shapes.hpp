// SPDX-License-Identifier: MIT
// What a value looks like over the lanes of a pack, or over the work-items of a group.
#pragma once

#include "compiler/analysis/private_layout.hpp"
#include "compiler/ir/operation.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace dotcompute::analysis {

/// Ordered by how little is known; joins only go up.
struct shape {
  enum class category : std::uint8_t {
    unset,   ///< nothing known yet (only while the fixpoint runs)
    uniform, ///< the same in every active lane
    assumed, ///< group analysis: the same unless the program has a data race
    affine,  ///< pack analysis: lane l holds base + l * stride, in the value's own width
    varying
  };
  category kind = category::unset;
  std::int64_t stride = 0;
  bool no_signed_wrap = false; ///< affine: no active lane's value wrapped as a signed number
  bool non_negative = false;   ///< affine: and none is below zero

  bool is_uniform() const { return kind <= category::assumed; }
  bool is_affine() const { return kind == category::affine; }
  bool is_varying() const { return kind == category::varying; }
  friend bool operator==(const shape&, const shape&) = default;

  static shape uniform() { return {category::uniform, 0, false, false}; }
  static shape assumed() { return {category::assumed, 0, false, false}; }
  static shape varying() { return {category::varying, 0, false, false}; }
  static shape affine(std::int64_t stride, bool no_wrap = false, bool non_negative = false) {
    return stride == 0 ? uniform() : shape{category::affine, stride, no_wrap, non_negative};
  }
};

shape join(shape a, shape b);

/// How work-items are laid over lanes.
struct pack_configuration {
  std::uint32_t lanes = 1;
  /// Fixed when the kernel is compiled for one local size.
  std::optional<std::array<std::uint32_t, 3>> local_size;
  /// Packs run through the group in linear order, across rows; else a pack lies within one row of x.
  bool linear_packs = false;
};

/// A rule that gives an operation's shape from its operands' shapes. Control flow is the business of `divergence`.
class shape_domain {
 public:
  virtual ~shape_domain() = default;
  virtual shape evaluate(const ir::operation& op, std::span<const shape> operands) const = 0;
};

/// Shapes over the lanes of a pack.
class pack_domain final : public shape_domain {
 public:
  pack_domain(const pack_configuration& configuration, const private_layout& layout)
      : configuration_(configuration), layout_(layout) {}
  shape evaluate(const ir::operation& op, std::span<const shape> operands) const override;

 private:
  const pack_configuration& configuration_;
  const private_layout& layout_;
};

/// Uniformity over the whole work-group, which barriers and the control flow around them need.
class group_domain final : public shape_domain {
 public:
  explicit group_domain(const pack_configuration& configuration) : configuration_(configuration) {}
  shape evaluate(const ir::operation& op, std::span<const shape> operands) const override;

 private:
  const pack_configuration& configuration_;
};

} // namespace dotcompute::analysis
