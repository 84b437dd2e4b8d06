// SPDX-License-Identifier: MIT
// The application's callbacks for when memory is short.
#pragma once

#include <dotcompute/memory.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace dotcompute::memory {

/// Thread-safe. Callbacks run without its lock.
class pressure_list : public std::enable_shared_from_this<pressure_list> {
 public:
  struct entry {
    int priority = 0;
    pressure_callback call;
    unsigned running = 0; ///< threads that are in it
    bool is_removed = false;
  };

  std::shared_ptr<detail::pressure_registration> add(int priority, pressure_callback call);
  /// Waits for calls that other threads are in, at most a second.
  void remove(const std::shared_ptr<entry>& e) noexcept;

  /// The registered, highest priority first.
  std::vector<std::shared_ptr<entry>> by_priority() const;
  /// What it freed; 0 when it was removed meanwhile, threw, or this thread is in a callback already.
  std::uint64_t call(const std::shared_ptr<entry>& e, std::uint64_t wanted_bytes) noexcept;
  static bool is_in_callback() noexcept;

 private:
  mutable std::mutex guard_;
  std::condition_variable left_;
  std::vector<std::shared_ptr<entry>> entries_;
};

} // namespace dotcompute::memory

namespace dotcompute::detail {

class pressure_registration {
 public:
  pressure_registration(std::shared_ptr<memory::pressure_list> list,
                        std::shared_ptr<memory::pressure_list::entry> entry)
      : list_(std::move(list)), entry_(std::move(entry)) {}
  ~pressure_registration() { list_->remove(entry_); }
  pressure_registration(const pressure_registration&) = delete;
  pressure_registration& operator=(const pressure_registration&) = delete;

 private:
  std::shared_ptr<memory::pressure_list> list_;
  std::shared_ptr<memory::pressure_list::entry> entry_;
};

} // namespace dotcompute::detail
