// SPDX-License-Identifier: MIT
// A compiled program on one device: its code for each local size so far, and its kernels.
#pragma once

#include "api/launch_shape.hpp"
#include "api/local_size.hpp"
#include "compiler/compile.hpp"
#include "drivers/driver.hpp"
#include "execution/command.hpp"
#include "execution/device_state.hpp"

#include <dotcompute/program.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace dotcompute::detail {

class program_state;

/// Code of one kernel that was loaded.
struct kernel_variant {
  std::array<std::uint64_t, 3> local_size{}; ///< zeros: any
  std::shared_ptr<const drivers::loaded_program> program;
  std::uint32_t index = 0;       ///< in `program`
  std::uint64_t local_bytes = 0; ///< static
  bool is_flat = false;

  bool serves(const std::array<std::uint64_t, 3>& size) const {
    return is_flat || local_size == size || local_size == std::array<std::uint64_t, 3>{};
  }
};

/// What an argument must be, read from its type's name once.
struct expected_argument {
  element_description element; ///< of the value, or of what a pointer points to
  bool is_known = false;       ///< the name is a built-in type's; else only sizes are compared
};

class kernel_state final : public execution::launch_subject {
 public:
  kernel_state(program_state& owner, kernel_reflection r);

  /// How a range is launched; compiles the code for its local size when there is none yet. From any thread. Throws
  /// invalid_range, invalid_local_size, limit_exceeded, and what compiling throws.
  api::launch_shape shape_of(const nd_range& range) {
    const api::launch_shape* const known = shapes_.find(range);
    return known ? *known : find_shape(range);
  }
  std::shared_ptr<const void> owner() const override;
  std::string describe() const override;
  const digest& content() const override { return content_; }
  std::string describe_arguments(const std::byte* block) const override;
  /// From any thread.
  void add(kernel_variant v);

  program_state& program;
  const kernel_reflection reflection;
  std::vector<expected_argument> expected;

 private:
  api::launch_shape find_shape(const nd_range& range);
  std::array<std::uint64_t, 3> local_size_for(const nd_range& range);
  const kernel_variant& variant(const std::array<std::uint64_t, 3>& local_size);
  const kernel_variant* find(const std::array<std::uint64_t, 3>& local_size) const;

  const digest content_;

  api::launch_shapes shapes_;
  mutable std::mutex guard_;
  std::deque<kernel_variant> variants_; ///< only grows; addresses stay
};

class program_state : public std::enable_shared_from_this<program_state> {
 public:
  /// `outcomes`: the program itself first, then specializations. Without `asked` nothing can be compiled later.
  program_state(std::shared_ptr<device_state> owner, std::optional<compiler::request> asked,
                std::vector<std::shared_ptr<const compiler::result>> outcomes, std::chrono::milliseconds timeout);

  kernel_state* find(std::string_view name);

  /// Compiles `kernel` for one local size and loads it.
  void specialize(kernel_state& kernel, const std::array<std::uint64_t, 3>& local_size);

  const std::shared_ptr<device_state> device;
  const std::uint64_t generation = device->program_generation();
  const std::string name; ///< for errors: the file's
  const std::string log;
  const digest content; ///< of the source and its options, or of the binary
  std::deque<kernel_state> kernels;

 private:
  void load(const compiler::result& r);

  const std::optional<compiler::request> asked_;
  const std::chrono::milliseconds timeout_;
};

/// Throws compile_failed with the diagnostics unless `r` succeeded.
void require_success(const compiler::result& r, const std::string& operation, const device_state& device);

} // namespace dotcompute::detail
