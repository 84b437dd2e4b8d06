// SPDX-License-Identifier: MIT
#include "execution/reset.hpp"
#include "compiler/server/service.hpp"
#include "support/quiet_signals.hpp"

#include <dotcompute/device.hpp>

#include <pthread.h>

#include <system_error>
#include <thread>

namespace dotcompute {
namespace {

reset_result run(const execution::reset_turn& turn, const std::stop_token& stop) {
  reset_result result = turn.run(stop);
  if (result.level == reset_level::full) compiler::service::shared().forget();
  return result;
}

} // namespace

reset_result device::reset(const reset_options& options) const {
  return run(execution::reset_turn(state(), options), {});
}

std::future<reset_result> device::reset_async(const reset_options& options, std::stop_token stop) const {
  auto turn = std::make_unique<execution::reset_turn>(state(), options);
  std::promise<reset_result> promise;
  auto future = promise.get_future();
  const quiet_signals quiet;
  try {
    std::thread thread([turn = std::move(turn), promise = std::move(promise), stop = std::move(stop)]() mutable {
      pthread_setname_np(pthread_self(), "dc-reset");
      std::optional<reset_result> result;
      std::exception_ptr failure;
      try {
        result = run(*turn, stop);
      } catch (...) {
        failure = std::current_exception();
      }
      turn.reset(); // who is told may reset again
      failure ? promise.set_exception(failure) : promise.set_value(std::move(*result));
    });
    thread.detach();
  } catch (const std::system_error& e) {
    throw error(error_code::out_of_threads, std::string("the thread for a reset could not be started: ") + e.what(),
                state()->describe("reset the device", ""));
  }
  return future;
}

} // namespace dotcompute
