// SPDX-License-Identifier: MIT
#include "compiler/server/process_pool.hpp"

#include "compiler/server/locate.hpp"
#include "support/log.hpp"

#include <dotcompute/error.hpp>

#include <fmt/ranges.h>

#include <unistd.h>

namespace dotcompute::compiler {

process_pool::process_pool(std::string executable, unsigned limit)
    : limit_(limit), executable_(std::move(executable)), owner_(getpid()) {}

process_pool::~process_pool() {
  if (getpid() != owner_) abandon_after_fork();
}

void process_pool::abandon_after_fork() {
  for (auto& process : idle_)
    process->disown();
  idle_.clear();
  started_ = 0;
  owner_ = getpid();
}

std::string process_pool::executable() {
  std::lock_guard lock(mutex_);
  if (executable_.empty()) {
    std::vector<std::string> tried;
    executable_ = locate_compiler(tried);
    if (executable_.empty()) {
      throw error(
          error_code::compiler_unavailable,
          fmt::format("the executable dotcompute-compiler was not found; looked for {}", fmt::join(tried, ", ")),
          {"", 0, "start the compiler process",
           "Install it, or set DOTCOMPUTE_COMPILER to its path. Programs compiled ahead of time need none."});
    }
  }
  return executable_;
}

std::unique_ptr<compiler_process> process_pool::start() {
  return compiler_process::start(executable());
}

process_pool::lease process_pool::acquire(time_point deadline, const std::stop_token& stop) {
  {
    std::unique_lock lock(mutex_);
    if (getpid() != owner_) abandon_after_fork();
    for (;;) {
      while (!idle_.empty()) {
        std::unique_ptr<compiler_process> process = std::move(idle_.back());
        idle_.pop_back();
        // One that left before its hello never worked: how it ended is what the asker has to be told.
        if (!process->has_left() || !process->has_greeted()) return {*this, std::move(process)};
        log::debug("compiler process {} had left", process->id());
        --started_;
      }
      if (started_ < limit_) break;
      const bool free =
          changed_.wait_until(lock, stop, deadline, [this] { return !idle_.empty() || started_ < limit_; });
      if (!free) return {};
    }
    ++started_;
  }
  try {
    return {*this, start()};
  } catch (...) {
    release(nullptr);
    throw;
  }
}

void process_pool::release(std::unique_ptr<compiler_process> process) {
  {
    std::lock_guard lock(mutex_);
    if (process)
      idle_.push_back(std::move(process));
    else
      --started_;
  }
  changed_.notify_one();
}

void process_pool::prewarm() noexcept {
  try {
    {
      std::lock_guard lock(mutex_);
      if (getpid() != owner_) abandon_after_fork();
      if (started_ != 0) return;
      ++started_;
    }
    std::unique_ptr<compiler_process> process;
    try {
      process = start();
    } catch (const std::exception& e) {
      log::debug("no compiler process for now: {}", e.what());
    }
    release(std::move(process));
  } catch (...) {
    // Out of memory: compile() will meet it again and can say so.
  }
}

process_pool::lease::~lease() {
  if (!pool_) return;
  process_.reset(); // killed and reaped before another may take its place
  pool_->release(nullptr);
}

void process_pool::lease::give_back() {
  if (pool_ && process_) std::exchange(pool_, nullptr)->release(std::move(process_));
}

} // namespace dotcompute::compiler
