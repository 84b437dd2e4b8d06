// SPDX-License-Identifier: MIT
// One call on a thread of its own, for functions that return a future.
#pragma once

#include "support/quiet_signals.hpp"

#include <dotcompute/error.hpp>

#include <pthread.h>

#include <future>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace dotcompute::api {

/// The future has what `call` returns or throws; what `call` holds is gone before that is told. `name`: of the thread,
/// at most 15 characters. Throws out_of_threads.
template <class Call>
auto in_background(const char* name, error_details details, Call call) {
  using result_type = decltype(call());
  std::promise<result_type> promise;
  auto future = promise.get_future();
  const quiet_signals quiet;
  try {
    std::thread([name, held = std::optional<Call>(std::move(call)), promise = std::move(promise)]() mutable {
      pthread_setname_np(pthread_self(), name);
      std::optional<result_type> result;
      std::exception_ptr failure;
      try {
        result = (*held)();
      } catch (...) {
        failure = std::current_exception();
      }
      held.reset();
      failure ? promise.set_exception(failure) : promise.set_value(std::move(*result));
    }).detach();
  } catch (const std::system_error& e) {
    throw error(error_code::out_of_threads, std::string("a thread could not be started: ") + e.what(),
                std::move(details));
  }
  return future;
}

} // namespace dotcompute::api
