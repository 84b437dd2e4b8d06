// SPDX-License-Identifier: MIT
// Copies between host and device: from memory that the device reaches, and from any other.
#include "../cuda/raw_memory.hpp"
#include "measurements.hpp"

#include <dotcompute/dotcompute.hpp>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

struct copy_kind {
  const char *workload, *title;
  bool is_to_device, is_pinned;
};

/// What byte `i` is before it is copied.
std::byte value_at(std::size_t i) {
  return static_cast<std::byte>(i * 2654435761u >> 13);
}

void fill(std::byte* to, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    to[i] = value_at(i);
}

std::string differs(const std::byte* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (bytes[i] != value_at(i)) return fmt::format("byte {} is {}", i, static_cast<unsigned>(bytes[i]));
  return {};
}

contestant own_copies(const copy_kind& kind, const device& gpu, std::size_t bytes, unsigned repeats) {
  queue commands(gpu);
  const untyped_buffer there(gpu, bytes, buffer_kind::device_local);
  untyped_buffer shared;
  std::shared_ptr<std::byte> here; // keeps whatever memory it points into
  if (kind.is_pinned) {
    shared = untyped_buffer(gpu, bytes, buffer_kind::host_shared);
    here = {std::make_shared<untyped_buffer>(shared), shared.host_address()};
  } else {
    auto pageable = std::make_shared<std::vector<std::byte>>(bytes);
    here = {pageable, pageable->data()};
  }
  fill(here.get(), bytes);
  if (!kind.is_to_device) {
    commands.write_bytes(there, here.get(), bytes).wait();
    std::fill_n(here.get(), bytes, std::byte{0});
  }
  auto once = [=]() mutable {
    if (kind.is_pinned)
      return kind.is_to_device ? commands.copy_bytes(shared, there) : commands.copy_bytes(there, shared);
    return kind.is_to_device ? commands.write_bytes(there, here.get(), bytes)
                             : commands.read_bytes(there, here.get(), bytes);
  };
  const auto run = [=]() mutable {
    for (unsigned i = 1; i < repeats; ++i)
      once();
    once().wait();
  };
  const auto check = [=]() mutable {
    if (!kind.is_to_device) return differs(here.get(), bytes);
    std::vector<std::byte> back(bytes);
    commands.read_bytes(there, back.data(), bytes).wait();
    return differs(back.data(), bytes);
  };
  return {"dotcompute", run, check};
}

contestant raw_copies(const copy_kind& kind, const cuda_side& cuda, std::size_t bytes, unsigned repeats) {
  const auto& s = cuda.raw();
  auto there = std::make_shared<raw_device_memory>(s, bytes);
  auto here = std::make_shared<raw_host_memory>(s, bytes, kind.is_pinned);
  fill(here->data(), bytes);
  s.copy_to_device(there->address(), here->data(), bytes);
  if (!kind.is_to_device) std::fill_n(here->data(), bytes, std::byte{0});
  const auto run = [=, &s] {
    s.enter();
    for (unsigned i = 0; i < repeats; ++i) {
      if (kind.is_to_device)
        s.check(s.driver->copy_to_device_in_order(there->address(), here->data(), bytes, s.stream),
                "cuMemcpyHtoDAsync");
      else
        s.check(s.driver->copy_to_host_in_order(here->data(), there->address(), bytes, s.stream), "cuMemcpyDtoHAsync");
    }
    s.synchronize();
  };
  const auto check = [=, &s] {
    if (!kind.is_to_device) return differs(here->data(), bytes);
    std::vector<std::byte> back(bytes);
    s.copy_to_host(back.data(), there->address(), bytes);
    return differs(back.data(), bytes);
  };
  return {"cuda", run, check};
}

} // namespace

std::vector<row> measure_host_copies(const options& o, const device& gpu, cuda_side* cuda) {
  const std::size_t bytes = o.quick ? 1 << 20 : 256 << 20;
  const unsigned repeats = o.quick ? 2 : 4;
  std::vector<row> rows;
  for (const copy_kind& kind : {copy_kind{"copy_to_device", "host-shared buffer to device", true, true},
                                copy_kind{"copy_to_host", "device to host-shared buffer", false, true},
                                copy_kind{"write_to_device", "any host memory to device", true, false},
                                copy_kind{"read_to_host", "device to any host memory", false, false}}) {
    auto r = gpu_row(kind.workload, fmt::format("{}, {} MiB", kind.title, bytes >> 20), "bandwidth", "GB/s");
    std::vector<contestant> contestants;
    enter(contestants, r, "dotcompute", [&] { return own_copies(kind, gpu, bytes, repeats); });
    if (cuda) enter(contestants, r, "cuda", [&] { return raw_copies(kind, *cuda, bytes, repeats); });
    race_rules rules;
    rules.amount = double(bytes) * 1e-9;
    rules.repeats = repeats;
    rules.by_median = true;
    if (kind.is_pinned) rules.goals = {{"cuda", 0.97}};
    rows.push_back(race(std::move(r), std::move(contestants), rules, o));
  }
  return rows;
}

} // namespace dotcompute::benchmark
