// SPDX-License-Identifier: MIT
// What the driver says of a device, without making a context.
#pragma once

#include "drivers/cuda/cuda_library.hpp"

#include <dotcompute/capabilities.hpp>

namespace dotcompute::cuda {

/// What the driver does not answer stays unknown.
capabilities read_capabilities(const cuda_library& library, device_ordinal device);

/// Ten times the major plus the minor number of the compute capability; unknown when the driver does not answer.
known<std::uint32_t> read_architecture(const driver_api& api, device_ordinal device);

} // namespace dotcompute::cuda
