// SPDX-License-Identifier: MIT
#include "api/background.hpp"
#include "api/time_limit.hpp"
#include "execution/lease_state.hpp"
#include "execution/revocation.hpp"

#include <dotcompute/lease.hpp>

namespace dotcompute {
namespace {

detail::lease_state& valid(const std::shared_ptr<detail::lease_state>& s) {
  if (!s) throw error(error_code::invalid_handle, "the lease handle was moved from");
  return *s;
}

} // namespace

lease::lease(const dotcompute::device& owner, const lease_options& options) {
  const auto& device = owner.state();
  if (owner.lease_state())
    throw error(error_code::invalid_argument,
                "the device's handle is of lease '" + owner.lease_state()->options.name + "'",
                device->describe("make a lease", "Use the handle that device::open() gave."));
  api::require_time_limit(*device, nullptr, options.time_limit, "make a lease");
  state_ = std::make_shared<detail::lease_state>(device, options);
  device->add_lease(state_);
}

const std::string& lease::name() const {
  return valid(state_).options.name;
}
lease_status lease::status() const {
  return valid(state_).status();
}
lease_statistics lease::statistics() const {
  return valid(state_).statistics();
}
dotcompute::device lease::device() const {
  return dotcompute::device(valid(state_).device, state_);
}

revoke_result lease::revoke(const revoke_options& options) const {
  valid(state_);
  return execution::revocation(state_, options).run({});
}

std::future<revoke_result> lease::revoke_async(const revoke_options& options, std::stop_token stop) const {
  valid(state_);
  return api::in_background(
      "dc-revoke", state_->device->describe("revoke lease '" + name() + "'"),
      [revocation = execution::revocation(state_, options), stop = std::move(stop)] { return revocation.run(stop); });
}

std::vector<lease> device::leases() const {
  std::vector<lease> present;
  for (auto& l : state()->leases())
    if (l->status() != lease_status::revoked) present.push_back(lease(std::move(l)));
  return present;
}

} // namespace dotcompute
