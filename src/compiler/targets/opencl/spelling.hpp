// SPDX-License-Identifier: MIT
// How OpenCL C 1.2 spells what the dialects of C have in common.
#pragma once

#include "compiler/targets/c/dialect.hpp"

namespace dotcompute::compiler::opencl {

class opencl_dialect final : public c_text::dialect {
 public:
  std::string_view scalar_name(ir::scalar_kind k, bool is_signed) const override;
  /// "float4"; those of booleans are of bytes.
  std::string vector_name(ir::type t) const override;
  std::string vector_of(ir::type t, const std::string& components) const override;
  std::string_view qualifier(ir::address_space space) const override;
  std::string aligned(unsigned bytes) const override;
  bool is_reserved_name(std::string_view name) const override;
  std::string_view long_suffix() const override { return "l"; }
  c_text::expression bits_of(const c_text::expression& real, ir::scalar_kind k) const override;
  c_text::expression real_of(const c_text::expression& bits, ir::scalar_kind k) const override;
  std::string to_integer_name(bool from_double, bool wide, bool is_signed) const override;
  std::string helper_name(c_text::helper h, ir::scalar_kind k, bool is_signed) const override;
  std::string barrier(unsigned flags) const override;
  std::string fence(unsigned flags) const override;
  /// For 64 bits a function of cl_khr_int64_base_atomics or cl_khr_int64_extended_atomics.
  std::string atomic_name(std::optional<ir::atomic_operation> operation, bool wide) const override;
  std::string load_bytes(ir::scalar_kind k, const std::string& pointer) const override;
  std::string store_bytes(ir::scalar_kind k, const std::string& pointer, const std::string& value) const override;
  bool moves_elements() const override { return true; }
  std::string load_elements(ir::type t, const std::string& pointer) const override;
  std::string store_elements(ir::type t, const std::string& pointer, const std::string& components) const override;
};

} // namespace dotcompute::compiler::opencl
