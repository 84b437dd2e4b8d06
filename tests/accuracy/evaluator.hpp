// SPDX-License-Identifier: MIT
// Who computes the function under test.
#pragma once

#include "function_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace accuracy {

/// Arrays of `count` elements: of T, of int where the shape says so, of uint or ulong for from_code. Absent ones are
/// null.
struct batch {
  const void* first = nullptr;
  const void* second = nullptr;
  void* result = nullptr;
  void* second_result = nullptr;
  std::size_t count = 0;
};

class evaluator {
 public:
  virtual ~evaluator() = default;
  /// For the report: "native", "dotcompute, 16 lanes".
  virtual std::string name() const = 0;
  /// False when it cannot run `f` in precision `p`; such functions fail the test, they are not skipped silently.
  virtual bool has(const function& f, precision p) const = 0;
  /// May be called from several threads at once. Throws std::runtime_error.
  virtual void evaluate(const function& f, precision p, const batch& data) = 0;
};

/// The library's files compiled by clang for this machine and linked into this program.
std::unique_ptr<evaluator> make_native_evaluator();

/// Kernels on the CPU device, `lanes` work-items a pack (0: the device's choice). `selected` are the functions that
/// will be asked for. Throws dotcompute::error.
std::unique_ptr<evaluator> make_kernel_evaluator(std::uint32_t lanes, std::vector<function> selected);

} // namespace accuracy
