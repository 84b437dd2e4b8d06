// SPDX-License-Identifier: MIT
#include "chaos_work.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace dotcompute::tool {

namespace {

constexpr std::size_t items = 1 << 14;
constexpr std::uint32_t factor = 1664525, steps = 64;

std::uint32_t input(std::size_t i) {
  return static_cast<std::uint32_t>(i) * 2654435761u;
}

} // namespace

chaos_work::chaos_work(const device& d)
    : kernels_(program::compile(d,
                                fmt::format(R"(
// Writes nothing that it reads, so a new worker can run it again.
kernel void work(global const uint* in, global uint* out, uint turn) {{
  size_t i = get_global_id(0);
  uint v = in[i];
  for (int k = 0; k < {}; ++k) v = v * {}u + turn;
  out[i] = v;
}})",
                                            steps, factor),
                                {.file_name = "work.cl"})),
      queue_(d, {.name = "work"}), in_(d, items), out_(d, items), thread_([this] { run(); }) {}

chaos_work::~chaos_work() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

work_outcome chaos_work::end() {
  stopping_ = true;
  thread_.join();
  return std::move(outcome_);
}

void chaos_work::run() {
  auto last = std::chrono::steady_clock::now();
  std::vector<std::uint32_t> numbers(items);
  for (std::size_t i = 0; i < items; ++i)
    numbers[i] = input(i);
  for (bool is_written = false; !is_written && !stopping_;) {
    try {
      queue_.write(in_, numbers);
      queue_.finish();
      is_written = true;
    } catch (const error&) {
    } // a reset abandoned it
  }
  for (std::uint32_t turn = 1; !stopping_; ++turn) {
    try {
      compute(turn);
      const auto now = std::chrono::steady_clock::now();
      outcome_.longest_gap = std::max(outcome_.longest_gap, std::chrono::nanoseconds(now - last));
      last = now;
      outcome_.moments.push_back(std::chrono::duration<double>(now - began_).count());
    } catch (const error& e) {
      // finish() forgets it.
      if (e.code() == error_code::cancelled) {
        ++outcome_.abandoned;
        continue;
      }
      ++outcome_.failed;
      if (outcome_.first_problem.empty()) outcome_.first_problem = e.what();
      if (e.kind() == error_class::device_lost) return;
    }
  }
}

void chaos_work::compute(std::uint32_t turn) {
  // v * factor^steps + turn * (1 + factor + ... + factor^(steps - 1))
  static const auto [power, sum] = [] {
    std::uint32_t p = 1, s = 0;
    for (std::uint32_t k = 0; k < steps; ++k) {
      s += p;
      p *= factor;
    }
    return std::pair(p, s);
  }();
  std::vector<std::uint32_t> result(items);
  queue_.launch(kernels_.kernel("work"), {items}, in_, out_, turn);
  queue_.read(out_, result);
  queue_.finish();
  std::size_t different = 0;
  for (std::size_t i = 0; i < items; ++i)
    different += result[i] != input(i) * power + turn * sum;
  ++(different == 0 ? outcome_.right : outcome_.wrong);
  if (different != 0 && outcome_.first_problem.empty())
    outcome_.first_problem = fmt::format("{} of {} numbers of turn {} are wrong", different, items, turn);
}

} // namespace dotcompute::tool
