// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::compiler {

/// C++ text that holds `artifact` as data and registers it under `name` when the program starts. With a `symbol`, it
/// also defines a C variable of that name, by which a linker can be told to take it out of an archive.
std::string embedding(const std::string& name, const std::string& symbol, std::span<const std::byte> artifact);

/// A make rule: `output` depends on `inputs`.
std::string dependency_rule(const std::string& output, const std::vector<std::string>& inputs);

} // namespace dotcompute::compiler
