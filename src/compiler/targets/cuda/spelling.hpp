// SPDX-License-Identifier: MIT
// How CUDA C spells what the dialects of C have in common.
#pragma once

#include "compiler/targets/c/dialect.hpp"

namespace dotcompute::cuda {

class cuda_dialect final : public c_text::dialect {
 public:
  std::string_view scalar_name(ir::scalar_kind k, bool is_signed) const override;
  /// "f32x4": structs that vector_types_for() declares.
  std::string vector_name(ir::type t) const override;
  std::string vector_of(ir::type t, const std::string& components) const override;
  std::string_view qualifier(ir::address_space) const override { return {}; }
  std::string aligned(unsigned bytes) const override;
  bool is_reserved_name(std::string_view name) const override;
  std::string_view long_suffix() const override { return "ll"; }
  c_text::expression bits_of(const c_text::expression& real, ir::scalar_kind k) const override;
  c_text::expression real_of(const c_text::expression& bits, ir::scalar_kind k) const override;
  std::string to_integer_name(bool from_double, bool wide, bool is_signed) const override;
  std::string helper_name(c_text::helper h, ir::scalar_kind k, bool is_signed) const override;
  std::string barrier(unsigned flags) const override;
  std::string fence(unsigned flags) const override;
  std::string atomic_name(std::optional<ir::atomic_operation> operation, bool wide) const override;
  std::string load_bytes(ir::scalar_kind k, const std::string& pointer) const override;
  std::string store_bytes(ir::scalar_kind k, const std::string& pointer, const std::string& value) const override;
};

/// Declarations of the vector types that `code` names.
std::string vector_types_for(std::string_view code);

} // namespace dotcompute::cuda
