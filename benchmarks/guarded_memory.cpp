// SPDX-License-Identifier: MIT
#include "guarded_memory.hpp"

#include "race.hpp"

#include <chrono>
#include <dotcompute/dotcompute.hpp>
#include <fmt/format.h>
#include <stdexcept>
#include <thread>

namespace dotcompute::benchmark {

namespace {

struct guarded_memory {
  device where;
  buffer<std::uint32_t> values;
  guard_report found;

  guarded_memory(const device& d, std::uint64_t bytes) : where(d), values(d, bytes / sizeof(std::uint32_t)) {
    queue q(d);
    q.fill(values, 0x01234567u).wait();
    values.guard();
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30); !values.is_guarded();) {
      if (std::chrono::steady_clock::now() >= end) throw std::runtime_error("no checksum was taken within 30 s");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  std::string check() const {
    if (found.buffers_verified == 1 && found.bytes_verified == values.size() * sizeof(std::uint32_t)) return {};
    return fmt::format("{} bytes were verified and {} buffers called changed", found.bytes_verified,
                       found.buffers_changed);
  }
};

} // namespace

std::vector<row> measure_guarded_memory(const options& o, const device& d) {
  const std::uint64_t bytes = o.quick ? 16 << 20 : 1 << 30;
  row r;
  r.workload = guarded_memory_name;
  r.title = fmt::format("{} MiB of guarded memory compared with their checksums", bytes >> 20);
  r.metric = "bandwidth";
  r.unit = "GB/s";
  std::vector<contestant> contestants;
  enter(contestants, r, "dotcompute", [&] {
    auto m = std::make_shared<guarded_memory>(d, bytes);
    return contestant{"", [m] { m->found = m->where.verify_guarded(); }, [m] { return m->check(); }};
  });
  race_rules rules;
  rules.amount = static_cast<double>(bytes) / 1e9;
  return {race(std::move(r), std::move(contestants), rules, o)};
}

} // namespace dotcompute::benchmark
