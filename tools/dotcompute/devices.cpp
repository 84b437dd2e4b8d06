// SPDX-License-Identifier: MIT
// dotcompute devices: what there is and what it can do.
#include "device_json.hpp"
#include "session.hpp"

#include <dotcompute/capabilities.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>

namespace dotcompute::tool {

namespace {

/// What makes it available, and what that drives stands together.
std::string group_of(const device_info& d) {
  if (d.properties.backend == "cpu") return "Processors";
  if (d.properties.backend == "cuda") return "CUDA";
  return "OpenCL, " + d.properties.platform.value_or("a platform without a name");
}

/// Groups in the order of their best device, so that the first device of all stays the best.
std::vector<device_info> in_groups(std::vector<device_info> devices) {
  std::vector<device_info> ordered;
  while (!devices.empty()) {
    const std::string group = group_of(devices.front());
    const auto others = std::stable_partition(devices.begin(), devices.end(),
                                              [&](const device_info& d) { return group_of(d) == group; });
    std::move(devices.begin(), others, std::back_inserter(ordered));
    devices.erase(devices.begin(), others);
  }
  return ordered;
}

/// Other ids of the same hardware, under which it is worse driven.
std::vector<std::string> worse_ids(const device_info& device, const std::vector<device_info>& all) {
  std::vector<std::string> ids;
  for (const auto& d : all)
    if (d.better_as == device.id) ids.push_back(d.id);
  return ids;
}

void print_as_json(const std::vector<device_info>& devices) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& d : devices) {
    list.push_back(to_json(d));
    list.back()["also_as"] = worse_ids(d, devices);
  }
  fmt::print("{}\n", list.dump(2));
}

void print_devices(bool as_json) {
  const auto found = in_groups(devices());
  if (as_json) return print_as_json(found);
  if (found.empty()) fmt::print("No device. DOTCOMPUTE_LOG=debug shows what was looked for.\n");
  std::string group;
  for (const auto& d : found) {
    if (group_of(d) != group) fmt::print("{}{}\n", group.empty() ? "" : "\n", group_of(d));
    group = group_of(d);
    fmt::print("  {}\n", d.id);
    if (!d.better_as.empty())
      fmt::print("    the hardware of {}, which is better: {}\n", d.better_as, d.better_because);
    if (const auto worse = worse_ids(d, found); !worse.empty())
      fmt::print("    the hardware of {} too, where it says why this is better\n", fmt::join(worse, ", "));
    std::ostringstream text;
    text << d.properties;
    std::istringstream lines(text.str());
    for (std::string line; std::getline(lines, line);)
      fmt::print("    {}\n", line);
  }
}

} // namespace

void add_devices(CLI::App& app, session& s) {
  auto* command =
      app.add_subcommand("devices", "List the devices of this machine by platform, best first, and what each can do");
  add_common_options(*command, s);
  command->footer(
      "What could not be read from the machine says 'unknown' (JSON: null). A piece of hardware that has two "
      "drivers is\nlisted twice, and says which is better, and why (JSON: better_as, better_because, "
      "also_as).");
  command->callback([&s] { s.action = [&s] { print_devices(s.json); }; });
}

} // namespace dotcompute::tool
