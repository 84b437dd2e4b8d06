// SPDX-License-Identifier: MIT
// What of a CUDA C text is no C++: finds kernels, and puts C++ in the place of dynamic shared memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fake_cuda {

struct found_kernel {
  std::string name;
  std::string launch_bounds; ///< what stands between its parentheses
};

struct scanned_text {
  std::string text; ///< lines count as before
  std::vector<found_kernel> kernels;
};

scanned_text scan(std::string_view text);

} // namespace fake_cuda
