// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace dotcompute::compiler {

/// Names this machine's instruction set: equal on two machines only if code compiled for cpu "native" on one runs on
/// the other. Vendor, family, model, stepping, feature words and the registers that the operating system saves.
const std::string& host_identity();

/// Whether code for `cpu` runs here. Known are "native", "generic" and the levels "x86-64" to "x86-64-v4"; any other
/// name is false, since this process cannot tell.
bool host_runs(std::string_view cpu);

} // namespace dotcompute::compiler
