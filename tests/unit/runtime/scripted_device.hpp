// SPDX-License-Identifier: MIT
// A device whose streams do nothing until a test says so.
#pragma once

#include "execution/device_state.hpp"

#include <dotcompute/dotcompute.hpp>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dotcompute::test {

/// What one stream was asked for, and how far it is.
struct stream_script {
  struct entry {
    char what; ///< c copy, f fill, s signal, w wait for another stream, t transfer
    std::uint64_t number;
  };

  mutable std::mutex guard;
  std::vector<entry> asked;
  std::atomic<std::uint64_t> reached{0};
  std::atomic<bool> runs_by_itself{false}; ///< every signal is reached at once
  std::atomic<bool> copies_by_itself{true};
  std::atomic<bool> holds_transfers{false};
  std::atomic<bool> waits_by_itself{true};
  std::optional<error> next_submission_fails, check_fails; ///< under the guard

  /// Without signals, which come when somebody looks.
  std::string story() const {
    const std::lock_guard lock(guard);
    std::string text;
    for (const entry& e : asked)
      if (e.what != 's') text += std::string(text.empty() ? "" : " ") + e.what + std::to_string(e.number);
    return text;
  }
};

class scripted_stream final : public drivers::stream {
 public:
  explicit scripted_stream(std::shared_ptr<stream_script> script) : script_(std::move(script)) {}

  void submit(std::uint64_t, const drivers::launch_command&) override {}
  void submit(std::uint64_t number, const drivers::fill_command& c) override {
    note('f', number);
    for (std::uint64_t i = 0; i < c.bytes; i += c.pattern_bytes)
      std::memcpy(static_cast<std::byte*>(c.to) + i, c.pattern.data(), c.pattern_bytes);
  }
  bool submit(std::uint64_t number, const drivers::copy_command& c) override {
    if (!script_->copies_by_itself) return false;
    note('c', number);
    std::memcpy(c.to, c.from, c.bytes);
    return true;
  }
  bool transfer(const drivers::copy_command& c, const std::function<bool()>& abandoned) override {
    while (script_->holds_transfers)
      if (abandoned()) return false;
    note('t', 0);
    std::memcpy(c.to, c.from, c.bytes);
    return true;
  }
  bool wait_for(const drivers::stream&, std::uint64_t number) override {
    if (!script_->waits_by_itself) return false;
    note('w', number);
    return true;
  }
  void signal(std::uint64_t number) override {
    note('s', number);
    if (script_->runs_by_itself) script_->reached = number;
  }
  std::uint64_t reached() const noexcept override { return script_->reached; }
  void check() override {
    const std::lock_guard lock(script_->guard);
    if (script_->check_fails) throw *script_->check_fails;
  }
  known<event_times> times(std::uint64_t number) const noexcept override {
    return event_times{0, static_cast<std::int64_t>(number) * 10, static_cast<std::int64_t>(number) * 10 + 5};
  }

 private:
  void note(char what, std::uint64_t number) {
    const std::lock_guard lock(script_->guard);
    if (what != 's')
      if (auto failure = std::exchange(script_->next_submission_fails, std::nullopt)) throw *failure;
    script_->asked.push_back({what, number});
  }

  std::shared_ptr<stream_script> script_;
};

struct heap_segment final : drivers::segment {
  explicit heap_segment(std::uint64_t size) {
    bytes = size;
    address = static_cast<std::byte*>(std::aligned_alloc(1 << 21, size));
    std::memset(address, 0, size);
  }
  ~heap_segment() override { std::free(address); }
};

/// Streams are made in the order of `scripts`.
class scripted_driver final : public drivers::driver {
 public:
  explicit scripted_driver(std::vector<std::shared_ptr<stream_script>> scripts)
      : scripts_(scripts.begin(), scripts.end()) {
    properties_.backend = "scripted";
    properties_.unified_memory = true;
  }

  const capabilities& properties() const noexcept override { return properties_; }
  compiler::target_description target() const override { return compiler::cuda_target{}; }
  std::shared_ptr<const drivers::loaded_program> load(const drivers::program_image&) override { return nullptr; }
  std::unique_ptr<drivers::stream> create_stream(const drivers::stream_options&) override {
    auto script = scripts_.front();
    scripts_.pop_front();
    return std::make_unique<scripted_stream>(std::move(script));
  }
  std::unique_ptr<drivers::segment> create_segment(buffer_kind, std::uint64_t bytes) override {
    return std::make_unique<heap_segment>((bytes + (1 << 21) - 1) >> 21 << 21);
  }
  std::uint64_t segment_granularity() const noexcept override { return 1 << 21; }
  std::function<drivers::memory_usage()> memory_query() const override {
    return [] { return drivers::memory_usage{}; };
  }

 private:
  capabilities properties_;
  std::deque<std::shared_ptr<stream_script>> scripts_;
};

inline device scripted_device(std::vector<std::shared_ptr<stream_script>> scripts,
                              std::chrono::milliseconds wait = std::chrono::seconds(20)) {
  return device(std::make_shared<detail::device_state>("scripted:0", std::make_unique<scripted_driver>(scripts),
                                                       memory::pool_options{}, wait));
}

} // namespace dotcompute::test
