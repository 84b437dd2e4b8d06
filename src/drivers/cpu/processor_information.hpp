// SPDX-License-Identifier: MIT
// What this machine's processors are, as far as the operating system tells.
#pragma once

#include "support/processor_budget.hpp"

#include <dotcompute/capabilities.hpp>

namespace dotcompute::cpu {

/// Reads /proc and /sys; what cannot be read stays unknown.
capabilities read_capabilities(const processor_budget& budget);

/// Of the last cache level of all allowed processors together; unknown when the system does not tell.
known<std::uint64_t> last_level_cache_bytes(const processor_budget& budget);

} // namespace dotcompute::cpu
