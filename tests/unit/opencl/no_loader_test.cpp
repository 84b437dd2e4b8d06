// SPDX-License-Identifier: MIT
#include "drivers/opencl/opencl_devices.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace dotcompute::opencl {
namespace {

/// A loader that no machine has, so that what is installed does not matter.
struct without_loader : testing::Test {
  void SetUp() override { ::setenv("DOTCOMPUTE_LIBOPENCL", "/nonexistent/libOpenCL.so.1", 1); }
  void TearDown() override { ::unsetenv("DOTCOMPUTE_LIBOPENCL"); }
};

TEST_F(without_loader, NoDeviceIsFoundAndTheReasonIsSaid) {
  for (int i = 0; i < 2; ++i) {
    std::string why;
    EXPECT_TRUE(devices(why).empty());
    EXPECT_NE(why.find("/nonexistent/libOpenCL.so.1"), std::string::npos) << why;
    EXPECT_NE(why.find("DOTCOMPUTE_LIBOPENCL"), std::string::npos) << why;
  }
}

TEST_F(without_loader, OpeningSaysWhatToInstall) {
  try {
    open(0, {});
    FAIL() << "a device was opened";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::device_not_found);
    EXPECT_EQ(e.device(), "opencl:0");
    EXPECT_NE(e.remedy().find("ocl-icd-libopencl1"), std::string::npos) << e.what();
  }
}

TEST_F(without_loader, ALibraryOfAnotherKindIsRefused) {
  ::setenv("DOTCOMPUTE_LIBOPENCL", "libm.so.6", 1);
  std::string why;
  EXPECT_TRUE(devices(why).empty());
  EXPECT_NE(why.find("clGetPlatformIDs"), std::string::npos) << why;
}

TEST_F(without_loader, ALoaderThatIsTooOldNamesWhatItLacks) {
  ::setenv("DOTCOMPUTE_LIBOPENCL", WITHOUT_FUNCTIONS, 1);
  std::string why;
  EXPECT_TRUE(devices(why).empty());
  EXPECT_EQ(why.find("clGetPlatformIDs"), std::string::npos) << why;
  EXPECT_NE(why.find("clEnqueueBarrierWithWaitList"), std::string::npos) << why;
  EXPECT_EQ(why.find("clSVMAlloc"), std::string::npos) << why; // that one a device can do without
}

/// The system's loader, told by its own variable to look for drivers in a folder that has none.
TEST(loader_without_platforms, SaysWhereDriversAnnounceThemselves) {
  ::setenv("OCL_ICD_VENDORS", "/nonexistent/", 1);
  std::string why;
  const auto found = devices(why);
  ::unsetenv("OCL_ICD_VENDORS");
  if (why.find("no OpenCL loader") != std::string::npos) GTEST_SKIP() << why;
  EXPECT_TRUE(found.empty());
  EXPECT_NE(why.find("/etc/OpenCL/vendors"), std::string::npos) << why;
}

} // namespace
} // namespace dotcompute::opencl
