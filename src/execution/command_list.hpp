// SPDX-License-Identifier: MIT
// Commands in a row, linked through themselves.
#pragma once

#include "execution/command.hpp"

#include <cstddef>
#include <utility>

namespace dotcompute::execution {

/// Owns nothing: whoever takes a command off deletes it or passes it on. Not thread-safe.
class command_list {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  std::size_t size() const noexcept { return size_; }
  command* first() const noexcept { return first_; }

  void push_back(command* c) noexcept {
    c->next = nullptr;
    (last_ ? last_->next : first_) = c;
    last_ = c;
    ++size_;
  }
  void push_front(command* c) noexcept {
    c->next = first_;
    first_ = c;
    if (!last_) last_ = c;
    ++size_;
  }
  command* pop_front() noexcept {
    command* c = first_;
    first_ = c->next;
    if (!first_) last_ = nullptr;
    --size_;
    return c;
  }
  /// All of `other`, in front of what is here; `other` is empty afterwards.
  void splice_front(command_list& other) noexcept {
    if (other.empty()) return;
    other.last_->next = first_;
    if (!last_) last_ = other.last_;
    first_ = other.first_;
    size_ += other.size_;
    other = {};
  }

 private:
  command* first_ = nullptr;
  command* last_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace dotcompute::execution
