// SPDX-License-Identifier: MIT
// What each result of OpenCL means to a caller of dotcompute.
#pragma once

#include "drivers/opencl/driver_api.hpp"

#include <dotcompute/error.hpp>

#include <span>
#include <string>

namespace dotcompute::opencl {

struct result_meaning {
  result number;
  const char* name; ///< "CL_OUT_OF_RESOURCES"
  error_class kind; ///< device_lost and fatal: nothing of this context can be used any more
  error_code code;
  const char* remedy;        ///< a sentence
  bool is_ambiguous = false; ///< drivers also say so when the device is lost, so it has to be asked
};

/// Every result of OpenCL 3.0 and of the registered extensions but success, from -1 down.
std::span<const result_meaning> result_meanings() noexcept;

/// Numbers that are in no registry are fatal.
const result_meaning& meaning_of(result r) noexcept;

/// "clEnqueueNDRangeKernel returned CL_INVALID_WORK_GROUP_SIZE (-54)".
std::string describe(result r, const char* function);

/// The error for a call that failed, about `device`, while doing `operation`.
error make_error(result r, const char* function, const std::string& device, const std::string& operation);

} // namespace dotcompute::opencl
