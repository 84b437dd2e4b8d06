// SPDX-License-Identifier: MIT
#include "drivers/cuda/cuda_devices.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace dotcompute::cuda {
namespace {

/// One that no machine has, so that what is installed does not matter.
struct without_driver : testing::Test {
  void SetUp() override { ::setenv("DOTCOMPUTE_LIBCUDA", "/nonexistent/libcuda.so.1", 1); }
  void TearDown() override { ::unsetenv("DOTCOMPUTE_LIBCUDA"); }
};

TEST_F(without_driver, NoDeviceIsFoundAndTheReasonIsSaid) {
  for (int i = 0; i < 2; ++i) {
    std::string why;
    EXPECT_TRUE(devices(why).empty());
    EXPECT_NE(why.find("/nonexistent/libcuda.so.1"), std::string::npos) << why;
    EXPECT_NE(why.find("DOTCOMPUTE_LIBCUDA"), std::string::npos) << why;
  }
}

TEST_F(without_driver, OpeningSaysWhatToInstall) {
  try {
    open(0, {});
    FAIL() << "a device was opened";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::device_not_found);
    EXPECT_EQ(e.device(), "cuda:0");
    EXPECT_NE(e.remedy().find("NVIDIA driver"), std::string::npos) << e.what();
  }
}

TEST_F(without_driver, ALibraryOfAnotherKindIsRefused) {
  ::setenv("DOTCOMPUTE_LIBCUDA", "libm.so.6", 1);
  std::string why;
  EXPECT_TRUE(devices(why).empty());
  EXPECT_NE(why.find("cuInit"), std::string::npos) << why;
}

} // namespace
} // namespace dotcompute::cuda
