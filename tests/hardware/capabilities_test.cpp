// SPDX-License-Identifier: MIT
// What the library says of a GPU against what NVIDIA's library says.
#include "gpu_fixture.hpp"

#include <algorithm>
#include <cstdio>

namespace dotcompute::hardware {
namespace {

int attribute(raw::attribute which) {
  raw::device_number device = 0;
  raw::check(driver(), driver().get_device(&device, 0), "cuDeviceGet");
  int value = 0;
  raw::check(driver(), driver().device_attribute(&value, which, device), "cuDeviceGetAttribute");
  return value;
}

std::string hexadecimal(const raw::uuid& id) {
  std::string text;
  for (const unsigned char byte : id.bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::string without_dashes(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

} // namespace

using Capabilities = opened_gpu;

TEST_F(Capabilities, NamesTheDevice) {
  char name[256] = "";
  raw::check(driver(), driver().device_name(name, sizeof name, 0), "cuDeviceGetName");
  const auto& p = opened().properties();
  EXPECT_EQ(p.backend, "cuda");
  EXPECT_EQ(p.name.value_or(""), name);
  raw::uuid id{};
  raw::check(driver(), driver().device_uuid(&id, 0), "cuDeviceGetUuid");
  EXPECT_NE(without_dashes(p.stable_id.value_or("")).find(hexadecimal(id)), std::string::npos)
      << p.stable_id.value_or("unknown");
}

TEST_F(Capabilities, TargetIsTheArchitecture) {
  const auto expected = "sm_" + std::to_string(attribute(raw::attribute::compute_capability_major)) +
                        std::to_string(attribute(raw::attribute::compute_capability_minor));
  EXPECT_EQ(opened().properties().target.value_or(""), expected);
}

TEST_F(Capabilities, FiguresAreTheDrivers) {
  const auto& p = opened().properties();
  EXPECT_EQ(p.compute_units.value_or(0), static_cast<std::uint32_t>(attribute(raw::attribute::multiprocessor_count)));
  EXPECT_EQ(p.max_work_group_size.value_or(0),
            static_cast<std::uint64_t>(attribute(raw::attribute::max_threads_per_block)));
  const std::array<std::uint64_t, 3> sizes{static_cast<std::uint64_t>(attribute(raw::attribute::max_block_dim_x)),
                                           static_cast<std::uint64_t>(attribute(raw::attribute::max_block_dim_y)),
                                           static_cast<std::uint64_t>(attribute(raw::attribute::max_block_dim_z))};
  EXPECT_EQ((p.max_work_item_sizes.value_or(std::array<std::uint64_t, 3>{})), sizes);
  EXPECT_EQ(p.l2_cache_bytes.value_or(0), static_cast<std::uint64_t>(attribute(raw::attribute::l2_cache_bytes)));
  EXPECT_EQ(p.simd_lanes.value_or(0), static_cast<std::uint32_t>(attribute(raw::attribute::warp_size)));
  const auto local = p.local_memory_bytes.value_or(0);
  EXPECT_GE(local, static_cast<std::uint64_t>(attribute(raw::attribute::max_shared_memory_per_block)));
  EXPECT_LE(local, static_cast<std::uint64_t>(attribute(raw::attribute::max_shared_memory_per_block_optin)));
  std::size_t total = 0;
  raw::check(driver(), driver().device_total_memory(&total, 0), "cuDeviceTotalMem");
  EXPECT_EQ(p.global_memory_bytes.value_or(0), total);
}

TEST_F(Capabilities, EveryDeviceOfTheDriverIsListed) {
  int count = 0;
  raw::check(driver(), driver().device_count(&count), "cuDeviceGetCount");
  const auto all = devices();
  for (int i = 0; i < count; ++i) {
    const auto id = "cuda:" + std::to_string(i);
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const device_info& d) { return d.id == id; })) << id;
  }
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const device_info& d) { return d.id == "cpu:0"; }));
}

} // namespace dotcompute::hardware
