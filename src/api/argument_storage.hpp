// SPDX-License-Identifier: MIT
// What an argument_list keeps: copies of values, handles of buffers.
#pragma once

#include "api/program_state.hpp"

#include <dotcompute/program.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace dotcompute {

struct argument_list::storage {
  /// One checked argument that owns what it refers to.
  class slot {
   public:
    explicit slot(const argument& given) : given_(given) {
      if (given.kind() == argument::category::buffer) {
        buffer_ = given.as_buffer();
      } else if (given.kind() == argument::category::value) {
        const auto* bytes = static_cast<const std::byte*>(given.data());
        value_.assign(bytes, bytes + given.bytes());
      }
    }
    /// Refers into this slot.
    argument get() const {
      switch (given_.kind()) {
      case argument::category::value: return argument::value(value_.data(), value_.size(), given_.element());
      case argument::category::local: return argument(local_memory{given_.bytes()});
      case argument::category::buffer: break;
      }
      return argument(buffer_);
    }

   private:
    argument given_; ///< for its kind and element; its address is no longer used
    untyped_buffer buffer_;
    std::vector<std::byte> value_;
  };

  std::shared_ptr<detail::kernel_state> kernel;
  std::vector<std::optional<slot>> slots;
};

} // namespace dotcompute
