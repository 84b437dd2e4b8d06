// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::compiler {

/// C++ text that holds `artifact` as data and registers it under `name` when the program starts.
std::string embedding(const std::string& name, std::span<const std::byte> artifact);

/// A make rule: `output` depends on `inputs`.
std::string dependency_rule(const std::string& output, const std::vector<std::string>& inputs);

} // namespace dotcompute::compiler
