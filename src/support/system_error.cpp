// SPDX-License-Identifier: MIT
#include "support/system_error.hpp"

#include <cstring>

namespace dotcompute {

std::string describe_errno(int number) {
  const char* text = strerrordesc_np(number);
  const char* name = strerrorname_np(number);
  return std::string(text ? text : "unknown error") + " (" + (name ? name : std::to_string(number)) + ")";
}

error system_error(int number, const std::string& operation, const std::string& call) {
  const std::string message = call + " failed: " + describe_errno(number);
  switch (number) {
  case ENOMEM: return error(error_code::out_of_memory, message, {"", 0, operation, "Free memory and call again."});
  case EMFILE:
    return error(error_code::out_of_handles, message, {"", 0, operation, "Raise the limit of open files (ulimit -n)."});
  case ENFILE:
    return error(error_code::out_of_handles, message, {"", 0, operation, "The system is out of file handles."});
  case ENOENT: return error(error_code::file_not_found, message, {"", 0, operation, "Check the path."});
  default: return error(error_code::system_call_failed, message, {"", 0, operation, ""});
  }
}

} // namespace dotcompute
