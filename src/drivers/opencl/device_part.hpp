// SPDX-License-Identifier: MIT
// A part of a device that its driver makes into a device of its own.
#pragma once

#include "drivers/opencl/opencl_library.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::opencl {

/// How a device is to be split, and which of the parts is meant.
struct device_part {
  enum class way : std::uint8_t { equally, by_counts, by_affinity };

  way how = way::equally;
  std::vector<std::uint32_t> units; ///< compute units: of each part alike; or of the first parts, one after another
  bits domain = 0;                  ///< by_affinity: what the units of a part share
  std::size_t index = 0;            ///< of the part, from 0
};

/// "equally:UNITS/INDEX", "counts:UNITS,UNITS.../INDEX", or "numa/INDEX", "l1/INDEX" to "l4/INDEX", "next/INDEX".
/// Throws invalid_argument for anything else, about the device `id`.
device_part parse_part(std::string_view text, const std::string& id);

/// A device that was made and is given back with this.
class sub_device {
 public:
  sub_device() = default; ///< none
  /// Splits `whole`. Throws unsupported, saying how the device can be split, when it cannot be split that way;
  /// limit_exceeded for parts that it does not have room for; device_not_found for an index beyond the parts.
  sub_device(std::shared_ptr<const opencl_library> library, device_handle whole, const device_part& part,
             const std::string& id);
  ~sub_device();
  sub_device(sub_device&& other) noexcept;
  sub_device& operator=(sub_device&& other) noexcept;

  device_handle get() const noexcept { return device_; }
  /// It stays until the process ends.
  void abandon() noexcept { device_ = nullptr; }

 private:
  std::shared_ptr<const opencl_library> loader_;
  device_handle device_ = nullptr;
};

} // namespace dotcompute::opencl
