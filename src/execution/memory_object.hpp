// SPDX-License-Identifier: MIT
// One allocation of a buffer.
#pragma once

#include "execution/device_state.hpp"
#include "execution/lease_state.hpp"

#include <dotcompute/buffer.hpp>

#include <atomic>
#include <memory>
#include <source_location>
#include <string>

namespace dotcompute::detail {

/// Keeps its device open. Free for everybody with the last handle, for one queue before that by release(), and, if it
/// is of a lease, with the end of that.
class memory_object {
 public:
  /// Throws what allocating throws, and what the lease does.
  memory_object(std::shared_ptr<device_state> owner, std::shared_ptr<lease_state> held, std::uint64_t bytes,
                const memory::allocation_request& request, const std::source_location& where);
  ~memory_object();
  memory_object(const memory_object&) = delete;
  memory_object& operator=(const memory_object&) = delete;

  /// What is in it belongs to commands that `queue` gets later, and to others once its timeline has reached `number`.
  /// Throws buffer_released, lease_revoked.
  void release(memory::queue_id queue, std::uint64_t number, const std::string& queue_name);
  /// Ends what release() could not, because the memory was being read.
  void free_released() noexcept;
  /// What is in it may be half of one thing and half of another: a command that could write it was cut short. Until
  /// accept(), or a command that writes it whole.
  void suspect() noexcept { is_suspect_.store(true, std::memory_order_release); }
  void accept() noexcept {
    is_suspect_.store(false, std::memory_order_release);
    is_changed_.store(false, std::memory_order_release);
  }
  bool is_suspect() const noexcept { return is_suspect_.load(std::memory_order_acquire); }

  // For the device's content_guard. Of memory that is not guarded, only who writes it is known.
  /// A command that may write it is handed to the device, or the host has mapped it for writing; until end_write().
  void begin_write() noexcept;
  void end_write() noexcept;
  bool is_being_written() const noexcept { return writers_.load(std::memory_order_seq_cst) != 0; }
  void set_guarded(bool is_guarded) noexcept { is_guarded_.store(is_guarded, std::memory_order_seq_cst); }
  bool is_guarded() const noexcept { return is_guarded_.load(std::memory_order_seq_cst); }
  /// Commands wait until it was compared with its checksum.
  void set_unverified(bool is) noexcept { is_unverified_.store(is, std::memory_order_release); }
  bool is_unverified() const noexcept { return is_unverified_.load(std::memory_order_acquire); }
  /// It is not what its checksum says: suspect, and not to be read until accept().
  void mark_changed() noexcept {
    is_changed_.store(true, std::memory_order_release);
    suspect();
  }
  bool is_changed() const noexcept { return is_changed_.load(std::memory_order_acquire); }
  /// What is wrong with a command that reads it.
  error changed_error(const std::string& operation) const;
  /// Its memory was discarded with all of the device's.
  bool is_stale() const noexcept { return generation() != device->memory_generation(); }
  bool is_released() const noexcept { return is_released_.load(std::memory_order_acquire); }
  /// Its lease was revoked.
  bool is_ended() const noexcept { return (use_.load(std::memory_order_acquire) & ended) != 0; }
  /// Throws lease_revoked, or buffer_released, naming the buffer.
  void require_present(const std::string& operation) const {
    if (is_ended()) throw lease->refusal(operation);
    if (is_released()) refuse(operation);
  }
  /// "of 4096 bytes, tag 'tenant', made at main.cpp:12".
  std::string describe() const;
  /// Empty without one.
  std::string tag_name() const;
  /// Its bytes can be read and written where they are.
  bool is_host_visible() const;

  /// For the revocation of its lease: handles are of no use any more. True when its memory went back at once; otherwise
  /// it does when the host does not look at it any more.
  bool end() noexcept;
  /// The host has its address, and may look there for as long as there are handles. Throws lease_revoked.
  void expose();
  /// Once the host has written what it holds at first.
  void constructed() noexcept { leave(); }

  std::byte* address() const noexcept { return made_.allocation.address; }
  const memory::allocation& allocation() const noexcept { return made_.allocation; }
  std::uint64_t generation() const noexcept { return made_.generation; }

  const std::shared_ptr<device_state> device;
  const std::shared_ptr<lease_state> lease; ///< null: of none
  const buffer_kind kind;
  const std::uint64_t size; ///< as asked for
  const memory::tag_id tag;

 private:
  friend class host_access;

  [[noreturn]] void refuse(const std::string& operation) const;
  /// False once it has ended.
  bool enter() noexcept;
  void leave() noexcept;
  void free() noexcept;

  static constexpr std::uint32_t ended = 1u << 31;

  const std::source_location where_;
  std::atomic<bool> is_released_{false}, is_suspect_{false}, is_exposed_{false};
  std::atomic<bool> is_guarded_{false}, is_unverified_{false}, is_changed_{false};
  std::atomic<std::uint32_t> writers_{0};
  memory::queue_id released_on_ = memory::no_queue; ///< written before is_released_ is seen by free_released()
  std::uint64_t released_at_ = 0;
  /// How many on the host look at it, its constructor being the first, and `ended`.
  std::atomic<std::uint32_t> use_{1};
  lease_place place_;
  const device_state::dated_allocation made_;
};

/// While it lives the host may look at the memory, even if its lease is revoked meanwhile.
class host_access {
 public:
  /// Throws lease_revoked.
  host_access(std::shared_ptr<memory_object> m, const std::string& operation);
  host_access(host_access&&) noexcept = default;
  host_access& operator=(host_access&&) = delete;
  ~host_access() {
    if (memory_) memory_->leave();
  }

 private:
  std::shared_ptr<memory_object> memory_;
};

} // namespace dotcompute::detail
