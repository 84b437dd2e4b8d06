// SPDX-License-Identifier: MIT
// Which system calls a confined process may make.
#pragma once

#include "support/confinement.hpp"
#include "support/confinement/filter_program.hpp"

namespace dotcompute::confinement {

/// For the calling process: signals to itself are told by its process id.
system_call_rules rules_for(confinement_profile profile);

} // namespace dotcompute::confinement
