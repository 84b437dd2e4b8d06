// SPDX-License-Identifier: MIT
#include "execution/device_checksum.hpp"

#include <cstring>
#include <limits>

namespace dotcompute::execution {

namespace {

constexpr std::uint32_t group = 256; // work-items

} // namespace

static_assert(checksum_piece == 16384 * 16, "checksum_source says how many uint4 are a piece");

const char* const checksum_source = R"(
ulong mixed(ulong x) {
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93UL;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93UL;
  return x ^ (x >> 32);
}

ulong products(uint4 v, uint place) {
  const uint key = place * 0x9e3779b1u + 0x85ebca6bu;
  return (ulong)(v.x ^ key) * (ulong)(v.y ^ (key + 0x7feb352du)) +
         (ulong)(v.z ^ (key + 0x846ca68bu)) * (ulong)(v.w ^ (key + 0xc2b2ae35u));
}

ulong words(uint4 v) { return ((ulong)v.y << 32 | v.x) + ((ulong)v.w << 32 | v.z); }

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void checksum(global const uint4* restrict memory, ulong bytes, global ulong* restrict sums) {
  local ulong parts[256];
  const uint item = get_local_id(0);
  const ulong first = get_group_id(0) * 16384UL;
  global const uint4* const piece = memory + first;
  const ulong left = bytes / 16 - first;
  const uint count = left < 16384UL ? (uint)left : 16384u;
  ulong a = 0, b = 0;
  for (uint i = item; i < count; i += 256) {
    const uint4 v = piece[i];
    a += products(v, i);
    b += words(v);
  }
  const uint tail = (uint)(bytes % 16);
  if (tail != 0 && count < 16384u && item == 0) {
    uint4 v = piece[count];
    const uint4 kept = (uint4)(tail, tail < 4 ? 0 : tail - 4, tail < 8 ? 0 : tail - 8, tail < 12 ? 0 : tail - 12);
    v &= select((uint4)(0xffffffffu), ((uint4)(1u) << (kept * 8u)) - 1u, kept < 4u);
    a += products(v, count);
    b += words(v);
  }
  parts[item] = mixed(a + mixed(b + item));
  for (uint half_of = 128; half_of != 0; half_of /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_of) parts[item] += parts[item + half_of];
  }
  if (item == 0) sums[get_group_id(0)] = mixed(parts[0]);
}
)";

device_checksum::device_checksum(drivers::driver& device, std::shared_ptr<const drivers::loaded_program> program)
    : program_(std::move(program)),
      results_(device.create_segment(buffer_kind::host_shared, pieces_of(most_bytes) * sizeof(std::uint64_t))),
      stream_(device.create_stream({.priority = std::numeric_limits<int>::max()})) {}

void device_checksum::begin(const std::byte* address, std::uint64_t bytes) {
  pieces_ = pieces_of(bytes);
  const std::byte* const results = results_->address;
  alignas(16) std::byte arguments[24];
  std::memcpy(arguments, static_cast<const void*>(&address), 8);
  std::memcpy(arguments + 8, &bytes, 8);
  std::memcpy(arguments + 16, static_cast<const void*>(&results), 8);
  drivers::launch_command c;
  c.program = program_.get();
  c.global_size = {pieces_ * group, 1, 1};
  c.local_size = {group, 1, 1};
  c.arguments = arguments;
  c.argument_bytes = sizeof arguments;
  c.local_bytes = group * sizeof(std::uint64_t);
  ++number_;
  stream_->submit(number_, c);
  stream_->signal(number_);
}

std::span<const std::uint64_t> device_checksum::sums() const noexcept {
  return {reinterpret_cast<const std::uint64_t*>(results_->address), pieces_};
}

} // namespace dotcompute::execution
