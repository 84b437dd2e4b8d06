// SPDX-License-Identifier: MIT
#include "execution/reset.hpp"
#include "api/background.hpp"
#include "compiler/server/service.hpp"
#include "execution/lease_state.hpp"

#include <dotcompute/device.hpp>

namespace dotcompute {
namespace {

reset_result run(const execution::reset_turn& turn, const std::stop_token& stop) {
  reset_result result = turn.run(stop);
  if (result.level == reset_level::full) compiler::service::shared().forget();
  return result;
}

const std::shared_ptr<detail::device_state>& whole(const device& d) {
  if (!d.lease_state()) return d.state();
  throw error(error_code::wrong_lease,
              "a reset of the whole device through the handle of lease '" + d.lease_state()->options.name + "'",
              d.state()->describe("reset the device", "Revoke the lease, or use the handle that device::open() gave."));
}

} // namespace

reset_result device::reset(const reset_options& options) const {
  return run(execution::reset_turn(whole(*this), options), {});
}

std::future<reset_result> device::reset_async(const reset_options& options, std::stop_token stop) const {
  auto turn = std::make_unique<execution::reset_turn>(whole(*this), options);
  // What the call does with its argument is out of the analyzer's sight.
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
  return api::in_background("dc-reset", state()->describe("reset the device"),
                            [turn = std::move(turn), stop = std::move(stop)] { return run(*turn, stop); });
}

} // namespace dotcompute
