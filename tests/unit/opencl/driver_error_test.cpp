// SPDX-License-Identifier: MIT
#include "drivers/opencl/driver_error.hpp"

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace dotcompute::opencl {
namespace {

/// Every number of the core specification, -1 to -19 and -30 to -72, and those of registered extensions.
TEST(opencl_errors, EveryResultOfTheCoreSpecificationHasAMeaning) {
  for (int n = -1; n >= CL_MAX_SIZE_RESTRICTION_EXCEEDED; --n) {
    if (n < -19 && n > -30) continue; // no number of the specification
    const result_meaning& m = meaning_of(static_cast<result>(n));
    EXPECT_EQ(static_cast<int>(m.number), n);
    EXPECT_TRUE(std::string(m.name).starts_with("CL_")) << n;
    EXPECT_FALSE(std::string(m.remedy).empty()) << n;
  }
  EXPECT_EQ(result_meanings().front().number, result::device_not_found);
}

TEST(opencl_errors, NamesAreNotUsedTwice) {
  std::set<std::string> names;
  for (const result_meaning& m : result_meanings())
    EXPECT_TRUE(names.insert(m.name).second) << m.name;
}

TEST(opencl_errors, UnknownNumbersAreFatal) {
  for (const int n : {-20, -29, -73, -999, -5000, 1, 17}) {
    const error e = make_error(static_cast<result>(n), "clFlush", "opencl:0", "signal");
    EXPECT_EQ(e.kind(), error_class::fatal) << n;
    EXPECT_NE(e.message().find(std::to_string(n)), std::string::npos) << e.message();
  }
}

struct expectation {
  int number;
  error_class kind;
  error_code code;
};

TEST(opencl_errors, WhatCallersMustTellApart) {
  constexpr expectation table[] = {
      {CL_MEM_OBJECT_ALLOCATION_FAILURE, error_class::resource, error_code::out_of_device_memory},
      {CL_OUT_OF_RESOURCES, error_class::resource, error_code::out_of_device_memory},
      {CL_OUT_OF_HOST_MEMORY, error_class::resource, error_code::out_of_memory},
      {CL_BUILD_PROGRAM_FAILURE, error_class::programmer, error_code::compile_failed},
      {CL_COMPILER_NOT_AVAILABLE, error_class::programmer, error_code::unsupported},
      {CL_INVALID_WORK_GROUP_SIZE, error_class::programmer, error_code::limit_exceeded},
      {CL_INVALID_BUILD_OPTIONS, error_class::programmer, error_code::invalid_options},
      {CL_INVALID_ARG_SIZE, error_class::programmer, error_code::argument_type},
      {CL_PLATFORM_NOT_FOUND_KHR, error_class::programmer, error_code::device_not_found},
      {CL_DEVICE_NOT_AVAILABLE, error_class::device_lost, error_code::device_lost},
      {CL_INVALID_CONTEXT, error_class::device_lost, error_code::device_lost},
      {CL_INVALID_COMMAND_QUEUE, error_class::device_lost, error_code::device_lost},
      {CL_CONTEXT_TERMINATED_KHR, error_class::device_lost, error_code::device_lost},
      {CL_INVALID_KERNEL, error_class::fatal, error_code::internal},
  };
  for (const expectation& e : table) {
    const result_meaning& m = meaning_of(static_cast<result>(e.number));
    EXPECT_EQ(m.kind, e.kind) << m.name;
    EXPECT_EQ(m.code, e.code) << m.name;
  }
}

TEST(opencl_errors, OnlyOutOfResourcesIsAmbiguous) {
  for (const result_meaning& m : result_meanings())
    EXPECT_EQ(m.is_ambiguous, m.number == result::out_of_resources) << m.name;
}

TEST(opencl_errors, ErrorsNameFunctionResultDeviceAndWhatToDo) {
  const error e =
      make_error(result::invalid_work_group_size, "clEnqueueNDRangeKernel", "opencl:1", "launch kernel 'k'");
  EXPECT_EQ(e.message(), "clEnqueueNDRangeKernel returned CL_INVALID_WORK_GROUP_SIZE (-54)");
  EXPECT_EQ(e.device(), "opencl:1");
  EXPECT_EQ(e.operation(), "launch kernel 'k'");
  EXPECT_FALSE(e.remedy().empty());
}

} // namespace
} // namespace dotcompute::opencl
