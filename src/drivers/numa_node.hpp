// SPDX-License-Identifier: MIT
// Which part of the machine's memory a PCI device is next to.
#pragma once

#include <dotcompute/known.hpp>

#include <cstdint>
#include <string>

namespace dotcompute::drivers {

/// From the system's files, where -1 means that there is none or that it is not known. `pci_address` as "0000:01:00.0".
known<std::uint32_t> read_numa_node(const std::string& pci_address);

} // namespace dotcompute::drivers
