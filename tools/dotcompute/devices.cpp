// SPDX-License-Identifier: MIT
// dotcompute devices: what there is and what it can do.
#include "device_json.hpp"
#include "session.hpp"

#include <dotcompute/capabilities.hpp>
#include <fmt/format.h>
#include <sstream>

namespace dotcompute::tool {

namespace {

void print_devices(bool as_json) {
  const auto found = devices();
  if (as_json) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& d : found)
      list.push_back(to_json(d));
    fmt::print("{}\n", list.dump(2));
    return;
  }
  if (found.empty()) fmt::print("No device. DOTCOMPUTE_LOG=debug shows what was looked for.\n");
  for (const auto& d : found) {
    std::ostringstream text;
    text << d.properties;
    fmt::print("{}\n", d.id);
    if (!d.better_as.empty()) fmt::print("  the hardware of {}, which is better: {}\n", d.better_as, d.better_because);
    std::istringstream lines(text.str());
    for (std::string line; std::getline(lines, line);)
      fmt::print("  {}\n", line);
  }
}

} // namespace

void add_devices(CLI::App& app, session& s) {
  auto* command = app.add_subcommand("devices", "List the devices of this machine, best first, and what each can do");
  add_common_options(*command, s);
  command->footer("What could not be read from the machine says 'unknown' (JSON: null).");
  command->callback([&s] { s.action = [&s] { print_devices(s.json); }; });
}

} // namespace dotcompute::tool
