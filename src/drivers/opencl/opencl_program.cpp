// SPDX-License-Identifier: MIT
#include "drivers/opencl/opencl_program.hpp"

#include "compiler/targets/opencl/program_text.hpp"
#include "support/log.hpp"

#include <utility>

namespace dotcompute::opencl {

opencl_program::opencl_program(std::shared_ptr<opencl_context> context, const drivers::program_image& image)
    : context_(std::move(context)), kernels_(image.kernels.size()) {
  const std::string operation = "load program '" + image.name + "'";
  context_->require_present(operation);
  const auto text = compiler::opencl::decode(image.binary);
  if (!text)
    throw error(error_code::invalid_binary, "the program holds no OpenCL C for the device's driver",
                {context_->id(), 1, operation, meaning_of(result::invalid_binary).remedy});
  try {
    build(text->source, text->options, operation);
    for (std::size_t i = 0; i < kernels_.size(); ++i)
      read(kernels_[i], image.kernels[i], operation);
  } catch (...) {
    release();
    throw;
  }
}

opencl_program::~opencl_program() {
  release();
}

void opencl_program::release() noexcept {
  if (context_->is_lost()) return; // calls could only hang
  for (const opencl_kernel& k : kernels_)
    if (k.handle) context_->note(context_->api().clReleaseKernel(k.handle), "clReleaseKernel", "unload a program");
  if (program_) context_->note(context_->api().clReleaseProgram(program_), "clReleaseProgram", "unload a program");
}

std::string opencl_program::build_log() const {
  const driver_api& api = context_->api();
  std::size_t bytes = 0;
  if (api.clGetProgramBuildInfo(program_, context_->device(), program_build_info::log, 0, nullptr, &bytes) !=
          result::success ||
      bytes == 0)
    return {};
  std::string log(bytes, '\0');
  if (api.clGetProgramBuildInfo(program_, context_->device(), program_build_info::log, bytes, log.data(), nullptr) !=
      result::success)
    return {};
  log.resize(log.find_last_not_of(std::string_view("\0\n ", 3)) + 1);
  return log;
}

void opencl_program::build(const std::string& source, const std::string& options, const std::string& operation) {
  const driver_api& api = context_->api();
  const char* const text = source.c_str();
  const char* texts[] = {text};
  const std::size_t length = source.size();
  result r = result::success;
  program_ = api.clCreateProgramWithSource(context_->handle(), 1, texts, &length, &r);
  context_->check(r, "clCreateProgramWithSource", operation);
  const device_handle device = context_->device();
  r = api.clBuildProgram(program_, 1, &device, options.c_str(), nullptr, nullptr);
  const std::string log = build_log();
  if (r == result::build_program_failure) {
    const result_meaning& m = meaning_of(r);
    throw error(
        m.kind, m.code,
        "dotcompute's front end accepts the program, the compiler of the device's driver refuses it (options '" +
            options + "'):\n" + (log.empty() ? "it gives no reason" : log),
        {context_->id(), 1, operation, m.remedy});
  }
  context_->check(r, "clBuildProgram", operation);
  if (!log.empty()) log::debug("{}, {}: {}", context_->id(), operation, log);
}

void opencl_program::read(opencl_kernel& kernel, const drivers::kernel_code& code, const std::string& operation) {
  const driver_api& api = context_->api();
  result r = result::success;
  kernel.name = code.kernel;
  kernel.handle = api.clCreateKernel(program_, code.symbol.c_str(), &r);
  context_->check(r, "clCreateKernel", operation);
  kernel.arguments = code.arguments;
  kernel.is_flat = code.is_flat;
  const auto ask = [&](kernel_work_group_info what, auto value) {
    context_->check(
        api.clGetKernelWorkGroupInfo(kernel.handle, context_->device(), what, sizeof value, &value, nullptr),
        "clGetKernelWorkGroupInfo", operation);
    return value;
  };
  kernel.most_items = ask(kernel_work_group_info::work_group_size, std::size_t{});
  kernel.preferred_multiple =
      static_cast<std::uint32_t>(ask(kernel_work_group_info::preferred_work_group_size_multiple, std::size_t{}));
  kernel.own_local_bytes = ask(kernel_work_group_info::local_mem_size, std::uint64_t{});
}

} // namespace dotcompute::opencl
