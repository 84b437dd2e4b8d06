// SPDX-License-Identifier: MIT
#include "drivers/cuda/device_properties.hpp"

#include "drivers/numa_node.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace dotcompute::cuda {
namespace {

/// A driver and one of its devices.
struct reader {
  const driver_api& api;
  device_ordinal device;

  known<std::uint64_t> attribute(device_attribute a) const {
    int value = 0;
    if (api.cuDeviceGetAttribute(&value, a, device) != result::success || value < 0) return {};
    return static_cast<std::uint64_t>(value);
  }
  known<std::uint32_t> narrow(device_attribute a) const {
    const auto value = attribute(a);
    return value ? known<std::uint32_t>(static_cast<std::uint32_t>(*value)) : known<std::uint32_t>();
  }
};

known<std::string> read_name(const reader& r) {
  char text[256] = {};
  if (r.api.cuDeviceGetName(text, sizeof text - 1, r.device) != result::success || !*text) return {};
  return std::string(text);
}

/// As nvidia-smi writes it.
known<std::string> read_uuid(const reader& r) {
  device_uuid id{};
  if (r.api.cuDeviceGetUuid(&id, r.device) != result::success) return {};
  std::string text = "GPU-";
  for (unsigned i = 0; i < sizeof id.bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += "0123456789abcdef"[id.bytes[i] >> 4];
    text += "0123456789abcdef"[id.bytes[i] & 15];
  }
  return text;
}

known<std::string> read_pci_address(const reader& r) {
  char text[64] = {};
  if (r.api.cuDeviceGetPCIBusId(text, sizeof text - 1, r.device) != result::success || !*text) return {};
  std::string address = text;
  std::transform(address.begin(), address.end(), address.begin(), [](unsigned char c) { return std::tolower(c); });
  return address;
}

} // namespace

known<std::uint32_t> read_architecture(const driver_api& api, device_ordinal device) {
  const reader r{api, device};
  const auto major = r.narrow(device_attribute::compute_capability_major),
             minor = r.narrow(device_attribute::compute_capability_minor);
  if (!major || !minor) return {};
  return *major * 10 + *minor;
}

capabilities read_capabilities(const cuda_library& library, device_ordinal device) {
  const reader r{library.api, device};
  capabilities c;
  c.backend = "cuda";
  c.type = std::string("gpu");
  c.name = read_name(r);
  c.vendor = std::string("NVIDIA");
  c.driver = "CUDA " + version_text(library.version);
  c.stable_id = read_uuid(r);
  c.pci_address = read_pci_address(r);
  if (c.pci_address) c.numa_node = drivers::read_numa_node(*c.pci_address);
  const auto architecture = read_architecture(library.api, device);
  if (architecture) {
    c.target = "sm_" + std::to_string(*architecture);
    // CUDA C++ Programming Guide, arithmetic instructions and atomic functions by compute capability.
    c.fp16 = *architecture >= 53;
    c.fp64 = *architecture >= 13;
    c.int64_atomics = *architecture >= 35;
  }
  c.compute_units = r.narrow(device_attribute::multiprocessor_count);
  if (const auto kilohertz = r.narrow(device_attribute::clock_rate)) c.clock_mhz = *kilohertz / 1000;
  c.max_work_item_dimensions = 3; // a block's; no version of CUDA has another number
  const auto x = r.attribute(device_attribute::max_block_dim_x), y = r.attribute(device_attribute::max_block_dim_y),
             z = r.attribute(device_attribute::max_block_dim_z);
  if (x && y && z) c.max_work_item_sizes = std::array<std::uint64_t, 3>{*x, *y, *z};
  c.max_work_group_size = r.attribute(device_attribute::max_threads_per_block);
  c.simd_lanes = r.narrow(device_attribute::warp_size);
  c.local_memory_bytes = r.attribute(device_attribute::max_shared_memory_per_block_optin);
  std::size_t memory = 0;
  if (library.api.cuDeviceTotalMem(&memory, device) == result::success) {
    c.global_memory_bytes = memory;
    c.largest_allocation_bytes = memory; // addresses are mapped as is needed, so the whole may be one piece
  }
  c.l2_cache_bytes = r.attribute(device_attribute::l2_cache_size);
  if (const auto integrated = r.attribute(device_attribute::integrated)) c.unified_memory = *integrated != 0;
  return c;
}

} // namespace dotcompute::cuda
