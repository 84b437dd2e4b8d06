// SPDX-License-Identifier: MIT
#pragma once

#include "harness/runner.hpp"

namespace kernel_suite {

/// Runs on the processor, and compiles every text for NVIDIA GPUs as well, which need not be there: for sm_80, sm_90
/// and sm_100 as "nvrtc", for one of them as "nvrtc:90". Throws runner_missing where NVRTC compiles for none of them.
std::unique_ptr<runner> make_nvrtc_runner(const std::string& driver);

} // namespace kernel_suite
