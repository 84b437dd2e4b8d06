// SPDX-License-Identifier: MIT
#include "drivers/opencl/opencl_program.hpp"

#include "compiler/targets/opencl/program_text.hpp"
#include "drivers/stream.hpp"
#include "support/log.hpp"

#include <utility>

namespace dotcompute::opencl {

opencl_program::opencl_program(std::shared_ptr<opencl_context> context, program_binaries& binaries,
                               const drivers::program_image& image)
    : context_(std::move(context)), kernels_(image.kernels.size()) {
  const std::string operation = "load program '" + image.name + "'";
  context_->require_present(operation);
  const auto text = compiler::opencl::decode(image.binary);
  if (!text)
    throw error(error_code::invalid_binary, "the program holds no OpenCL C for the device's driver",
                {context_->id(), 1, operation, meaning_of(result::invalid_binary).remedy});
  try {
    if (!take(binaries.find(*text), text->options, operation)) {
      build(text->source, text->options, operation);
      binaries.store(*text, read_binary());
    }
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
  release_program();
}

void opencl_program::release_program() noexcept {
  if (program_) context_->note(context_->api().clReleaseProgram(program_), "clReleaseProgram", "unload a program");
  program_ = nullptr;
}

bool opencl_program::take(const std::vector<std::byte>& binary, const std::string& options,
                          const std::string& operation) {
  if (binary.empty()) return false;
  const driver_api& api = context_->api();
  const device_handle device = context_->device();
  const std::size_t bytes = binary.size();
  const auto* start = reinterpret_cast<const unsigned char*>(binary.data());
  std::int32_t status = 0;
  result r = result::success;
  const char* function = "clCreateProgramWithBinary";
  program_ = api.clCreateProgramWithBinary(context_->handle(), 1, &device, &bytes, &start, &status, &r);
  if (r == result::success) {
    function = "clBuildProgram";
    r = api.clBuildProgram(program_, 1, &device, options.c_str(), nullptr, nullptr);
  }
  if (r == result::success) return true;
  // Whatever it has against the binary, the text is still there: unless nothing works any more.
  if (drivers::is_gone(make_error(r, function, context_->id(), operation))) context_->fail(r, function, operation);
  log::info("{}, {}: the driver does not take its own binary from the cache, so it compiles the text: {}",
            context_->id(), operation, describe(r, function));
  release_program();
  return false;
}

std::vector<std::byte> opencl_program::read_binary() const {
  const driver_api& api = context_->api();
  std::size_t bytes = 0;
  if (api.clGetProgramInfo(program_, program_info::binary_sizes, sizeof bytes, &bytes, nullptr) != result::success ||
      bytes == 0)
    return {};
  std::vector<std::byte> binary(bytes);
  std::byte* start = binary.data();
  void* const starts = static_cast<void*>(&start); // one for each device of the program
  if (api.clGetProgramInfo(program_, program_info::binaries, sizeof start, starts, nullptr) != result::success)
    return {};
  return binary;
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
