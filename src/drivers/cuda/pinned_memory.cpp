// SPDX-License-Identifier: MIT
#include "drivers/cuda/pinned_memory.hpp"

#include <cstring>
#include <string>

namespace dotcompute::cuda {

namespace {
constexpr const char* operation = "allocate host memory that the device reaches";
}

pinned_memory::pinned_memory(std::shared_ptr<cuda_context> context, std::size_t bytes) : context_(std::move(context)) {
  const current_context current(*context_, operation);
  const driver_api& api = context_->api();
  void* address = nullptr;
  const result r = api.cuMemHostAlloc(&address, bytes, host_alloc_portable | host_alloc_device_map);
  if (r == result::out_of_memory)
    throw error(error_code::out_of_memory, std::to_string(bytes) + " bytes: " + describe(r, "cuMemHostAlloc", &api),
                {context_->id(), 1, operation, "Free memory on this machine, or raise its limit on locked memory."});
  context_->check(r, "cuMemHostAlloc", operation);
  const result mapped = api.cuMemHostGetDevicePointer(&on_device_, address, 0);
  if (mapped != result::success) {
    context_->note(api.cuMemFreeHost(address), "cuMemFreeHost", operation);
    context_->fail(mapped, "cuMemHostGetDevicePointer", operation);
  }
  std::memset(address, 0, bytes);
  data_ = static_cast<std::byte*>(address);
  bytes_ = bytes;
}

pinned_memory::~pinned_memory() {
  if (!data_) return;
  const current_context current(*context_);
  if (!context_->is_lost())
    context_->note(context_->api().cuMemFreeHost(data_), "cuMemFreeHost", "free host memory that the device reached");
}

} // namespace dotcompute::cuda
