// SPDX-License-Identifier: MIT
// Services of one's own, beside the shared one.
#pragma once

#include "compiler/server/service.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace dotcompute::compiler {

struct service_options {
  std::string executable;   ///< of the compiler process; empty: located as for the shared service
  std::string cache_folder; ///< empty: no disk cache
  std::size_t disk_limit_bytes = std::size_t{512} << 20;
  std::size_t memory_limit_bytes = std::size_t{256} << 20;
  unsigned processes = 2;
};

std::unique_ptr<service> make_service(const service_options& options);

} // namespace dotcompute::compiler
