// SPDX-License-Identifier: MIT
// What a device's driver made of programs, kept in the cache on disk, so that the next process need not compile them.
#pragma once

#include "compiler/cache/disk_cache.hpp"
#include "compiler/targets/opencl/program_text.hpp"
#include "drivers/opencl/opencl_library.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace dotcompute::opencl {

/// Thread-safe. An entry belongs to one text, its options, and the device, driver and platform by the names and
/// versions that they give themselves. Texts that include files are not kept: what the driver's compiler finds in them
/// is not known here.
class program_binaries {
 public:
  program_binaries(const driver_api& api, const found_device& found);

  /// Empty when there is none.
  std::vector<std::byte> find(const compiler::opencl::program_text& text);
  void store(const compiler::opencl::program_text& text, const std::vector<std::byte>& binary);

 private:
  digest key_of(const compiler::opencl::program_text& text) const;

  const std::string device_; ///< all that an entry of this device must agree with
  compiler::disk_cache cache_;
};

} // namespace dotcompute::opencl
