// SPDX-License-Identifier: MIT
// Stages of a recovery as JSON.
#pragma once

#include "milliseconds.hpp"

#include <dotcompute/recovery.hpp>
#include <nlohmann/json.hpp>

namespace dotcompute::tool {

/// Adds the generation, when each stage was over, and whether the spare was used.
inline void add_stages(nlohmann::ordered_json& to, const recovery_report& r) {
  to["generation"] = r.generation;
  to["worker_stopped_ms"] = milliseconds(r.worker_stopped);
  to["worker_started_ms"] = milliseconds(r.worker_started);
  to["memory_mapped_ms"] = milliseconds(r.memory_mapped);
  to["programs_loaded_ms"] = milliseconds(r.programs_loaded);
  to["canary_done_ms"] = milliseconds(r.canary_done);
  to["resumed_ms"] = milliseconds(r.resumed);
  to["used_spare"] = r.used_spare;
}

} // namespace dotcompute::tool
