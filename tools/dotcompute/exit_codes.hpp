// SPDX-License-Identifier: MIT
// What the process's exit status says. The one table from which --help, the manual page and the tests read.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dotcompute::tool {

enum class exit_code : int {
  success = 0,
  internal = 1,
  usage = 2,
  input = 3,
  source = 4,
  argument = 5,
  device = 6,
  memory = 7,
  device_failed = 8,
  timeout = 9,
  output = 10,
  check = 11,
  interrupted = 130,
};

struct exit_code_row {
  exit_code code;
  std::string_view meaning;
};

inline constexpr std::array exit_codes{
    exit_code_row{exit_code::success, "Done."},
    exit_code_row{exit_code::internal, "An unexpected failure inside dotcompute; please report it."},
    exit_code_row{exit_code::usage, "The command line is wrong."},
    exit_code_row{exit_code::input, "An input file is missing, unreadable, malformed or of the wrong type."},
    exit_code_row{exit_code::source, "The kernel source does not compile, or has no such kernel."},
    exit_code_row{exit_code::argument,
                  "An argument does not fit the kernel, or the launch exceeds the device's limits."},
    exit_code_row{exit_code::device, "There is no such device, or it cannot be opened."},
    exit_code_row{exit_code::memory, "Out of memory, on the host or the device."},
    exit_code_row{exit_code::device_failed, "The device or the compiler failed while it worked."},
    exit_code_row{exit_code::timeout, "The work did not finish within --timeout."},
    exit_code_row{exit_code::output, "A result could not be written; the named file is as it was before."},
    exit_code_row{exit_code::check, "A result was wrong, memory is not what was promised, or with --require-goals a "
                                    "goal was missed."},
    exit_code_row{exit_code::interrupted, "Interrupted from the keyboard."},
};

/// An error that the command line explains in one message and ends with `code`.
class failure : public std::runtime_error {
 public:
  failure(exit_code code, const std::string& message) : std::runtime_error(message), code_(code) {}
  exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

} // namespace dotcompute::tool
