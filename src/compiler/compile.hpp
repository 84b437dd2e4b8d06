// SPDX-License-Identifier: MIT
// A compilation as plain data: what is asked, what comes back. The compiler process answers it with LLVM and clang; the
// service process, the cache and the tools only see these types.
#pragma once

#include "compiler/reflection.hpp"
#include "support/digest.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dotcompute::compiler {

/// `llvm`, `assembly` and `object` are a CPU's, `cuda` is a GPU's: its CUDA C; `opencl` is an OpenCL device's: OpenCL C
/// printed from the IR.
enum class stage : std::uint8_t { program, ir, llvm, assembly, object, cuda, opencl };

struct cpu_target {
  std::string cpu = "native"; ///< LLVM's name, or "native"
  std::string features;       ///< LLVM's list, "+avx2,-avx512f"; empty for the cpu's own
  std::uint32_t lanes = 0;    ///< work-items a pack; 0 chooses by the target's vector width
  friend bool operator==(const cpu_target&, const cpu_target&) = default;
};

/// An NVIDIA GPU, compiled for through CUDA C and NVRTC.
struct cuda_target {
  std::uint32_t architecture = 90; ///< compute capability, ten times the major number plus the minor
  friend bool operator==(const cuda_target&, const cuda_target&) = default;
};

/// Any OpenCL device: its driver compiles the text, which the front end has read and checked before.
struct opencl_target {
  bool printed = false;         ///< the driver gets the text that is printed from the IR in place of the user's
  bool divides_exactly = false; ///< printed text: the driver rounds quotients and square roots of floats right if asked
  friend bool operator==(const opencl_target&, const opencl_target&) = default;
};

using target_description = std::variant<cpu_target, cuda_target, opencl_target>;

/// A kernel compiled for one local size; needed before a kernel with barriers or local memory can run at full speed.
struct specialization {
  std::string kernel;
  std::array<std::uint32_t, 3> local_size{1, 1, 1};
  friend bool operator==(const specialization&, const specialization&) = default;
};

struct request {
  std::string source;    ///< OpenCL C text
  std::string file_name; ///< shown in diagnostics; its folder is searched for includes when absolute
  std::string options;   ///< as clBuildProgram takes them
  target_description target;
  stage emit = stage::program;
  /// Absent: the flat kernels and those whose local size the source fixes are compiled; the others are only reflected.
  std::optional<specialization> specialize;
  /// Compile every kernel for any local size, for programs that must run where there is no compiler.
  bool any_local_size = false;
};

enum class severity : std::uint8_t { remark, warning, error };

struct diagnostic {
  severity level = severity::error;
  std::string file;
  std::uint32_t line = 0, column = 0;
  std::string message;
};

/// A file that the source included, as it was found, and what it held. A cached result is good while all still do.
struct included_file {
  std::string path;
  digest contents;
};

struct result {
  bool succeeded = false;
  std::string log; ///< diagnostics as clang prints them: file:line:column, text, the line, a caret
  std::vector<diagnostic> diagnostics;
  std::vector<kernel_reflection> kernels;
  /// stage::program: for a CPU an ELF shared object that exports, for each compiled kernel, the entry of
  /// compiler/targets/cpu/kernel_abi.hpp; for a GPU a cubin whose kernels are those of
  /// compiler/targets/cuda/kernel_abi.hpp; for an OpenCL device its driver's input, as
  /// compiler/targets/opencl/program_text.hpp packs it. Other stages: text, or an ELF object.
  std::vector<std::byte> binary;
  /// Kernels that `binary` has code for: name and the local size it is for (zeros: any).
  struct entry {
    std::string kernel, symbol;
    std::array<std::uint32_t, 3> local_size{};
    std::uint32_t lanes = 0;
    std::uint64_t local_bytes = 0;   ///< static local memory of one work-group
    std::uint64_t scratch_bytes = 0; ///< per thread, for values that live across barriers and private arrays
    /// GPU: the kernel for ranges in which an offset plus a size is beyond 2^31 in some dimension, which `symbol` is
    /// not for; empty when one does for all.
    std::string wide_symbol{};
    bool prints = false;                  ///< GPU: has a printf
    std::uint32_t items = 1;              ///< GPU: work-groups that a block may take at once
    std::uint32_t guarded_dimensions = 3; ///< GPU, flat kernels: blocks may hang over the range's end in these
    kernel_resources resources{};
  };
  std::vector<entry> entries;
  std::vector<std::string> print_formats; ///< printf format texts, indexed by the id that a kernel hands to the driver
  std::vector<included_file> included_files; ///< each once, without the compiler's own
};

/// Runs the whole pipeline in this process: clang, IR, analysis, LLVM, linking. Implemented where LLVM is linked.
/// Never throws for bad input: what is wrong is in the result.
result compile(const request& r);

} // namespace dotcompute::compiler
