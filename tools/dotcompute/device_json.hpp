// SPDX-License-Identifier: MIT
// Devices as JSON: the names of dotcompute::capabilities; what is not known is null.
#pragma once

#include <dotcompute/capabilities.hpp>
#include <nlohmann/json.hpp>

namespace dotcompute::tool {

nlohmann::ordered_json to_json(const device_info& device);

} // namespace dotcompute::tool
