// SPDX-License-Identifier: MIT
// Devices that lack something: each says so, and does what it can.
#include "drivers/opencl/known_drivers.hpp"
#include "opencl_fixture.hpp"

namespace dotcompute::opencl::test {
namespace {

enum : std::uint32_t {
  max_work_group_size = 0x1004,
  max_mem_alloc_size = 0x1010,
  local_mem_size = 0x1023,
  available = 0x1027,
  compiler_available = 0x1028,
  double_fp_config = 0x1032,
  platform_name = 0x0902,
};

struct lacking_device : testing::Test {
  void SetUp() override {
    use_failing_loader();
    if (!has_device()) GTEST_SKIP() << "there is no OpenCL device";
  }
  void TearDown() override {
    failingOpenCLDeviceWord(0, 0);
    failingOpenCLText(0, nullptr);
  }
  static capabilities described() {
    std::string why;
    return devices(why).at(0).properties;
  }
  static void expect_unsupported(const char* says) {
    try {
      open(0, {});
      ADD_FAILURE() << "it was opened";
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::unsupported) << e.what();
      EXPECT_EQ(e.device(), "opencl:0");
      EXPECT_NE(e.message().find(says), std::string::npos) << e.what();
      EXPECT_FALSE(e.remedy().empty());
    }
  }
  const own_cache cache;
};

TEST_F(lacking_device, WithoutACompilerIsListedAndNotOpened) {
  failingOpenCLDeviceWord(compiler_available, 0);
  EXPECT_TRUE(described().name);
  expect_unsupported("compiler");
  failingOpenCLDeviceWord(0, 0);
  EXPECT_NO_THROW(open(0, {}));
}

TEST_F(lacking_device, ThatIsNotAvailableIsListedAndNotOpened) {
  failingOpenCLDeviceWord(available, 0);
  EXPECT_TRUE(described().name);
  expect_unsupported("not available");
}

TEST_F(lacking_device, WithoutDoublesSaysSoAndComputes) {
  EXPECT_EQ(described().fp64, true);
  failingOpenCLDeviceWord(double_fp_config, 0);
  EXPECT_EQ(described().fp64, false);
  const auto device = open(0, {});
  EXPECT_EQ(device->properties().fp64, false);
  EXPECT_TRUE(device->load(compiled().image));
}

TEST_F(lacking_device, TinyLimitsAreReportedAsTheyAre) {
  failingOpenCLDeviceWord(max_work_group_size, 1);
  EXPECT_EQ(described().max_work_group_size, 1u);
  failingOpenCLDeviceWord(local_mem_size, 1024);
  EXPECT_EQ(described().local_memory_bytes, 1024u);
  // PoCL's allocations may be larger than 32 bits, of which the upper ones stay.
  failingOpenCLDeviceWord(max_mem_alloc_size, 4096);
  EXPECT_EQ(described().largest_allocation_bytes.value_or(0) % (std::uint64_t{1} << 32), 4096u);
  EXPECT_NO_THROW(open(0, {}));
}

TEST_F(lacking_device, LocalMemoryThatADriverKeepsIsNotPromised) {
  failingOpenCLDeviceWord(local_mem_size, 48 << 10);
  EXPECT_EQ(described().local_memory_bytes, 48u << 10);
  failingOpenCLText(platform_name, "NVIDIA CUDA");
  EXPECT_EQ(described().local_memory_bytes, (48u << 10) - kept_local_bytes);
  failingOpenCLDeviceWord(local_mem_size, 16);
  EXPECT_EQ(described().local_memory_bytes, 0u);
}

} // namespace
} // namespace dotcompute::opencl::test
