// SPDX-License-Identifier: MIT
// What this machine's processors are, as far as the operating system tells.
#pragma once

#include "support/processor_budget.hpp"

#include <dotcompute/capabilities.hpp>

namespace dotcompute::cpu {

/// Reads /proc and /sys; what cannot be read stays unknown.
capabilities read_capabilities(const processor_budget& budget);

/// Bytes that could be allocated now without swapping; unknown when /proc/meminfo does not say.
known<std::uint64_t> available_memory();

} // namespace dotcompute::cpu
