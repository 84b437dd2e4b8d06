// SPDX-License-Identifier: MIT
// Checksums of buffers that an application wants guarded: taken while they are at rest, compared after recoveries.
#pragma once

#include "drivers/driver.hpp"
#include "execution/device_checksum.hpp"
#include "support/clock.hpp"

#include <dotcompute/recovery.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace dotcompute::detail {
class device_state;
class memory_object;
} // namespace dotcompute::detail

namespace dotcompute::execution {

/// A buffer is at rest while no command that may write it was handed to the device and is not done, and the host has
/// not mapped it for writing. Some time after it came to rest its checksum is taken, by one thread that all buffers of
/// the device share; a write that begins meanwhile, or later, makes the checksum void. Neither waits for the other: the
/// number of writes so far says whether what was summed up is still what is there.
///
/// Thread-safe. Its mutex is taken under queues' guards, so it calls nothing of a queue or of the memory pool under it.
class content_guard {
 public:
  using kernel_maker = std::function<std::shared_ptr<const drivers::loaded_program>()>;

  explicit content_guard(detail::device_state& device) : device_(device) {}
  /// Ends the thread.
  ~content_guard();
  content_guard(const content_guard&) = delete;
  content_guard& operator=(const content_guard&) = delete;

  /// Loads checksum_source's kernel; for memory that the host does not reach. Before any add().
  void make_kernel_with(kernel_maker make) { make_kernel_ = std::move(make); }

  /// From now on, until remove(); what was known of it is void. Throws out_of_threads, and for memory that the host
  /// does not reach what compiling and loading the kernel throws.
  void add(const std::shared_ptr<detail::memory_object>& memory);
  /// False: it is being read. Then its free_released() is called when it is not any more.
  bool remove(detail::memory_object& memory) noexcept;
  /// A checksum of what is in it is known.
  bool knows(const detail::memory_object& memory) const noexcept;

  // Of guarded memory, for memory_object.
  void write_began(detail::memory_object& memory) noexcept;
  void came_to_rest(detail::memory_object& memory) noexcept;

  /// Calls `call` once the memory was compared after a recovery; on this thread when there is nothing to wait for, else
  /// on the device's notification thread. `memory` is only compared with what is guarded.
  void when_verified(const detail::memory_object* memory, std::function<void()> call);

  /// Compares all guarded buffers, or one, with their checksums. Throws deadline_exceeded, device_lost.
  guard_report verify(const std::shared_ptr<detail::memory_object>& only, time_point deadline);

  /// What new workers must have.
  const drivers::loaded_program* program() const noexcept;

  // For the supervisor.
  /// Asks nothing of the device until resume(). What is read on the host may go on for a moment.
  void suspend() noexcept;
  /// Every buffer whose checksum is known is to be compared before commands use it.
  void resume(std::uint64_t generation) noexcept;
  /// What that gave; unknown while it is under way, and for generations long past.
  known<guard_report> report_of(std::uint64_t generation) const;
  /// The device is lost: nothing is verified any more, and nobody waits for it.
  void give_up() noexcept;

 private:
  struct record {
    std::weak_ptr<detail::memory_object> memory;
    std::uint64_t writes = 0;        ///< that began
    std::vector<std::uint64_t> sums; ///< empty: not known
    time_point due{};                ///< when it will have been at rest for long enough
    bool is_unverified = false;      ///< since a recovery
    std::vector<std::function<void()>> waiting;
  };
  using record_table = std::map<detail::memory_object*, record>;

  /// Comparing buffers, after a recovery or on request.
  struct inspection {
    guard_report report;
    std::deque<detail::memory_object*> left; ///< removed ones stay: they are guarded no more
    time_point began;
    bool is_done = false;
  };
  struct job {
    std::shared_ptr<detail::memory_object> memory;
    std::uint64_t writes = 0;
    std::vector<std::uint64_t> expected; ///< empty: the checksum is to be taken
    std::shared_ptr<inspection> of;      ///< null: of none
  };
  /// The pieces that differ.
  struct difference {
    std::string what, tag; ///< of the buffer
    std::uint64_t first_byte = 0, last_byte = 0;
  };

  void start();
  void serve() noexcept;
  // With the guard held.
  /// Nothing when there is nothing to do before `until`.
  bool next(job& j, time_point& until);
  bool take_from(const std::shared_ptr<inspection>& from, job& j);
  void settle(const job& j, bool is_whole, std::vector<std::uint64_t>&& sums, const std::optional<difference>& changed);
  void judge(const job& j, const std::optional<difference>& changed);
  void release(detail::memory_object& memory, record& r);
  void conclude(inspection& i);
  void conclude_recovery();
  // Without it.
  void call_released() noexcept;
  /// False when it was given up.
  void work_on(job& j);
  bool sum(const detail::memory_object& memory, std::vector<std::uint64_t>& sums, bool with_all_threads);
  bool sum_on_device(const detail::memory_object& memory, std::vector<std::uint64_t>& sums);
  bool is_abandoned() const noexcept;

  detail::device_state& device_;
  kernel_maker make_kernel_;
  std::thread thread_;

  mutable std::mutex guard_; ///< of all below, but for the kernel
  mutable std::condition_variable changed_;
  record_table records_;
  const detail::memory_object* busy_ = nullptr; ///< what the thread reads
  bool owes_release_ = false;                   ///< of that
  std::shared_ptr<inspection> after_recovery_;
  std::uint64_t verified_generation_ = 0; ///< that after_recovery_ is of
  std::deque<std::shared_ptr<inspection>> asked_;
  std::deque<std::pair<std::uint64_t, guard_report>> reports_;
  std::vector<std::function<void()>> released_; ///< to be called
  bool stopping_ = false, has_given_up_ = false;

  std::atomic<bool> is_suspended_{false};
  std::atomic<bool> abandons_{false}; ///< what the thread reads now is of no use any more
  std::mutex making_;                 ///< the kernel
  mutable std::mutex device_guard_;   ///< of the kernel and its stream, while something is submitted
  std::unique_ptr<device_checksum> kernel_;
};

} // namespace dotcompute::execution
