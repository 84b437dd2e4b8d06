// SPDX-License-Identifier: MIT
// The OpenMP peer's shared objects, opened at run time from beside the executable or from where they are installed.
#pragma once

#include "openmp/peer.hpp"

#include <filesystem>
#include <string>

namespace dotcompute::benchmark {

/// `variant` is "openmp" or "openmp_fast". Null when it cannot be used on this machine, with the reason in `reason`.
const openmp_peer* open_openmp(const std::string& variant, const std::filesystem::path& executable,
                               std::string& reason);

} // namespace dotcompute::benchmark
