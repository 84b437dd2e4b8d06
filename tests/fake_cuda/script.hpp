// SPDX-License-Identifier: MIT
// Failures that a test asked for.
#pragma once

#include "abi.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fake_cuda {

/// What is to happen to a call.
struct scripted {
  std::optional<status> code;
  bool sticky = false;
  std::uint64_t delay_milliseconds = 0;
};

/// Not thread-safe.
class script {
 public:
  /// False, with nothing changed, when `words` do not say what control.hpp describes.
  bool add(std::string_view words);
  void clear() { rules_.clear(); }

  /// Counts this call.
  scripted on_call(std::string_view function);
  scripted on_kernel(std::string_view kernel);

 private:
  struct rule {
    std::string function, kernel; ///< empty: any function; not a kernel
    std::uint64_t nth = 0, every = 0, seen = 0;
    scripted action{};
  };

  static std::optional<rule> parse(std::string_view words);
  static bool applies(rule& r);

  std::vector<rule> rules_;
};

} // namespace fake_cuda
