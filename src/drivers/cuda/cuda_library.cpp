// SPDX-License-Identifier: MIT
#include "drivers/cuda/cuda_library.hpp"

#include "drivers/cuda/driver_error.hpp"
#include "support/log.hpp"
#include "support/symbol_binder.hpp"

#include <dotcompute/error.hpp>

#include <cstdlib>
#include <mutex>

namespace dotcompute::cuda {
namespace {

constexpr int oldest_version = 11020; // CUDA 11.2: virtual memory with file descriptors works as it is used here

std::string bind(const dynamic_library& file, driver_api& f) {
  symbol_binder b(file);
  b.required(f.cuInit, "cuInit");
  b.required(f.cuDriverGetVersion, "cuDriverGetVersion");
  b.required(f.cuGetErrorName, "cuGetErrorName");
  b.required(f.cuGetErrorString, "cuGetErrorString");
  b.required(f.cuDeviceGetCount, "cuDeviceGetCount");
  b.required(f.cuDeviceGet, "cuDeviceGet");
  b.required(f.cuDeviceGetName, "cuDeviceGetName");
  b.optional(f.cuDeviceGetUuid, "cuDeviceGetUuid_v2");
  if (!f.cuDeviceGetUuid) b.required(f.cuDeviceGetUuid, "cuDeviceGetUuid"); // before CUDA 11.4
  b.required(f.cuDeviceTotalMem, "cuDeviceTotalMem_v2");
  b.required(f.cuDeviceGetAttribute, "cuDeviceGetAttribute");
  b.required(f.cuDeviceGetPCIBusId, "cuDeviceGetPCIBusId");
  b.required(f.cuDeviceCanAccessPeer, "cuDeviceCanAccessPeer");
  b.required(f.cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
  b.required(f.cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2");
  b.required(f.cuCtxSetCurrent, "cuCtxSetCurrent");
  b.required(f.cuCtxGetCurrent, "cuCtxGetCurrent");
  b.required(f.cuCtxGetStreamPriorityRange, "cuCtxGetStreamPriorityRange");
  b.required(f.cuModuleLoadData, "cuModuleLoadData");
  b.required(f.cuModuleUnload, "cuModuleUnload");
  b.required(f.cuModuleGetFunction, "cuModuleGetFunction");
  b.required(f.cuFuncGetAttribute, "cuFuncGetAttribute");
  b.required(f.cuFuncSetAttribute, "cuFuncSetAttribute");
  b.required(f.cuOccupancyMaxPotentialBlockSize, "cuOccupancyMaxPotentialBlockSize");
  b.required(f.cuStreamCreateWithPriority, "cuStreamCreateWithPriority");
  b.required(f.cuStreamDestroy, "cuStreamDestroy_v2");
  b.required(f.cuStreamQuery, "cuStreamQuery");
  b.required(f.cuStreamWaitEvent, "cuStreamWaitEvent");
  b.optional(f.cuStreamWriteValue64, "cuStreamWriteValue64_v2");
  b.optional(f.cuStreamWaitValue64, "cuStreamWaitValue64_v2");
  b.required(f.cuEventCreate, "cuEventCreate");
  b.required(f.cuEventRecord, "cuEventRecord");
  b.required(f.cuEventQuery, "cuEventQuery");
  b.required(f.cuEventElapsedTime, "cuEventElapsedTime");
  b.required(f.cuEventDestroy, "cuEventDestroy_v2");
  b.required(f.cuLaunchKernel, "cuLaunchKernel");
  b.required(f.cuMemcpyAsync, "cuMemcpyAsync");
  b.required(f.cuMemsetD8Async, "cuMemsetD8Async");
  b.required(f.cuMemsetD16Async, "cuMemsetD16Async");
  b.required(f.cuMemsetD32Async, "cuMemsetD32Async");
  b.required(f.cuMemGetAllocationGranularity, "cuMemGetAllocationGranularity");
  b.required(f.cuMemCreate, "cuMemCreate");
  b.required(f.cuMemRelease, "cuMemRelease");
  b.required(f.cuMemExportToShareableHandle, "cuMemExportToShareableHandle");
  b.required(f.cuMemImportFromShareableHandle, "cuMemImportFromShareableHandle");
  b.required(f.cuMemAddressReserve, "cuMemAddressReserve");
  b.required(f.cuMemAddressFree, "cuMemAddressFree");
  b.required(f.cuMemMap, "cuMemMap");
  b.required(f.cuMemUnmap, "cuMemUnmap");
  b.required(f.cuMemSetAccess, "cuMemSetAccess");
  b.required(f.cuMemHostRegister, "cuMemHostRegister_v2");
  b.required(f.cuMemHostUnregister, "cuMemHostUnregister");
  b.required(f.cuMemHostGetDevicePointer, "cuMemHostGetDevicePointer_v2");
  b.required(f.cuMemHostAlloc, "cuMemHostAlloc");
  b.required(f.cuMemFreeHost, "cuMemFreeHost");
  b.required(f.cuMemGetInfo, "cuMemGetInfo_v2");
  return b.missing;
}

std::shared_ptr<const cuda_library> load(const std::string& path, bool is_chosen, std::string& why_none) {
  const std::string named = is_chosen ? path + " (DOTCOMPUTE_LIBCUDA)" : path;
  auto library = std::make_shared<cuda_library>();
  library->path = path;
  try {
    library->file = dynamic_library::open(path);
  } catch (const error& e) {
    why_none = "no CUDA driver: looked for " + named + ": " + e.message();
    return nullptr;
  }
  const std::string missing = bind(library->file, library->api);
  if (!missing.empty()) {
    why_none = "the CUDA driver in " + named + " is too old or damaged: it lacks " + missing;
    return nullptr;
  }
  const driver_api& api = library->api;
  if (const result r = api.cuInit(0); r != result::success) {
    why_none =
        "the CUDA driver in " + named + " does not start: " + describe(r, "cuInit", &api) + ". " + meaning_of(r).remedy;
    return nullptr;
  }
  if (const result r = api.cuDriverGetVersion(&library->version); r != result::success) {
    why_none = "the CUDA driver in " + named + " does not say its version: " + describe(r, "cuDriverGetVersion", &api);
    return nullptr;
  }
  if (library->version < oldest_version) {
    why_none = "the CUDA driver in " + named + " serves CUDA " + version_text(library->version) +
               "; dotcompute needs " + version_text(oldest_version) + " or newer";
    return nullptr;
  }
  return library;
}

} // namespace

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::shared_ptr<const cuda_library> open_library(std::string& why_none) {
  static std::mutex guard;
  // Never destroyed: threads of the driver may run its code until the process has ended.
  static auto* const opened = new std::shared_ptr<const cuda_library>();
  const std::lock_guard lock(guard);
  if (!*opened) {
    const char* const chosen = std::getenv("DOTCOMPUTE_LIBCUDA");
    const bool is_chosen = chosen && *chosen;
    *opened = load(is_chosen ? chosen : "libcuda.so.1", is_chosen, why_none);
  }
  return *opened;
}

} // namespace dotcompute::cuda
