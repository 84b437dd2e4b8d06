// SPDX-License-Identifier: MIT
#include "execution/device_state.hpp"

#include <dotcompute/memory.hpp>

namespace dotcompute {

memory_statistics memory_pool::statistics() const {
  return device_->memory.statistics();
}
std::future<memory_statistics> memory_pool::statistics_async(std::stop_token stop) const {
  return device_->memory.statistics_async(std::move(stop));
}
std::vector<tag_statistics> memory_pool::tags() const {
  return device_->memory.tags();
}
memory_map memory_pool::map() const {
  return device_->memory.map();
}
trim_result memory_pool::trim() {
  return device_->memory.trim();
}
void memory_pool::set_budget(known<std::uint64_t> bytes) {
  device_->memory.set_budget(bytes);
}
void memory_pool::set_budget(std::string_view tag, known<std::uint64_t> bytes) {
  device_->memory.set_budget(device_->memory.tag(tag), bytes);
}
pressure_subscription memory_pool::on_pressure(int priority, pressure_callback callback) {
  return pressure_subscription(device_->memory.on_pressure(priority, std::move(callback)));
}
std::pmr::memory_resource* memory_pool::resource() const {
  return device_->memory.resource();
}
allocation_recording memory_pool::record(const std::string& path) {
  return allocation_recording(device_->memory.record(path));
}

} // namespace dotcompute
