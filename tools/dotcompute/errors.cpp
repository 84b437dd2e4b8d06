// SPDX-License-Identifier: MIT
#include "errors.hpp"

#include <new>

namespace dotcompute::tool {

exit_code exit_code_of(error_code code) {
  switch (code) {
  case error_code::invalid_argument:
  case error_code::invalid_size:
  case error_code::invalid_range:
  case error_code::argument_count:
  case error_code::argument_type:
  case error_code::argument_name:
  case error_code::argument_not_set:
  case error_code::invalid_local_size:
  case error_code::limit_exceeded: return exit_code::argument;
  case error_code::kernel_not_found:
  case error_code::compile_failed:
  case error_code::invalid_options: return exit_code::source;
  case error_code::invalid_binary:
  case error_code::file_not_found:
  case error_code::file_invalid: return exit_code::input;
  case error_code::device_not_found:
  case error_code::unsupported:
  case error_code::worker_unavailable: return exit_code::device;
  case error_code::out_of_memory:
  case error_code::out_of_device_memory:
  case error_code::out_of_handles:
  case error_code::out_of_threads: return exit_code::memory;
  case error_code::deadline_exceeded: return exit_code::timeout;
  case error_code::compiler_unavailable:
  case error_code::compiler_crashed:
  case error_code::cancelled:
  case error_code::earlier_command_failed:
  case error_code::kernel_crashed:
  case error_code::kernel_hung:
  case error_code::kernel_refused:
  case error_code::buffer_changed:
  case error_code::interrupted:
  case error_code::reset_under_way:
  case error_code::device_lost:
  case error_code::system_call_failed: return exit_code::device_failed;
  case error_code::unknown:
  case error_code::invalid_handle:
  case error_code::stale_handle:
  case error_code::buffer_released:
  case error_code::wrong_device:
  case error_code::wrong_lease:
  case error_code::lease_revoked:
  case error_code::embedded_not_found:
  case error_code::internal: break;
  }
  return exit_code::internal;
}

explained explain_current_exception() {
  try {
    throw;
  } catch (const failure& e) {
    return {e.code(), e.what()};
  } catch (const error& e) {
    return {exit_code_of(e.code()), e.what()};
  } catch (const std::bad_alloc&) {
    return {exit_code::memory, "out of host memory"};
  } catch (const std::length_error&) {
    return {exit_code::memory, "out of host memory: a size is larger than any memory"};
  } catch (const std::exception& e) {
    return {exit_code::internal, e.what()};
  } catch (...) {
    return {exit_code::internal, "an unknown exception"};
  }
}

} // namespace dotcompute::tool
