// SPDX-License-Identifier: MIT
// What the environment decides about OpenCL devices.
#pragma once

#include <string>
#include <string_view>

namespace dotcompute::opencl {

/// DOTCOMPUTE_OPENCL_TEXT and DOTCOMPUTE_OPENCL_MEMORY; empty if they say nothing. Thread-safe as long as nobody
/// changes the environment.
std::string_view wanted_text();
std::string_view wanted_memory();

/// Throws invalid_argument, for the device `id`, if one of the two is a word that nobody knows: listing devices passes
/// over it, opening one does not.
void require_known_words(const std::string& id);

} // namespace dotcompute::opencl
