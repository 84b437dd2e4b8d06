// SPDX-License-Identifier: MIT
#include "isolation/wire_types.hpp"

#include <type_traits>

namespace dotcompute::isolated {
namespace {

void put(byte_writer& out, const std::string& v) {
  out.text(v);
}
void put(byte_writer& out, bool v) {
  out.boolean(v);
}
void put(byte_writer& out, std::uint32_t v) {
  out.varint(v);
}
void put(byte_writer& out, std::uint64_t v) {
  out.varint(v);
}
template <class T, std::size_t n>
void put(byte_writer& out, const std::array<T, n>& v) {
  for (const T x : v)
    put(out, x);
}
template <class T>
void put(byte_writer& out, const known<T>& v) {
  out.boolean(v.has_value());
  if (v) put(out, *v);
}

void get(byte_reader& in, std::string& v) {
  v = in.text();
}
void get(byte_reader& in, bool& v) {
  v = in.boolean();
}
void get(byte_reader& in, std::uint32_t& v) {
  v = in.varint32();
}
void get(byte_reader& in, std::uint64_t& v) {
  v = in.varint();
}
template <class T, std::size_t n>
void get(byte_reader& in, std::array<T, n>& v) {
  for (T& x : v)
    get(in, x);
}
template <class T>
void get(byte_reader& in, known<T>& v) {
  v = {};
  if (!in.boolean()) return;
  T value{};
  get(in, value);
  v = std::move(value);
}

/// Calls `f` with every member in turn: the one list of them for both directions.
template <class Capabilities, class F>
void for_each_member(Capabilities& c, F&& f) {
  f(c.backend);
  f(c.platform);
  f(c.type);
  f(c.name);
  f(c.vendor);
  f(c.driver);
  f(c.stable_id);
  f(c.target);
  f(c.compute_units);
  f(c.clock_mhz);
  f(c.max_work_item_dimensions);
  f(c.max_work_item_sizes);
  f(c.max_work_group_size);
  f(c.simd_width_bits);
  f(c.simd_lanes);
  f(c.local_memory_bytes);
  f(c.global_memory_bytes);
  f(c.largest_allocation_bytes);
  f(c.l1_cache_bytes);
  f(c.l2_cache_bytes);
  f(c.l3_cache_bytes);
  f(c.cache_line_bytes);
  f(c.pci_address);
  f(c.numa_node);
  f(c.fp16);
  f(c.fp64);
  f(c.int64_atomics);
  f(c.unified_memory);
}

} // namespace

std::vector<std::byte> encode(const driver_description& d) {
  byte_writer out;
  put(out, d.version);
  out.byte(static_cast<std::uint8_t>(d.kind));
  put(out, d.ordinal);
  put(out, d.threads);
  put(out, d.id);
  put(out, d.part);
  return out.take();
}

bool decode(byte_reader& in, driver_description& d) {
  get(in, d.version);
  d.kind = static_cast<driver_kind>(in.at_most(static_cast<std::uint8_t>(driver_kind::opencl_list)));
  get(in, d.ordinal);
  get(in, d.threads);
  get(in, d.id);
  get(in, d.part);
  return !in.failed();
}

std::vector<std::byte> encode(const device_listing& l) {
  byte_writer out;
  out.varint(l.devices.size());
  for (const device_info& d : l.devices) {
    put(out, d.id);
    for_each_member(d.properties, [&out](const auto& v) { put(out, v); });
    put(out, d.better_as);
    put(out, d.better_because);
  }
  put(out, l.why_none);
  return out.take();
}

bool decode(byte_reader& in, device_listing& l) {
  l.devices.resize(in.count(28));
  for (device_info& d : l.devices) {
    get(in, d.id);
    for_each_member(d.properties, [&in](auto& v) { get(in, v); });
    get(in, d.better_as);
    get(in, d.better_because);
  }
  get(in, l.why_none);
  return !in.failed();
}

std::vector<std::byte> encode(const segment_request& r) {
  byte_writer out;
  out.varint(r.number);
  out.byte(static_cast<std::uint8_t>(r.kind));
  out.varint(r.bytes);
  out.varint(reinterpret_cast<std::uintptr_t>(r.address));
  return out.take();
}

bool decode(byte_reader& in, segment_request& r) {
  r.number = in.varint();
  r.kind = static_cast<buffer_kind>(in.at_most(buffer_kinds - 1));
  r.bytes = in.varint();
  r.address = reinterpret_cast<std::byte*>(in.varint());
  return !in.failed();
}

std::vector<std::byte> encode(const device_description& d) {
  byte_writer out;
  for_each_member(d.properties, [&out](const auto& v) { put(out, v); });
  out.byte(static_cast<std::uint8_t>(d.target.index()));
  if (const auto* const gpu = std::get_if<compiler::cuda_target>(&d.target)) {
    put(out, gpu->architecture);
  } else if (const auto* const cpu = std::get_if<compiler::cpu_target>(&d.target)) {
    put(out, cpu->cpu);
    put(out, cpu->features);
    put(out, cpu->lanes);
  } else if (const auto* const opencl = std::get_if<compiler::opencl_target>(&d.target)) {
    put(out, opencl->printed);
    put(out, opencl->divides_exactly);
  }
  put(out, d.segment_granularity);
  put(out, d.has_host_executor);
  put(out, d.is_host_memory);
  put(out, d.threads);
  return out.take();
}

bool decode(byte_reader& in, device_description& d) {
  for_each_member(d.properties, [&in](auto& v) { get(in, v); });
  switch (in.at_most(std::variant_size_v<compiler::target_description> - 1)) {
  case 0: {
    auto& cpu = d.target.emplace<compiler::cpu_target>();
    get(in, cpu.cpu);
    get(in, cpu.features);
    get(in, cpu.lanes);
    break;
  }
  case 1: get(in, d.target.emplace<compiler::cuda_target>().architecture); break;
  default: {
    auto& opencl = d.target.emplace<compiler::opencl_target>();
    get(in, opencl.printed);
    get(in, opencl.divides_exactly);
  }
  }
  get(in, d.segment_granularity);
  get(in, d.has_host_executor);
  get(in, d.is_host_memory);
  get(in, d.threads);
  return !in.failed();
}

std::vector<std::byte> encode(const drivers::program_image& image) {
  byte_writer out;
  out.reserve(image.binary.size() + 1024);
  put(out, image.name);
  out.varint(image.kernels.size());
  for (const drivers::kernel_code& k : image.kernels) {
    put(out, k.kernel);
    put(out, k.symbol);
    put(out, k.local_size);
    put(out, k.local_bytes);
    put(out, k.scratch_bytes);
    put(out, k.is_flat);
    put(out, k.prints);
    out.varint(k.arguments.size());
    for (const drivers::argument_place& a : k.arguments) {
      put(out, a.offset);
      put(out, a.bytes);
      out.byte(static_cast<std::uint8_t>(a.space));
    }
    put(out, k.wide_symbol);
    put(out, k.items);
    put(out, k.guarded_dimensions);
  }
  out.varint(image.print_formats.size());
  for (const std::string& format : image.print_formats)
    put(out, format);
  out.blob(image.binary);
  return out.take();
}

bool decode(byte_reader& in, stored_image& s) {
  get(in, s.image.name);
  s.image.kernels.resize(in.count(8));
  for (drivers::kernel_code& k : s.image.kernels) {
    get(in, k.kernel);
    get(in, k.symbol);
    get(in, k.local_size);
    get(in, k.local_bytes);
    get(in, k.scratch_bytes);
    get(in, k.is_flat);
    get(in, k.prints);
    k.arguments.resize(in.count(3));
    for (drivers::argument_place& a : k.arguments) {
      get(in, a.offset);
      get(in, a.bytes);
      a.space = static_cast<argument_space>(in.at_most(static_cast<std::uint8_t>(argument_space::local)));
    }
    get(in, k.wide_symbol);
    get(in, k.items);
    get(in, k.guarded_dimensions);
  }
  s.image.print_formats.resize(in.count(1));
  for (std::string& format : s.image.print_formats)
    get(in, format);
  const auto binary = in.blob();
  s.binary.assign(binary.begin(), binary.end());
  s.image.binary = s.binary;
  return !in.failed() && in.remaining() == 0;
}

} // namespace dotcompute::isolated
