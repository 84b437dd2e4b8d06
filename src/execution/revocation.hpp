// SPDX-License-Identifier: MIT
// The end of a lease: its queues come to rest, what they did not begin fails, its buffers' memory goes back.
#pragma once

#include "execution/command_report.hpp"
#include "execution/lease_state.hpp"
#include "support/clock.hpp"

#include <memory>
#include <stop_token>
#include <vector>

namespace dotcompute::execution {

class revocation {
 public:
  /// Throws what is wrong with the options.
  revocation(std::shared_ptr<detail::lease_state> lease, const revoke_options& options);

  /// Throws deadline_exceeded and cancelled, with nothing revoked.
  revoke_result run(const std::stop_token& stop) const;

 private:
  using queue_list = std::vector<std::shared_ptr<detail::queue_state>>;

  /// Until all that is stored is done or, if it may be abandoned, the deadline has passed.
  void drain(const queue_list& queues, const std::vector<std::uint64_t>& last, const std::stop_token& stop) const;
  /// Nothing that the lease has begun runs afterwards, and nothing more begins. Throws, and then it is active again.
  void close(const queue_list& queues, const std::stop_token& stop, revoke_result& result) const;
  /// Until nothing that has begun runs; what would not end goes with its worker process.
  void come_to_rest(const queue_list& queues, const std::stop_token& stop, revoke_result& result) const;
  /// What is left fails.
  void abandon(const queue_list& queues, abandoned_commands& told) const;
  void require_wanted(const std::stop_token& stop) const;
  error_details describe(std::string remedy) const;

  const std::shared_ptr<detail::lease_state> lease_;
  const revoke_options options_;
};

} // namespace dotcompute::execution
