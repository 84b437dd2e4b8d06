// SPDX-License-Identifier: MIT
// What the compiler made, as a driver takes it.
#pragma once

#include "compiler/compile.hpp"
#include "drivers/command.hpp"

#include <memory>
#include <optional>
#include <string>

namespace dotcompute::api {

/// Refers to the bytes of `r`, which must outlive it.
drivers::program_image image_of(const compiler::result& r, const std::string& name);

/// A program of one kernel that dotcompute itself runs on a device.
struct own_program {
  std::shared_ptr<const compiler::result> result;
  drivers::program_image image;
};
/// What a new worker must compute before it is trusted; nothing, and a warning, when there is no compiler.
std::optional<own_program> make_canary(const compiler::target_description& target);
/// Of execution::checksum_source. Throws what compiling throws.
own_program make_checksum(const compiler::target_description& target);

} // namespace dotcompute::api
