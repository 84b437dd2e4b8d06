// SPDX-License-Identifier: MIT
// Figures and maps of a memory pool as JSON, with the names of memory_statistics.hpp. Unknown is null.
#pragma once

#include <dotcompute/memory_statistics.hpp>
#include <nlohmann/json.hpp>

namespace dotcompute::tool {

nlohmann::ordered_json to_json(const memory_statistics& s);
nlohmann::ordered_json to_json(const memory_map& map);

/// {"capacity": n, ...}: all causes, those without a failure too.
nlohmann::ordered_json failures_json(const std::array<std::uint64_t, allocation_failures>& failures);

} // namespace dotcompute::tool
