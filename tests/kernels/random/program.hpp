// SPDX-License-Identifier: MIT
// A generated OpenCL C program as a tree. Every node is a piece of text with places for its parts, so that the shrinker
// can take parts away without knowing what they mean.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace random_programs {

/// `text` with $0, $1, ... for the operands. Its value has the type named `type`.
struct expression {
  std::string text;
  std::string type;
  std::vector<expression> operands{};
};

/// `text` with $0, $1, ... for expressions and @0, @1, ... for lists of statements.
struct statement {
  std::string text;
  std::vector<expression> expressions{};
  std::vector<std::vector<statement>> bodies{};
  bool fixed = false; ///< the shrinker must keep it
};

struct function {
  std::string head; ///< everything before the body's brace
  std::vector<statement> body{};
  std::string tail{}; ///< the last statement
};

/// One kernel with the helper functions that only it calls, and how to launch it.
struct kernel {
  std::string name;
  std::vector<function> functions{};          ///< the kernel last
  std::vector<std::size_t> global{}, local{}; ///< no local size: left open
  std::size_t local_bytes = 0;                ///< of the kernel's local memory argument; 0: it has none
  std::uint64_t seed = 0;

  std::size_t items() const {
    std::size_t n = 1;
    for (const std::size_t g : global)
      n *= g;
    return n;
  }
};

struct generator_limits {
  /// Work-items may return while others still meet barriers. OpenCL 1.2 leaves that undefined; dotcompute does not.
  bool return_before_barriers = true;
};

/// The same seed and limits give the same kernel on every machine.
kernel generate(std::uint64_t seed, const std::string& name, const generator_limits& limits);

/// Definitions of what `text`, one or more rendered kernels, calls and does not define.
std::string prelude(const std::string& text);

std::string render(const kernel& k);
/// Statements and expressions, for reporting what shrinking reached.
std::size_t node_count(const kernel& k);

} // namespace random_programs
