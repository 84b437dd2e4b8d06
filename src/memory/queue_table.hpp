// SPDX-License-Identifier: MIT
// The queues that a pool knows, and the blocks that wait for their timelines.
#pragma once

#include "memory/magazine.hpp"
#include "memory/progress_source.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace dotcompute::memory {

/// Thread-safe. Timelines are asked without its lock: a timeline's last owner may be the one who asks, and its
/// destructor may free memory.
class queue_table {
 public:
  explicit queue_table(const block_records& records) : records_(records) {}

  queue_id attach(std::weak_ptr<progress_source> timeline);
  /// The blocks that still waited for it. The id may be given out again at once.
  block_list detach(queue_id queue) noexcept;
  bool is_known(queue_id queue) const noexcept;

  /// How far the queue is; as far as can be when it is gone.
  std::uint64_t completed(queue_id queue) const noexcept;

  /// Keeps blocks, in the order of the list, until the queue has reached their numbers.
  void add(queue_id queue, block_list blocks) noexcept;
  /// Those whose numbers were reached.
  block_list take_done() noexcept;
  /// One of at least `units`, wasting at most an eighth, that was freed on this very queue; or none.
  block_index take_own(queue_id queue, std::uint32_t kind, std::uint32_t units, std::uint64_t alignment) noexcept;

  /// What has waited longest: its queue and number. False when nothing waits.
  struct waiting {
    std::shared_ptr<progress_source> timeline; ///< null: gone
    queue_id queue = no_queue;
    std::uint64_t number = 0;
  };
  /// `found` is empty before the call: what it held would be let go with the lock held.
  bool find_oldest(waiting& found) const noexcept;
  std::uint64_t waiting_bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct entry {
    std::weak_ptr<progress_source> timeline;
    block_index first = no_block, last = no_block; ///< roughly in the order of their numbers
    bool is_used = false;
    std::uint64_t serial = 0; ///< which of the queues that had this id
  };
  void unlink(entry& e, block_index before, block_index b) noexcept;

  const block_records& records_;
  mutable std::mutex guard_;
  std::vector<entry> entries_{1}; ///< by id; the first is of no queue
  std::uint64_t serials_ = 0;
  std::atomic<std::uint64_t> bytes_{0};
};

} // namespace dotcompute::memory
