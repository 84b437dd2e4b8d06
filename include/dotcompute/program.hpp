// SPDX-License-Identifier: MIT
// Compiled OpenCL C: programs, and the kernels in them.
#pragma once

#include <dotcompute/argument.hpp>
#include <dotcompute/device.hpp>
#include <dotcompute/reflection.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute {

namespace detail {
class program_state;
class kernel_state;
} // namespace detail

/// One `kernel` function of a program. A handle; keeps its program alive. Thread-safe.
class kernel {
 public:
  kernel() = default;

  const std::string& name() const;
  /// Arguments with names, types, address spaces and constness; required and hinted local size; local memory.
  const kernel_reflection& reflection() const;
  std::span<const argument_reflection> arguments() const;
  /// reqd_work_group_size; zeros when the source does not require one.
  std::array<std::uint32_t, 3> required_local_size() const;
  /// "kernel void blur(global const float* input, local float* tile, int width)".
  std::string signature() const;
  /// 32 hexadecimal digits, the same for the same source text, options and kernel name in every process; of programs
  /// without source, for the same binary.
  std::string content_id() const;

  explicit kernel(std::shared_ptr<detail::kernel_state> state) : state_(std::move(state)) {}
  const std::shared_ptr<detail::kernel_state>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<detail::kernel_state> state_;
};

/// Arguments of one kernel by index or name, kept between launches. Values are copied; buffers are shared. Not
/// thread-safe. Wrong types are found when they are set: errors name the argument, what was given and what the kernel
/// expects.
class argument_list {
 public:
  explicit argument_list(const kernel& k);
  ~argument_list();
  argument_list(argument_list&&) noexcept;
  argument_list& operator=(argument_list&&) noexcept;
  argument_list(const argument_list&);
  argument_list& operator=(const argument_list&);

  /// Throws argument_count for an index past the last, argument_type, wrong_device.
  argument_list& set(std::size_t index, const argument& value);
  /// Throws argument_name, listing the names there are.
  argument_list& set(std::string_view name, const argument& value);
  bool is_set(std::size_t index) const;

  struct storage;
  const storage& contents() const noexcept { return *storage_; }

 private:
  std::unique_ptr<storage> storage_;
};

struct compile_options {
  std::string options{};                        ///< as clBuildProgram takes them: "-D N=16 -cl-fast-relaxed-math"
  std::string file_name = "kernel.cl";          ///< shown in diagnostics; includes are looked for beside it
  std::map<std::string, std::string> defines{}; ///< added to the options as -D name=value
  std::uint32_t lanes = 0;                      ///< CPU: work-items a pack; 0 chooses by the processor's vector width
  /// How long the compiler may take before its process is replaced.
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  std::stop_token stop{};
};

/// A compiled program. A handle; copies share it. Thread-safe.
class program {
 public:
  program() = default;

  /// Compiles OpenCL C. Throws compile_failed with the compiler's diagnostics, invalid_options, compiler_unavailable,
  /// compiler_crashed, deadline_exceeded, cancelled.
  static program compile(const device& target, std::string_view source, const compile_options& options = {});
  /// As compile(); the file's name replaces options.file_name. Throws file_not_found.
  static program from_file(const device& target, const std::filesystem::path& path, compile_options options = {});
  /// A program that the build embedded with dotcompute_add_kernels, by its file's name: "blur.cl".
  /// Throws embedded_not_found, listing what was embedded; invalid_binary.
  static program from_embedded(const device& target, std::string_view name);
  /// A serialised program, as the compiler writes it. Needs no compiler. Throws invalid_binary.
  static program from_binary(const device& target, std::span<const std::byte> artifact);

  /// Throws kernel_not_found, listing the kernels there are.
  dotcompute::kernel kernel(std::string_view name) const;
  /// In the order of the source.
  std::vector<dotcompute::kernel> kernels() const;
  /// Warnings and remarks of the compilation; may be empty.
  const std::string& log() const;

 private:
  explicit program(std::shared_ptr<detail::program_state> state) : state_(std::move(state)) {}
  std::shared_ptr<detail::program_state> state_;
};

/// Makes a serialised program known to program::from_embedded() under `name`. Written by dotcompute_add_kernels as a
/// namespace-scope object; `artifact` must live as long as the process.
struct embedded_program {
  embedded_program(const char* name, const void* artifact, std::size_t bytes);
};

} // namespace dotcompute
