// SPDX-License-Identifier: MIT
#include "drivers/cuda/cuda_program.hpp"

#include "drivers/cuda/cubin_bounds.hpp"

#include <algorithm>
#include <utility>

namespace dotcompute::cuda {
namespace {

constexpr std::uint64_t ring_bytes = 1 << 20; // of records: some 30,000 short lines between two looks
constexpr int largest_preferred = 256;        // threads; larger groups wait longer at barriers

} // namespace

cuda_program::cuda_program(std::shared_ptr<cuda_context> context, const drivers::program_image& image,
                           const std::shared_ptr<pinned_pool>& pool, std::shared_ptr<drivers::print_sink> sink)
    : context_(std::move(context)), name_(image.name), kernels_(image.kernels.size()) {
  const std::string operation = "load program '" + name_ + "'";
  const current_context current(*context_, operation.c_str());
  if (image.binary.empty()) {
    if (image.kernels.empty()) return;
    throw error(error_code::invalid_binary, "the program has kernels but no code",
                {context_->id(), 1, operation, "Compile it again; the artifact may be damaged."});
  }
  if (const std::string damage = find_elf_damage(image.binary); !damage.empty())
    throw error(error_code::invalid_binary, "the program's code is damaged: " + damage,
                {context_->id(), 1, operation, "Compile the program for this device again."});
  const driver_api& api = context_->api();
  const result r = api.cuModuleLoadData(&module_, image.binary.data());
  if (r == result::no_binary_for_gpu || r == result::invalid_image || r == result::unsupported_ptx_version)
    throw error(error_code::invalid_binary,
                describe(r, "cuModuleLoadData", &api) +
                    ". The code is damaged, made for another architecture than this device's, or made by a newer "
                    "CUDA than the " +
                    version_text(context_->library().version) + " that the driver serves",
                {context_->id(), 1, operation, "Compile the program for this device, or install a newer driver."});
  context_->check(r, "cuModuleLoadData", operation);
  try {
    for (std::size_t i = 0; i < kernels_.size(); ++i)
      read(kernels_[i], image.kernels[i], operation);
    if (std::any_of(kernels_.begin(), kernels_.end(), [](const cuda_kernel& k) { return k.prints; }))
      make_channel(image, pool, std::move(sink));
  } catch (...) {
    context_->note(api.cuModuleUnload(module_), "cuModuleUnload", "unload a program");
    throw;
  }
}

cuda_program::~cuda_program() {
  if (!module_) return;
  const current_context current(*context_);
  if (!context_->is_lost())
    context_->note(context_->api().cuModuleUnload(module_), "cuModuleUnload", "unload a program");
}

void cuda_program::read(cuda_kernel& kernel, const drivers::kernel_code& code, const std::string& operation) {
  const driver_api& api = context_->api();
  const auto find = [&](function_handle& function, const std::string& symbol) {
    const result r = api.cuModuleGetFunction(&function, module_, symbol.c_str());
    if (r == result::not_found)
      throw error(error_code::invalid_binary,
                  "the code has no symbol '" + symbol + "' for kernel '" + code.kernel + "'",
                  {context_->id(), 1, operation, "Compile it again; the artifact may be damaged."});
    context_->check(r, "cuModuleGetFunction", operation);
  };
  find(kernel.function, code.symbol);
  if (!code.wide_symbol.empty()) find(kernel.wide, code.wide_symbol);
  kernel.name = code.kernel;
  kernel.arguments = code.arguments;
  kernel.is_flat = code.is_flat;
  kernel.prints = code.prints;
  kernel.items = code.items;
  kernel.guarded_dimensions = std::min(code.guarded_dimensions, 3u);
  most_arguments_ = std::max(most_arguments_, code.arguments.size());
  kernel.most_threads =
      static_cast<std::uint32_t>(attribute(kernel.function, function_attribute::max_threads_per_block, operation));
  if (kernel.wide)
    kernel.most_threads = std::min(
        kernel.most_threads,
        static_cast<std::uint32_t>(attribute(kernel.wide, function_attribute::max_threads_per_block, operation)));
  if (code.local_bytes > kernel.shared_limit.load(std::memory_order_relaxed))
    raise_shared_limit(kernel, code.local_bytes);
  int grid = 0, block = 0;
  context_->check(api.cuOccupancyMaxPotentialBlockSize(&grid, &block, kernel.function, nullptr,
                                                       static_cast<std::size_t>(code.local_bytes), largest_preferred),
                  "cuOccupancyMaxPotentialBlockSize", operation);
  kernel.preferred_threads = static_cast<std::uint32_t>(std::max(block, 1));
}

int cuda_program::attribute(function_handle function, function_attribute a, const std::string& operation) const {
  int value = 0;
  context_->check(context_->api().cuFuncGetAttribute(&value, a, function), "cuFuncGetAttribute", operation);
  return value;
}

void cuda_program::raise_shared_limit(const cuda_kernel& kernel, std::uint64_t bytes) const {
  const std::string operation = "launch kernel '" + kernel.name + "'";
  const std::lock_guard lock(guard_); // two streams may want different limits, and it must not shrink
  if (bytes <= kernel.shared_limit.load(std::memory_order_relaxed)) return;
  const std::uint64_t largest =
      static_cast<std::uint64_t>(context_->attribute(device_attribute::max_shared_memory_per_block_optin));
  const std::uint64_t own =
      static_cast<std::uint64_t>(attribute(kernel.function, function_attribute::shared_size_bytes, operation));
  if (own > largest || bytes > largest - own)
    throw error(error_code::limit_exceeded,
                std::to_string(bytes) + " bytes of local memory for a work-group; the device has " +
                    std::to_string(largest) + ", of which the kernel's code takes " + std::to_string(own),
                {context_->id(), 1, operation, "Use less local memory or smaller work-groups."});
  for (const function_handle function : {kernel.function, kernel.wide})
    if (function)
      context_->check(context_->api().cuFuncSetAttribute(function, function_attribute::max_dynamic_shared_size_bytes,
                                                         static_cast<int>(bytes)),
                      "cuFuncSetAttribute", operation);
  kernel.shared_limit.store(bytes, std::memory_order_relaxed);
}

void cuda_program::make_channel(const drivers::program_image& image, const std::shared_ptr<pinned_pool>& pool,
                                std::shared_ptr<drivers::print_sink> sink) {
  auto memory = std::make_shared<pooled_memory>(pool, sizeof(print_ring) + ring_bytes);
  ring_ = (*memory)->on_device();
  std::byte* const on_host = (*memory)->data();
  channel_ = std::make_shared<print_channel>(name_, image.print_formats, std::move(sink),
                                             std::shared_ptr<void>(std::move(memory), on_host), ring_bytes);
}

} // namespace dotcompute::cuda
