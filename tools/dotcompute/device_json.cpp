// SPDX-License-Identifier: MIT
#include "device_json.hpp"

namespace dotcompute::tool {

namespace {

template <class T>
nlohmann::ordered_json value_of(const known<T>& k) {
  return k ? nlohmann::ordered_json(*k) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json unless_empty(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

} // namespace

nlohmann::ordered_json to_json(const device_info& device) {
  const auto& c = device.properties;
  return {{"id", device.id},
          {"backend", c.backend},
          {"platform", value_of(c.platform)},
          {"type", value_of(c.type)},
          {"name", value_of(c.name)},
          {"vendor", value_of(c.vendor)},
          {"driver", value_of(c.driver)},
          {"stable_id", value_of(c.stable_id)},
          {"target", value_of(c.target)},
          {"compute_units", value_of(c.compute_units)},
          {"clock_mhz", value_of(c.clock_mhz)},
          {"max_work_item_dimensions", value_of(c.max_work_item_dimensions)},
          {"max_work_item_sizes", value_of(c.max_work_item_sizes)},
          {"max_work_group_size", value_of(c.max_work_group_size)},
          {"simd_width_bits", value_of(c.simd_width_bits)},
          {"simd_lanes", value_of(c.simd_lanes)},
          {"local_memory_bytes", value_of(c.local_memory_bytes)},
          {"global_memory_bytes", value_of(c.global_memory_bytes)},
          {"largest_allocation_bytes", value_of(c.largest_allocation_bytes)},
          {"l1_cache_bytes", value_of(c.l1_cache_bytes)},
          {"l2_cache_bytes", value_of(c.l2_cache_bytes)},
          {"l3_cache_bytes", value_of(c.l3_cache_bytes)},
          {"cache_line_bytes", value_of(c.cache_line_bytes)},
          {"pci_address", value_of(c.pci_address)},
          {"numa_node", value_of(c.numa_node)},
          {"fp16", value_of(c.fp16)},
          {"fp64", value_of(c.fp64)},
          {"int64_atomics", value_of(c.int64_atomics)},
          {"unified_memory", value_of(c.unified_memory)},
          {"better_as", unless_empty(device.better_as)},
          {"better_because", unless_empty(device.better_because)}};
}

} // namespace dotcompute::tool
