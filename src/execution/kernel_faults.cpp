// SPDX-License-Identifier: MIT
#include "execution/kernel_faults.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dotcompute::execution {

bool kernel_faults::record(const digest& content, const std::string& kernel, const std::string& symptom) {
  if (limit_ == 0) return false;
  const time_point now = std::chrono::steady_clock::now();
  const std::lock_guard lock(guard_);
  if (entries_.size() >= most_kernels && !entries_.contains(content)) {
    // The one that has been quiet the longest makes room; refused ones stay.
    auto oldest = entries_.end();
    for (auto e = entries_.begin(); e != entries_.end(); ++e)
      if (!e->second.is_refused && (oldest == entries_.end() || e->second.recent.back() < oldest->second.recent.back()))
        oldest = e;
    if (oldest == entries_.end()) return false;
    entries_.erase(oldest);
  }
  entry& e = entries_[content];
  e.kernel = kernel;
  e.symptom = symptom;
  ++e.faults;
  e.recent.push_back(now);
  if (e.recent.size() > limit_) e.recent.pop_front();
  if (e.is_refused || e.recent.size() < limit_ || now - e.recent.front() > within_) return false;
  e.is_refused = true;
  refused_.fetch_add(1, std::memory_order_release);
  return true;
}

std::optional<error> kernel_faults::refusal(const digest& content, error_details details) const {
  const std::lock_guard lock(guard_);
  const auto found = entries_.find(content);
  if (found == entries_.end() || !found->second.is_refused) return {};
  const entry& e = found->second;
  details.remedy = "Mend the kernel, or allow it again with device::pardon(\"" + to_hex(content) + "\").";
  return error(error_code::kernel_refused,
               fmt::format("{} is refused: it brought the worker process down {} times, {} of them within {:g} s; the "
                           "last time: {}",
                           e.kernel, e.faults, limit_, std::chrono::duration<double>(within_).count(), e.symptom),
               std::move(details));
}

bool kernel_faults::pardon(const digest& content) {
  const std::lock_guard lock(guard_);
  const auto found = entries_.find(content);
  if (found == entries_.end() || !found->second.is_refused) return false;
  entries_.erase(found);
  refused_.fetch_sub(1, std::memory_order_release);
  return true;
}

std::vector<refused_kernel> kernel_faults::refused() const {
  std::vector<refused_kernel> all;
  const std::lock_guard lock(guard_);
  for (const auto& [content, e] : entries_)
    if (e.is_refused) all.push_back({to_hex(content), e.kernel, e.symptom, e.faults});
  return all;
}

} // namespace dotcompute::execution
