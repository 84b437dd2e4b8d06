// SPDX-License-Identifier: MIT
// Landlock: which files a confined process may open.
#pragma once

#include "support/confinement.hpp"

namespace dotcompute::confinement {

/// Landlock and capabilities are a thread's own, and are inherited by those that it starts.
bool is_single_threaded();

/// Restricts the calling thread and those it starts later, and adds to `result` what was done. no_new_privs has to be
/// set.
void restrict_files(confinement_profile profile, const confinement_options& options, confinement_result& result);

} // namespace dotcompute::confinement
