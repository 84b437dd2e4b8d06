// SPDX-License-Identifier: MIT
#include "drivers/cuda/peer_check.hpp"

#include "drivers/cuda/own_stream.hpp"
#include "drivers/cuda/pinned_memory.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>

namespace dotcompute::cuda {
namespace {

constexpr std::uint64_t pattern_bytes = 1 << 20;
constexpr std::uint64_t words = pattern_bytes / sizeof(std::uint64_t);
constexpr auto copy_time = std::chrono::seconds(1); // some 10,000 times as long as it takes
constexpr const char* operation = "find out whether GPUs reach each other's memory";

/// A different number for each word and seed (the finaliser of SplitMix64 is a bijection).
std::uint64_t pattern(std::uint64_t seed, std::uint64_t i) {
  std::uint64_t x = seed * words + i;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Host memory that both reach.
class pattern_memory {
 public:
  explicit pattern_memory(const segment_origin& origin)
      : memory_(std::make_unique<pinned_memory>(origin.context, pattern_bytes)),
        numbers_(reinterpret_cast<std::uint64_t*>(memory_->data())) {}
  device_address on_device() const { return memory_->on_device(); }
  void write(std::uint64_t seed) {
    for (std::uint64_t i = 0; i < words; ++i)
      numbers_[i] = pattern(seed, i);
  }
  /// What is wrong; empty when nothing is.
  std::string difference(std::uint64_t seed) const {
    for (std::uint64_t i = 0; i < words; ++i)
      if (numbers_[i] != pattern(seed, i))
        return fmt::format("word {} is 0x{:016x} in place of 0x{:016x}", i, numbers_[i], pattern(seed, i));
    return {};
  }
  /// It is never freed.
  void give_up() noexcept { static_cast<void>(memory_.release()); }

 private:
  std::unique_ptr<pinned_memory> memory_;
  std::uint64_t* const numbers_;
};

/// One of the two GPUs, with a segment to try.
class side {
 public:
  side(const segment_origin& origin, pattern_memory& host)
      : origin_(origin), host_(host), probe_(make_device_segment(origin, pattern_bytes)),
        start_(reinterpret_cast<std::uintptr_t>(probe_->address)) {}
  ~side() {
    if (!is_pending_) return;
    // Unmapping under a pending copy would break the whole context, so the memory is given up instead.
    static_cast<void>(probe_.release());
    host_.give_up();
  }
  side(const side&) = delete;
  side& operator=(const side&) = delete;

  cuda_context& context() const { return *origin_.context; }
  const std::string& id() const { return context().id(); }
  device_address start() const { return start_; }
  void let_in(const side& peer) { origin_.access->let_in(peer.context().device(), start_); }

  /// By this GPU's copy engines, between two places of this side, the peer and the host: both sides keep theirs when it
  /// does not end.
  void copy(device_address to, device_address from, side& peer) {
    const current_context current(context(), operation);
    bool is_pending = false;
    const auto start = [&](stream_handle stream) {
      return context().api().cuMemcpyAsync(to, from, pattern_bytes, stream);
    };
    try {
      if (!run_in_own_stream(context(), {"cuMemcpyAsync", start}, copy_time, operation, is_pending))
        throw error(error_code::deadline_exceeded, "a copy did not end within 1 s",
                    {id(), 1, operation, "A kernel occupies the device; wait for it, or open the device again."});
    } catch (...) {
      is_pending_ |= is_pending;
      peer.is_pending_ |= is_pending;
      throw;
    }
  }

 private:
  const segment_origin& origin_;
  pattern_memory& host_;
  std::unique_ptr<drivers::segment> probe_;
  const device_address start_;
  bool is_pending_ = false;
};

/// What arrives wrong when `by`, one of the two, copies from one to the other; empty when nothing does.
std::string try_way(side& by, side& from, side& to, pattern_memory& host, std::uint64_t seed) {
  host.write(seed + 1); // what must not be there afterwards
  to.copy(to.start(), host.on_device(), to);
  host.write(seed);
  from.copy(from.start(), host.on_device(), from);
  by.copy(to.start(), from.start(), &by == &to ? from : to);
  host.write(seed + 1);
  to.copy(host.on_device(), to.start(), to);
  const std::string difference = host.difference(seed);
  if (difference.empty()) return {};
  return fmt::format("a pattern that {} copied from {} to {} arrived wrong: {}", by.id(), from.id(), to.id(),
                     difference);
}

} // namespace

drivers::peer_reach connect(const segment_origin& one, const segment_origin& other) {
  cuda_context& context = *one.context;
  const device_ordinal first = context.device(), second = other.context->device();
  if (first != second) {
    for (const auto& [from, to] : {std::pair{first, second}, std::pair{second, first}}) {
      int can = 0;
      context.check(context.api().cuDeviceCanAccessPeer(&can, from, to), "cuDeviceCanAccessPeer", operation);
      if (can == 0)
        return {false, fmt::format("the driver says that {} has no access to {}'s memory",
                                   from == first ? context.id() : other.context->id(),
                                   to == first ? context.id() : other.context->id())};
    }
    pattern_memory host(one);
    side a(one, host), b(other, host);
    a.let_in(b);
    b.let_in(a);
    std::uint64_t seed = 0;
    for (side* const by : {&a, &b})
      for (const auto& [from, to] : {std::pair{&a, &b}, std::pair{&b, &a}})
        if (const std::string wrong = try_way(*by, *from, *to, host, seed += 2); !wrong.empty()) return {false, wrong};
    one.access->let_in(second);
    other.access->let_in(first);
  }
  one.addresses->add_peer(other.addresses);
  other.addresses->add_peer(one.addresses);
  return {true, {}};
}

} // namespace dotcompute::cuda
