// SPDX-License-Identifier: MIT
#include "memory/tag_table.hpp"

#include <dotcompute/error.hpp>

namespace dotcompute::memory {

tag_table::~tag_table() {
  for (auto& c : chunks_)
    delete[] c.load(std::memory_order_relaxed);
}

tag_id tag_table::intern(std::string_view name) {
  if (name.size() > longest_name)
    throw error(error_code::limit_exceeded,
                "an owner tag of " + std::to_string(name.size()) + " bytes; at most " + std::to_string(longest_name));
  const std::lock_guard lock(guard_);
  std::string key(name);
  if (const auto found = numbers_.find(key); found != numbers_.end()) return tag_id{found->second};
  const std::uint32_t number = count_.load(std::memory_order_relaxed);
  if (number == capacity)
    throw error(error_code::limit_exceeded, "there are " + std::to_string(capacity) + " owner tags already",
                {"", 0, "tag '" + key + "'", "Use names that repeat, such as those of tenants or call sites."});
  auto& place = chunks_[number / chunk];
  if (!place.load(std::memory_order_relaxed)) place.store(new tag_figures[chunk], std::memory_order_release);
  place.load(std::memory_order_relaxed)[number % chunk].name = key;
  numbers_.emplace(std::move(key), number);
  count_.store(number + 1, std::memory_order_release);
  return tag_id{number};
}

} // namespace dotcompute::memory
