// SPDX-License-Identifier: MIT
#include "drivers/opencl/device_part.hpp"

#include "drivers/opencl/device_properties.hpp"
#include "drivers/opencl/driver_error.hpp"
#include "support/log.hpp"
#include "support/quiet_signals.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace dotcompute::opencl {
namespace {

constexpr const char* operation = "open a part of the device";
constexpr std::size_t most_counts = 4096;

struct affinity_domain {
  std::string_view name;
  bits domain;
};
constexpr std::array affinity_domains{
    affinity_domain{"numa", affinity_domain_numa},   affinity_domain{"l4", affinity_domain_l4_cache},
    affinity_domain{"l3", affinity_domain_l3_cache}, affinity_domain{"l2", affinity_domain_l2_cache},
    affinity_domain{"l1", affinity_domain_l1_cache}, affinity_domain{"next", affinity_domain_next_partitionable},
};

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{} || end != text.data() + text.size()) return {};
  return n;
}

/// Positive numbers between commas; nothing when there is anything else.
std::vector<std::uint32_t> counts_in(std::string_view text) {
  std::vector<std::uint32_t> counts;
  for (;;) {
    const auto comma = text.find(',');
    const auto n = number_in<std::uint32_t>(text.substr(0, comma));
    if (!n || *n == 0 || counts.size() == most_counts) return {};
    counts.push_back(*n);
    if (comma == std::string_view::npos) return counts;
    text.remove_prefix(comma + 1);
  }
}

std::optional<device_part> read_part(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const auto index = number_in<std::size_t>(text.substr(slash + 1));
  if (!index) return {};
  const std::string_view how = text.substr(0, slash);
  device_part part;
  part.index = *index;
  const auto colon = how.find(':');
  const std::string_view name = how.substr(0, colon);
  if (colon != std::string_view::npos) {
    part.how = name == "equally" ? device_part::way::equally : device_part::way::by_counts;
    part.units = counts_in(how.substr(colon + 1));
    const bool is_known = name == "counts" || (name == "equally" && part.units.size() == 1);
    return is_known && !part.units.empty() ? std::optional(part) : std::nullopt;
  }
  const auto found = std::find_if(affinity_domains.begin(), affinity_domains.end(),
                                  [&](const affinity_domain& d) { return d.name == name; });
  if (found == affinity_domains.end()) return {};
  part.how = device_part::way::by_affinity;
  part.domain = found->domain;
  return part;
}

property property_of(device_part::way how) {
  switch (how) {
  case device_part::way::equally: return partition_equally;
  case device_part::way::by_counts: return partition_by_counts;
  case device_part::way::by_affinity: return partition_by_affinity_domain;
  }
  return 0;
}

/// What the driver says that it can do with the device.
struct offered_parts {
  std::vector<property> ways;
  bits domains = 0;

  offered_parts(const driver_api& api, device_handle device) {
    std::size_t bytes = 0;
    if (api.clGetDeviceInfo(device, device_info::partition_properties, 0, nullptr, &bytes) == result::success) {
      ways.resize(bytes / sizeof(property));
      if (!ways.empty() && api.clGetDeviceInfo(device, device_info::partition_properties,
                                               ways.size() * sizeof(property), ways.data(), nullptr) != result::success)
        ways.clear();
    }
    domains = read_number<bits>(api, device, device_info::partition_affinity_domain).value_or(bits{0});
  }
  bool has(device_part::way how) const { return std::find(ways.begin(), ways.end(), property_of(how)) != ways.end(); }
  bool has(const device_part& part) const {
    return has(part.how) && (part.how != device_part::way::by_affinity || (domains & part.domain) == part.domain);
  }
  std::string describe() const {
    std::vector<std::string_view> names;
    if (has(device_part::way::equally)) names.push_back("equally");
    if (has(device_part::way::by_counts)) names.push_back("counts");
    if (has(device_part::way::by_affinity))
      for (const affinity_domain& d : affinity_domains)
        if (domains & d.domain) names.push_back(d.name);
    return names.empty() ? "its driver does not split it"
                         : fmt::format("its driver splits it by: {}", fmt::join(names, ", "));
  }
};

std::vector<property> properties_of(const device_part& part) {
  std::vector<property> list{property_of(part.how)};
  if (part.how == device_part::way::by_affinity) list.push_back(static_cast<property>(part.domain));
  for (const std::uint32_t n : part.units)
    list.push_back(static_cast<property>(n));
  if (part.how == device_part::way::by_counts) list.push_back(partition_by_counts_list_end);
  list.push_back(0);
  return list;
}

} // namespace

device_part parse_part(std::string_view text, const std::string& id) {
  if (auto part = read_part(text)) return *std::move(part);
  throw error(error_code::invalid_argument, fmt::format("'{}' names no part of a device", text),
              {id, 1, operation,
               "Use equally:UNITS/INDEX, counts:UNITS,UNITS/INDEX, or numa, l4, l3, l2, l1 or next and /INDEX, as in "
               "opencl:0/counts:2,2/1."});
}

sub_device::sub_device(std::shared_ptr<const opencl_library> library, device_handle whole, const device_part& part,
                       const std::string& id)
    : loader_(std::move(library)) {
  const driver_api& api = loader_->api;
  const auto refuse = [&](error_code code, std::string what, const char* remedy) {
    throw error(code, std::move(what), {id, 1, operation, remedy});
  };
  const offered_parts offered(api, whole);
  if (!api.clCreateSubDevices || !api.clReleaseDevice)
    refuse(error_code::unsupported, "the OpenCL loader in " + loader_->path + " has no clCreateSubDevices",
           "Use the whole device, or a loader of OpenCL 1.2 or later.");
  if (!offered.has(part))
    refuse(error_code::unsupported, "the device cannot be split that way; " + offered.describe(),
           "Use the whole device, or a part that its driver makes.");
  const std::uint64_t units =
      read_number<std::uint32_t>(api, whole, device_info::max_compute_units).value_or(~std::uint32_t{0});
  std::uint64_t wanted = 0;
  for (const std::uint32_t n : part.units)
    wanted += n;
  if (wanted > units)
    refuse(error_code::limit_exceeded, fmt::format("parts of {} compute units; the device has {}", wanted, units),
           "Ask for smaller parts.");

  const quiet_signals quiet; // a driver may start threads for a part
  const std::vector<property> properties = properties_of(part);
  std::uint32_t count = 0;
  result r = api.clCreateSubDevices(whole, properties.data(), 0, nullptr, &count);
  std::vector<device_handle> made(r == result::success ? count : 0);
  if (!made.empty()) r = api.clCreateSubDevices(whole, properties.data(), count, made.data(), nullptr);
  if (r != result::success) throw make_error(r, "clCreateSubDevices", id, operation);
  // Parts are of no use to others, who split the device themselves: the same split has the same parts.
  for (std::size_t i = 0; i < made.size(); ++i)
    if (i == part.index)
      device_ = made[i];
    else if (const result released = api.clReleaseDevice(made[i]); released != result::success)
      log::warning("{}, {}: {}", id, operation, describe(released, "clReleaseDevice"));
  if (!device_)
    refuse(error_code::device_not_found, fmt::format("the device splits into {} such parts, counted from 0", count),
           "Use the index of one of them.");
}

sub_device::~sub_device() {
  if (!device_) return;
  if (const result r = loader_->api.clReleaseDevice(device_); r != result::success)
    log::warning("a part of an OpenCL device was not given back: {}", describe(r, "clReleaseDevice"));
}

sub_device::sub_device(sub_device&& other) noexcept
    : loader_(std::move(other.loader_)), device_(std::exchange(other.device_, nullptr)) {}

sub_device& sub_device::operator=(sub_device&& other) noexcept {
  std::swap(loader_, other.loader_);
  std::swap(device_, other.device_);
  return *this;
}

} // namespace dotcompute::opencl
