// SPDX-License-Identifier: MIT
// NVIDIA GPUs of this machine.
#pragma once

#include "drivers/driver.hpp"

#include <dotcompute/capabilities.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dotcompute::cuda {

/// Every GPU that the CUDA driver shows, "cuda:0" first; a failing one does not hide others. When there is none,
/// `why_none` says what was looked for and what was found. Makes no context. Thread-safe. Throws std::bad_alloc only.
std::vector<device_info> devices(std::string& why_none);

/// Opens "cuda:<ordinal>". Takes 0.1 to 0.5 s, which the driver needs for its context. Throws device_not_found,
/// unsupported, out_of_device_memory, device_lost.
std::unique_ptr<drivers::driver> open(std::uint32_t ordinal, const drivers::driver_options& options);

} // namespace dotcompute::cuda
