// SPDX-License-Identifier: MIT
// Where this machine keeps NVRTC, NVIDIA's compiler of CUDA C. Looks at files only: the service process asks this to
// name results in its caches, and must not load the library.
#pragma once

#include <string>
#include <vector>

namespace dotcompute::cuda {

struct nvrtc_location {
  std::string path;                ///< absolute, links resolved; empty when there is none
  std::vector<std::string> looked; ///< folders, or the file of DOTCOMPUTE_NVRTC, in the order they were looked at
};

/// The file that DOTCOMPUTE_NVRTC names, else the newest of libnvrtc.so.13, .12, .11.2 and libnvrtc.so in the folders
/// of LD_LIBRARY_PATH, CUDA_HOME and CUDA_PATH, the dynamic loader's configuration, and where distributions and
/// NVIDIA's installers put it. Thread-safe; reads the environment each time.
nvrtc_location find_nvrtc();

/// Path, size and time of last change of what find_nvrtc() finds; another library, another text. Empty: there is none.
std::string nvrtc_identity();

} // namespace dotcompute::cuda
