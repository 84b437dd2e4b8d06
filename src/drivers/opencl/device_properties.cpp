// SPDX-License-Identifier: MIT
#include "drivers/opencl/device_properties.hpp"

#include "drivers/numa_node.hpp"
#include "drivers/opencl/device_memory.hpp"
#include "drivers/opencl/known_drivers.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace dotcompute::opencl {
namespace {

/// A driver and one of its devices.
struct reader {
  const driver_api& api;
  device_handle device;
  std::string extensions = read_text(api, device, device_info::extensions);

  template <class T>
  known<T> number(device_info what) const {
    return read_number<T>(api, device, what);
  }
  bool has(std::string_view extension) const { return has_extension(extensions, extension); }
};

template <class To, class From>
known<To> widen(const known<From>& from) {
  return from ? known<To>(static_cast<To>(*from)) : known<To>();
}

known<std::string> unless_empty(std::string text) {
  return text.empty() ? known<std::string>() : known<std::string>(std::move(text));
}

/// A device may be of several types, and then it is what it is best at.
known<std::string> read_type(bits type) {
  if (type & device_type_gpu) return std::string("gpu");
  if (type & device_type_accelerator) return std::string("accelerator");
  if (type & device_type_cpu) return std::string("cpu");
  return {};
}

known<std::string> read_pci_address(const reader& r) {
  if (r.has("cl_khr_pci_bus_info"))
    if (const auto p = r.number<pci_address>(device_info::pci_bus_info_khr))
      return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", p->domain, p->bus, p->device, p->function);
  if (r.has("cl_nv_device_attribute_query")) {
    const auto bus = r.number<std::uint32_t>(device_info::pci_bus_id_nv),
               slot = r.number<std::uint32_t>(device_info::pci_slot_id_nv),
               domain = r.number<std::uint32_t>(device_info::pci_domain_id_nv);
    // The slot is device and function as PCI packs them: five bits and three.
    if (bus && slot) return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", domain.value_or(0u), *bus, *slot >> 3, *slot & 7);
  }
  return {};
}

known<std::string> read_uuid(const reader& r) {
  if (!r.has("cl_khr_device_uuid")) return {};
  const auto id = r.number<std::array<unsigned char, 16>>(device_info::uuid_khr);
  if (!id) return {};
  std::string text;
  for (const unsigned char byte : *id)
    text += fmt::format("{:02x}", byte);
  return text;
}

known<std::uint32_t> read_lanes(const reader& r, bits type) {
  if (r.has("cl_nv_device_attribute_query")) return r.number<std::uint32_t>(device_info::warp_size_nv);
  if (r.has("cl_amd_device_attribute_query")) return r.number<std::uint32_t>(device_info::wavefront_width_amd);
  // A processor's is the width of its vectors; what others say of float vectors is no number of work-items.
  return type & device_type_cpu ? r.number<std::uint32_t>(device_info::native_vector_width_float)
                                : known<std::uint32_t>();
}

known<std::array<std::uint64_t, 3>> read_sizes(const reader& r, const known<std::uint32_t>& dimensions) {
  std::array<std::size_t, 16> sizes{};
  std::size_t bytes = 0;
  if (!dimensions || *dimensions < 3 || *dimensions > sizes.size() ||
      r.api.clGetDeviceInfo(r.device, device_info::max_work_item_sizes, *dimensions * sizeof sizes[0], sizes.data(),
                            &bytes) != result::success)
    return {};
  return std::array<std::uint64_t, 3>{sizes[0], sizes[1], sizes[2]};
}

} // namespace

bool has_extension(std::string_view extensions, std::string_view name) {
  for (auto at = extensions.find(name); at != std::string_view::npos; at = extensions.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || extensions[at - 1] == ' ') && (end == extensions.size() || extensions[end] == ' ')) return true;
  }
  return false;
}

bool is_processors(const driver_api& api, device_handle device) {
  return (read_number<bits>(api, device, device_info::type).value_or(bits{0}) & device_type_cpu) != 0;
}

capabilities read_capabilities(const driver_api& api, const found_device& found) {
  const reader r{api, found.device};
  const bits type = r.number<bits>(device_info::type).value_or(bits{0});
  capabilities c;
  c.backend = "opencl";
  const std::string platform = read_text(api, found.platform, platform_info::name),
                    version = read_text(api, found.platform, platform_info::version);
  c.platform = unless_empty(platform.empty() || version.empty() ? platform + version : platform + ", " + version);
  c.type = read_type(type);
  c.name = unless_empty(read_text(api, found.device, device_info::name));
  c.vendor = unless_empty(read_text(api, found.device, device_info::vendor));
  c.driver = unless_empty(fmt::format("{} {}, {}", platform, read_text(api, found.device, device_info::driver_version),
                                      read_text(api, found.device, device_info::version)));
  c.stable_id = read_uuid(r);
  c.target = unless_empty(read_text(api, found.device, device_info::opencl_c_version));
  c.compute_units = r.number<std::uint32_t>(device_info::max_compute_units);
  c.clock_mhz = r.number<std::uint32_t>(device_info::max_clock_frequency);
  c.max_work_item_dimensions = r.number<std::uint32_t>(device_info::max_work_item_dimensions);
  c.max_work_item_sizes = read_sizes(r, c.max_work_item_dimensions);
  c.max_work_group_size = widen<std::uint64_t>(r.number<std::size_t>(device_info::max_work_group_size));
  c.simd_lanes = read_lanes(r, type);
  if (c.simd_lanes && type & device_type_cpu) c.simd_width_bits = *c.simd_lanes * 32;
  if (const auto bytes = r.number<std::uint64_t>(device_info::local_mem_size))
    c.local_memory_bytes = usable_local_bytes(api, found, *bytes);
  c.global_memory_bytes = r.number<std::uint64_t>(device_info::global_mem_size);
  c.largest_allocation_bytes = r.number<std::uint64_t>(device_info::max_mem_alloc_size);
  // OpenCL tells of one cache for global memory and not which; a GPU's is the one that all of its units share.
  if (type & device_type_gpu) c.l2_cache_bytes = r.number<std::uint64_t>(device_info::global_mem_cache_size);
  c.cache_line_bytes = r.number<std::uint32_t>(device_info::global_mem_cacheline_size);
  c.pci_address = read_pci_address(r);
  if (c.pci_address) c.numa_node = drivers::read_numa_node(*c.pci_address);
  if (!r.extensions.empty()) {
    c.fp16 = r.has("cl_khr_fp16");
    c.int64_atomics = r.has("cl_khr_int64_base_atomics") && r.has("cl_khr_int64_extended_atomics");
    c.fp64 = r.has("cl_khr_fp64");
  }
  // What fp64 is since OpenCL 1.2, whether it is listed or not.
  if (const auto doubles = r.number<bits>(device_info::double_fp_config)) c.fp64 = *doubles != 0;
  c.unified_memory = is_unified(choose_memory(api, found));
  return c;
}

} // namespace dotcompute::opencl
