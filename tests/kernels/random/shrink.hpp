// SPDX-License-Identifier: MIT
// Makes a failing kernel small: takes statements and parts of expressions away while it still fails.
#pragma once

#include "random/program.hpp"

#include <functional>

namespace random_programs {

/// `still_fails` answers whether a candidate fails in the same way; candidates may be invalid programs, for which it
/// answers no. At most `attempts` candidates are tried.
kernel shrink(kernel failing, const std::function<bool(const kernel&)>& still_fails, std::size_t attempts = 2000);

} // namespace random_programs
