// SPDX-License-Identifier: MIT
// The service process's way to the compiler: memory cache, then disk cache, then the compiler process. Links no LLVM.
#pragma once

#include "compiler/compile.hpp"

#include <chrono>
#include <memory>
#include <stop_token>

namespace dotcompute::compiler {

/// Where a result came from, for reports and tests.
enum class origin : std::uint8_t { memory_cache, disk_cache, compiler_process };

struct answer {
  std::shared_ptr<const result> outcome; ///< never null
  origin source = origin::compiler_process;
};

/// Thread-safe. Identical requests in flight at the same time are compiled once.
class service {
 public:
  /// The one of this process; its compiler process starts at the first miss and is replaced when it dies.
  static service& shared();

  /// Never hangs: past `timeout` the compiler process is killed. Source errors are a result with `succeeded` false; a
  /// crash, a time-out or a missing compiler executable throws dotcompute::error saying which and what to do.
  virtual answer compile(const request& r, std::chrono::milliseconds timeout = std::chrono::seconds(60),
                         std::stop_token stop = {}) = 0;

  /// Starts the compiler process in the background, if none runs, so that the first compilation need not wait for it.
  /// Returns at once and never fails: what is wrong is told by compile().
  virtual void prewarm() = 0;

  /// Discards what this process remembers of compiling. What lies on disk stays: it is verified whenever it is read.
  virtual void forget() = 0;

  virtual ~service() = default;

 protected:
  service() = default;
};

} // namespace dotcompute::compiler
