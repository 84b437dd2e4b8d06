// SPDX-License-Identifier: MIT
// Keeping what launches are of until they are done.
#pragma once

#include "execution/command.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace dotcompute::execution {

/// One owner for a row of launches of the same kernel, where the keepers of commands would count one each: two atomic
/// operations less for every launch but the first. Not thread-safe.
class kept_subjects {
 public:
  /// For each command of a queue, in order. Throws std::bad_alloc, and keeps what it kept.
  void keep(const command& c) {
    if (!c.subject) return;
    if (c.subject != subject_) {
      if (owner_) earlier_.push_back({last_, owner_});
      owner_ = c.subject->owner();
      subject_ = c.subject;
    }
    last_ = c.number;
  }

  /// Takes out what nothing needs any more when all commands up to `done` are done. Whoever lets go of the last handle
  /// of a program unloads it: under no lock.
  kept_subjects take_done(std::uint64_t done) {
    if (last_ <= done) return std::exchange(*this, {});
    kept_subjects taken;
    const auto end = std::find_if(earlier_.begin(), earlier_.end(), [done](const row& r) { return r.last > done; });
    taken.earlier_.assign(std::move_iterator(earlier_.begin()), std::move_iterator(end));
    earlier_.erase(earlier_.begin(), end);
    return taken;
  }

 private:
  struct row {
    std::uint64_t last; ///< number of its last launch
    std::shared_ptr<const void> owner;
  };

  // Of the row that goes on.
  const launch_subject* subject_ = nullptr;
  std::shared_ptr<const void> owner_;
  std::uint64_t last_ = 0;
  std::vector<row> earlier_; ///< in order
};

} // namespace dotcompute::execution
