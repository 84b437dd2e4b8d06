// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/server/process_pool.hpp"

#include "compiler/compile.hpp"
#include "compiler/server/failures.hpp"

#include <unordered_map>

namespace dotcompute::compiler {

/// Has requests compiled by processes of a pool and outlives whatever they do. Thread-safe.
class compiler_client {
 public:
  compiler_client(std::string executable, unsigned processes) : pool_(std::move(executable), processes) {}

  struct outcome {
    std::shared_ptr<const result> value;
    /// The compiler process was built from the same sources as this library, so the result may be kept under its name.
    bool is_ours = true;
  };
  /// A process that dies is replaced and the request tried once more, since an earlier request may have harmed it; what
  /// brings down two is refused from then on. Throws as service::compile() does.
  outcome compile(const digest& key, const request& r, std::chrono::milliseconds timeout, const std::stop_token& stop);

  void prewarm() noexcept { pool_.prewarm(); }

 private:
  void check_refused(const digest& key, const request& r);
  /// Whether this was the second time.
  bool count_crash(const digest& key, const death& d);
  outcome take(process_pool::lease& process, const request& r, std::span<const std::byte> answer);

  process_pool pool_;
  struct crash_record {
    unsigned times = 0;
    std::string last;
  };
  std::mutex mutex_;
  std::unordered_map<digest, crash_record> crashes_;
  bool told_of_other_build_ = false, told_of_confinement_ = false;
};

} // namespace dotcompute::compiler
