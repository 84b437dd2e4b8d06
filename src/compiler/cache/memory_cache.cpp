// SPDX-License-Identifier: MIT
#include "compiler/cache/memory_cache.hpp"

namespace dotcompute::compiler {

std::size_t footprint(const result& r) {
  std::size_t bytes = sizeof r + r.log.size() + r.binary.size();
  for (const auto& d : r.diagnostics)
    bytes += sizeof d + d.file.size() + d.message.size();
  for (const auto& k : r.kernels) {
    bytes += sizeof k + k.name.size();
    for (const auto& a : k.arguments)
      bytes += sizeof a + a.name.size() + a.type_name.size() + a.element_type.size();
  }
  for (const auto& e : r.entries)
    bytes += sizeof e + e.kernel.size() + e.symbol.size();
  for (const auto& f : r.print_formats)
    bytes += sizeof(std::string) + f.size();
  for (const auto& f : r.included_files)
    bytes += sizeof f + f.path.size();
  return bytes;
}

std::shared_ptr<const result> memory_cache::find(const digest& key) {
  std::shared_ptr<const result> value;
  std::vector<file_signature> signatures;
  {
    std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    value = found->second->value;
    if (value->included_files.empty()) return value;
    signatures = found->second->signatures;
  }
  // Files are looked at without the lock. The entry may be replaced meanwhile; the checks below then leave it alone.
  const bool good = unchanged(value->included_files, signatures);
  std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found != index_.end() && found->second->value == value) {
    if (good)
      found->second->signatures = std::move(signatures);
    else
      erase(found->second);
  }
  return good ? value : nullptr;
}

void memory_cache::store(const digest& key, std::shared_ptr<const result> value) {
  const std::size_t bytes = footprint(*value);
  std::lock_guard lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) erase(found->second);
  if (bytes > limit_) return;
  while (bytes_ + bytes > limit_)
    erase(std::prev(entries_.end()));
  entries_.push_front({key, std::move(value), bytes, {}});
  index_.emplace(key, entries_.begin());
  bytes_ += bytes;
}

void memory_cache::erase(order::iterator position) {
  bytes_ -= position->bytes;
  index_.erase(position->key);
  entries_.erase(position);
}

void memory_cache::clear() {
  std::lock_guard lock(mutex_);
  index_.clear();
  entries_.clear();
  bytes_ = 0;
}

std::size_t memory_cache::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t memory_cache::count() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

} // namespace dotcompute::compiler
