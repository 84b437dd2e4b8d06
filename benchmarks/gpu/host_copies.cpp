// SPDX-License-Identifier: MIT
// Copies between host and device, from memory that the device reaches and from any other, and on the device.
#include "../cuda/raw_memory.hpp"
#include "copy_kind.hpp"
#include "measurements.hpp"

#include <dotcompute/dotcompute.hpp>

namespace dotcompute::benchmark {

namespace {

contestant own_copies(const copy_kind& kind, const device& gpu, std::size_t bytes, unsigned repeats) {
  queue commands(gpu);
  const untyped_buffer there(gpu, bytes, buffer_kind::device_local);
  untyped_buffer other; // on the far side of what no host memory is part of, or host memory that the device reaches
  std::shared_ptr<std::byte> here; // keeps whatever memory it points into
  if (kind.is_pinned) {
    other = untyped_buffer(gpu, bytes, buffer_kind::host_shared);
    here = {std::make_shared<untyped_buffer>(other), other.host_address()};
  } else {
    if (kind.way == direction::on_device) other = untyped_buffer(gpu, bytes, buffer_kind::device_local);
    auto pageable = std::make_shared<std::vector<std::byte>>(bytes);
    here = {pageable, pageable->data()};
  }
  copy_kind::fill(here.get(), bytes);
  if (kind.way != direction::to_device) {
    commands.write_bytes(there, here.get(), bytes).wait();
    std::fill_n(here.get(), bytes, std::byte{0});
  }
  auto once = [=, way = kind.way, is_pinned = kind.is_pinned]() mutable {
    if (way == direction::on_device) return commands.copy_bytes(there, other);
    if (is_pinned)
      return way == direction::to_device ? commands.copy_bytes(other, there) : commands.copy_bytes(there, other);
    return way == direction::to_device ? commands.write_bytes(there, here.get(), bytes)
                                       : commands.read_bytes(there, here.get(), bytes);
  };
  const auto run = [=]() mutable {
    for (unsigned i = 1; i < repeats; ++i)
      once();
    once().wait();
  };
  const auto check = [=, way = kind.way]() mutable {
    if (way == direction::to_host) return copy_kind::differs(here.get(), bytes);
    std::vector<std::byte> back(bytes);
    commands.read_bytes(way == direction::on_device ? other : there, back.data(), bytes).wait();
    return copy_kind::differs(back.data(), bytes);
  };
  return {"dotcompute", run, check};
}

contestant copies_by_cuda(const copy_kind& kind, const cuda_side& cuda, std::size_t bytes, unsigned repeats) {
  const auto& s = cuda.raw();
  auto there = std::make_shared<raw_device_memory>(s, bytes);
  auto here = std::make_shared<raw_host_memory>(s, bytes, kind.is_pinned);
  const bool is_to_device = kind.way == direction::to_device;
  copy_kind::fill(here->data(), bytes);
  s.copy_to_device(there->address(), here->data(), bytes);
  if (!is_to_device) std::fill_n(here->data(), bytes, std::byte{0});
  const auto run = [=, &s] {
    s.enter();
    for (unsigned i = 0; i < repeats; ++i) {
      if (is_to_device)
        s.check(s.driver->copy_to_device_in_order(there->address(), here->data(), bytes, s.stream),
                "cuMemcpyHtoDAsync");
      else
        s.check(s.driver->copy_to_host_in_order(here->data(), there->address(), bytes, s.stream), "cuMemcpyDtoHAsync");
    }
    s.synchronize();
  };
  const auto check = [=, &s] {
    if (!is_to_device) return copy_kind::differs(here->data(), bytes);
    std::vector<std::byte> back(bytes);
    s.copy_to_host(back.data(), there->address(), bytes);
    return copy_kind::differs(back.data(), bytes);
  };
  return {"cuda", run, check};
}

} // namespace

std::vector<row> measure_host_copies(const options& o, const device& gpu, const other_sides& others) {
  const std::size_t bytes = o.quick ? 1 << 20 : 256 << 20;
  const unsigned repeats = o.quick ? 2 : 4;
  std::vector<row> rows;
  for (const copy_kind& kind :
       {copy_kind{"copy_to_device", "host-shared buffer to device", direction::to_device, true},
        copy_kind{"copy_to_host", "device to host-shared buffer", direction::to_host, true},
        copy_kind{"write_to_device", "any host memory to device", direction::to_device, false},
        copy_kind{"read_to_host", "device to any host memory", direction::to_host, false},
        copy_kind{"copy_on_device", "from one place on the device to another", direction::on_device, false}}) {
    auto r = gpu_row(kind.workload, fmt::format("{}, {} MiB", kind.title, bytes >> 20), "bandwidth", "GB/s");
    std::vector<contestant> contestants;
    enter(contestants, r, "dotcompute", [&] { return own_copies(kind, gpu, bytes, repeats); });
    if (others.cuda)
      enter(contestants, r, "cuda", [&] {
        return kind.way == direction::on_device ? others.cuda->copy_on_device(bytes, repeats)
                                                : copies_by_cuda(kind, *others.cuda, bytes, repeats);
      });
    if (others.opencl)
      enter(contestants, r, "opencl_host", [&] { return copies_by_opencl(kind, *others.opencl, bytes, repeats); });
    for (const device& d : others.devices)
      enter(contestants, r, d.id(), [&] { return own_copies(kind, d, bytes, repeats); });
    race_rules rules;
    rules.amount = double(bytes) * 1e-9;
    rules.repeats = repeats;
    rules.by_median = true;
    if (kind.is_pinned || kind.way == direction::on_device) rules.goals.push_back({"cuda", 0.97});
    rules.goals.push_back({"opencl_host", like_by_hand});
    rows.push_back(race(std::move(r), std::move(contestants), rules, o));
  }
  return rows;
}

} // namespace dotcompute::benchmark
