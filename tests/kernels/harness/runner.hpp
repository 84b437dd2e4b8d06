// SPDX-License-Identifier: MIT
// What the kernel suite needs of anything that runs OpenCL C: build a text, launch a kernel of it, read memory back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace kernel_suite {

/// One kernel argument. Memory is the test's own: it is uploaded before the launch and, if `written`, read back.
struct argument {
  enum class category { memory, value, local_memory };
  category kind = category::value;
  std::span<std::byte> memory{}; ///< category::memory
  bool written = false;          ///< category::memory: read back after the launch
  /// category::memory: ends at an inaccessible page, or where a device has none, at bytes that must not change.
  bool guarded = false;
  std::vector<std::byte> bytes{}; ///< category::value
  std::size_t local_bytes = 0;    ///< category::local_memory
  /// category::memory: the same device memory as the argument at this position, for aliasing.
  std::optional<std::size_t> same_as{};
};

struct source_text {
  std::string text;
  std::string options{};
  std::string file_name{}; ///< empty: from memory
};

struct launch {
  std::string kernel = "k";
  std::vector<std::size_t> global{1};
  std::vector<std::size_t> local{}; ///< empty: the runner chooses
  std::vector<std::size_t> offset{};
};

/// The source was refused. `what()` is the build log.
struct build_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The launch was refused or failed.
struct launch_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The kernel did what OpenCL C leaves undefined. `what()` says what and where.
struct finding : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The launch did not come to an end. It keeps a thread of the process, whose own end would wait for it.
struct launch_endless : launch_failure {
  using launch_failure::launch_failure;
};

class built_program {
 public:
  virtual ~built_program() = default;
  /// Blocks until the results are in the arguments' memory.
  virtual void run(const launch& l, std::vector<argument>& arguments) = 0;
  /// Warnings and the like.
  virtual std::string log() const = 0;
};

class runner {
 public:
  virtual ~runner() = default;
  virtual std::string name() const = 0;
  virtual std::unique_ptr<built_program> build(const source_text& source) = 0;

  /// The compiler under test is ours: it must refuse what it documents as unsupported and warn as documented.
  virtual bool is_dotcompute() const { return false; }
  virtual bool pocl_compiles() const { return false; }
  /// Races, reads of what was never written, accesses out of bounds and barriers that some work-items do not reach make
  /// run() throw `finding`.
  virtual bool has_findings() const { return false; }
  virtual std::size_t max_group_size() const = 0;
  virtual std::uint64_t local_memory_bytes() const = 0;
};

struct runner_options {
  std::string driver = "cpu"; ///< a device of dotcompute, "cpu", "cuda:0", "opencl:0"; another's "pocl", "oclgrind"
  std::uint32_t lanes = 0;    ///< work-items a pack; 0: the driver's choice
};

/// "pocl" or "oclgrind".
std::unique_ptr<runner> make_opencl_runner(const std::string& driver);
std::unique_ptr<runner> make_dotcompute_runner(const runner_options& options);
std::unique_ptr<runner> make_runner(const runner_options& options);

/// A runner is not there at all (no OpenCL library, no such device).
struct runner_missing : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace kernel_suite
