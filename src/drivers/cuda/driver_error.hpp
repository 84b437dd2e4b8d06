// SPDX-License-Identifier: MIT
// What each result of the CUDA driver means to a caller of dotcompute.
#pragma once

#include "drivers/cuda/driver_api.hpp"

#include <dotcompute/error.hpp>

#include <span>
#include <string>

namespace dotcompute::cuda {

struct result_meaning {
  result number;
  const char* name; ///< "CUDA_ERROR_ILLEGAL_ADDRESS"
  error_class kind; ///< device_lost and fatal: nothing of this process can use the device any more
  error_code code;
  const char* remedy; ///< a sentence
};

/// Every result of CUDA 13.0 but success, by ascending number.
std::span<const result_meaning> result_meanings() noexcept;

/// Numbers that CUDA 13.0 does not know are fatal.
const result_meaning& meaning_of(result r) noexcept;

/// "cuLaunchKernel returned CUDA_ERROR_INVALID_VALUE (1): invalid argument". `api` gives the driver's own words, and
/// may be null.
std::string describe(result r, const char* function, const driver_api* api);

/// The error for a call that failed, about `device`, while doing `operation`.
error make_error(result r, const char* function, const driver_api* api, const std::string& device,
                 const std::string& operation);

} // namespace dotcompute::cuda
