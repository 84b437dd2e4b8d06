// SPDX-License-Identifier: MIT
#include "../../temporary_folder.hpp"
#include "drivers/opencl/opencl_devices.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

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

/// The system's loader with a folder of vendors of the test's own.
class vendors {
 public:
  explicit vendors(const std::vector<std::string>& libraries) {
    for (std::size_t i = 0; i < libraries.size(); ++i)
      std::ofstream(folder_.path() / (std::to_string(i) + ".icd")) << libraries[i] << "\n";
    ::unsetenv("DOTCOMPUTE_LIBOPENCL");
    ::setenv("OCL_ICD_VENDORS", (folder_.path().string() + "/").c_str(), 1);
  }
  ~vendors() { ::unsetenv("OCL_ICD_VENDORS"); }

 private:
  const dotcompute::test::temporary_folder folder_;
};

/// In a process of its own, since loader and drivers stay as they were first loaded: how many devices there are.
std::size_t devices_alone(std::string& why) {
  int ends[2];
  if (::pipe(ends) != 0) return 99;
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    std::string reason;
    const std::size_t count = devices(reason).size();
    const std::string told = std::to_string(count) + " " + reason;
    if (::write(ends[1], told.data(), told.size()) < 0) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  char text[4096];
  std::string told;
  for (ssize_t n; (n = ::read(ends[0], text, sizeof text)) > 0;)
    told.append(text, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0 || told.empty()) return 99;
  why = told.substr(told.find(' ') + 1);
  return std::stoul(told);
}

TEST(loader_without_platforms, SaysWhereDriversAnnounceThemselves) {
  const vendors none({});
  std::string why;
  EXPECT_EQ(devices_alone(why), 0u);
  if (why.find("no OpenCL loader") != std::string::npos) GTEST_SKIP() << why;
  EXPECT_NE(why.find("/etc/OpenCL/vendors"), std::string::npos) << why;
}

TEST(broken_vendor, HidesNoOther) {
  std::string why;
  const std::vector<std::string> broken{"/nonexistent/libvendor.so", "/etc/passwd", "libm.so.6"};
  {
    const vendors only(broken);
    EXPECT_EQ(devices_alone(why), 0u);
    if (why.find("no OpenCL loader") != std::string::npos) GTEST_SKIP() << why;
    EXPECT_NE(why.find("no platform"), std::string::npos) << why;
  }
  if (!std::filesystem::exists("/etc/OpenCL/vendors/pocl.icd")) GTEST_SKIP() << "there is no PoCL";
  std::ifstream file("/etc/OpenCL/vendors/pocl.icd");
  std::string pocl;
  std::getline(file, pocl);
  auto all = broken;
  all.push_back(pocl);
  const vendors and_pocl(all);
  EXPECT_EQ(devices_alone(why), 1u) << why;
}

} // namespace
} // namespace dotcompute::opencl
