// SPDX-License-Identifier: MIT
#include "drivers/numa_node.hpp"

#include <fstream>

namespace dotcompute::drivers {

known<std::uint32_t> read_numa_node(const std::string& pci_address) {
  std::ifstream file("/sys/bus/pci/devices/" + pci_address + "/numa_node");
  int node = -1;
  if (!(file >> node) || node < 0) return {};
  return static_cast<std::uint32_t>(node);
}

} // namespace dotcompute::drivers
