// SPDX-License-Identifier: MIT
// What travels in control messages, as bytes.
#pragma once

#include "compiler/compile.hpp"
#include "drivers/driver.hpp"
#include "isolation/control_socket.hpp"

#include <dotcompute/capabilities.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace dotcompute::isolated {

/// Raised with every change of what service and worker say to each other.
inline constexpr std::uint32_t protocol_version = 4;

/// `opencl_list`: no device, but a list of all that OpenCL drivers show, for which the process ends afterwards.
enum class driver_kind : std::uint8_t { cpu, cuda, opencl, opencl_list };

struct driver_description {
  std::uint32_t version = protocol_version;
  driver_kind kind = driver_kind::cpu;
  std::uint32_t ordinal = 0; ///< of a GPU
  std::uint32_t threads = 0; ///< of the CPU; 0: what the machine grants
  std::string id;            ///< "cpu:0"
  std::string part{};        ///< of an OpenCL device, as its driver reads it; empty: all of it
};
std::vector<std::byte> encode(const driver_description& d);
bool decode(byte_reader& in, driver_description& d);

struct device_description {
  capabilities properties;
  compiler::target_description target;
  std::uint64_t segment_granularity = 0;
  bool has_host_executor = false;
  bool is_host_memory = false; ///< all of its memory is the host's, in files
  std::uint32_t threads = 0;
};
std::vector<std::byte> encode(const device_description& d);
bool decode(byte_reader& in, device_description& d);

/// What a worker found that was started to look for devices.
struct device_listing {
  std::vector<device_info> devices;
  std::string why_none; ///< when there is none
};
std::vector<std::byte> encode(const device_listing& l);
bool decode(byte_reader& in, device_listing& l);

/// Memory that a worker is to map, or to make.
struct segment_request {
  std::uint64_t number = 0;
  buffer_kind kind = buffer_kind::device_local;
  std::uint64_t bytes = 0;
  std::byte* address = nullptr;
};
std::vector<std::byte> encode(const segment_request& r);
bool decode(byte_reader& in, segment_request& r);

/// An image with a copy of its binary.
struct stored_image {
  drivers::program_image image;
  std::vector<std::byte> binary;
};
std::vector<std::byte> encode(const drivers::program_image& image);
bool decode(byte_reader& in, stored_image& s);

} // namespace dotcompute::isolated
