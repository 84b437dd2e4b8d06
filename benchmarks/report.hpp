// SPDX-License-Identifier: MIT
// Benchmark results as text: JSON lines for programs, a table for people.
#pragma once

#include "bench.hpp"

#include <nlohmann/json_fwd.hpp>

namespace dotcompute::benchmark {

/// {workload, metric, unit, value, peers: {name: value}, ratio: {name: x}, checked, ...}; `value` is the best, with the
/// medians beside it.
nlohmann::json to_json(const row& r);
/// The machine and all rows: what docs/measurements/ keeps.
nlohmann::json to_json(const outcome& o);

/// One table line for each row, a header, and the problems below.
std::string table(const outcome& o);

/// Every goal that could be judged was reached.
bool all_goals_reached(const outcome& o);
bool all_checked(const outcome& o);

} // namespace dotcompute::benchmark
