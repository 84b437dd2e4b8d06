// SPDX-License-Identifier: MIT
// Programs that were compiled into this executable.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace dotcompute::api {

/// The artifact registered under `name`. Throws embedded_not_found, listing the names there are. Thread-safe.
std::span<const std::byte> find_embedded(std::string_view name);

} // namespace dotcompute::api
