// SPDX-License-Identifier: MIT
#include "opencl_side.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <stdexcept>

namespace dotcompute::benchmark {

opencl_device::opencl_device(const opencl_library& library, std::string side_name, cl_platform_id platform,
                             cl_device_id device)
    : cl(library), side(std::move(side_name)), id(device) {
  const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(platform),
                                              0};
  cl_int status = CL_SUCCESS;
  context = cl.create_context(properties, 1, &id, nullptr, nullptr, &status);
  check(status, "clCreateContext");
  queue = cl.create_queue(context, id, 0, &status);
  if (status != CL_SUCCESS) cl.release_context(context);
  check(status, "clCreateCommandQueue");
}

opencl_device::~opencl_device() {
  cl.release_queue(queue);
  cl.release_context(context);
}

void opencl_device::check(cl_int status, const char* call) const {
  if (status != CL_SUCCESS) throw std::runtime_error(fmt::format("{}: {} failed with error {}", side, call, status));
}

opencl_memory::opencl_memory(std::shared_ptr<opencl_device> device, std::size_t bytes, cl_mem_flags flags)
    : device_(std::move(device)) {
  cl_int status = CL_SUCCESS;
  buffer_ = device_->cl.create_buffer(device_->context, CL_MEM_READ_WRITE | flags, bytes, nullptr, &status);
  device_->check(status, "clCreateBuffer");
}

opencl_memory::~opencl_memory() {
  device_->cl.release_buffer(buffer_);
}

void opencl_memory::write(std::span<const std::byte> from) {
  device_->check(
      device_->cl.write_buffer(device_->queue, buffer_, CL_TRUE, 0, from.size(), from.data(), 0, nullptr, nullptr),
      "clEnqueueWriteBuffer");
}

void opencl_memory::read(std::span<std::byte> to) {
  device_->check(
      device_->cl.read_buffer(device_->queue, buffer_, CL_TRUE, 0, to.size(), to.data(), 0, nullptr, nullptr),
      "clEnqueueReadBuffer");
}

namespace {

/// A kernel whose arguments are set, with its ND-range.
class opencl_call {
 public:
  opencl_call(std::shared_ptr<opencl_device> device, cl_program program, const call& c) : device_(std::move(device)) {
    cl_int status = CL_SUCCESS;
    kernel_ = device_->cl.create_kernel(program, c.kernel.c_str(), &status);
    device_->check(status, "clCreateKernel");
    for (std::size_t i = 0; i < c.global.size(); ++i)
      global_[i] = c.global[i];
    for (std::size_t i = 0; i < c.local.size(); ++i)
      local_[i] = c.local[i];
    dimensions_ = static_cast<cl_uint>(c.global.size());
    has_local_ = !c.local.empty();
    for (cl_uint i = 0; i < c.arguments.size(); ++i)
      set(i, c.arguments[i]);
  }
  ~opencl_call() {
    if (kernel_) device_->cl.release_kernel(kernel_);
  }
  opencl_call(const opencl_call&) = delete;
  opencl_call& operator=(const opencl_call&) = delete;

  void enqueue() const {
    device_->check(device_->cl.launch(device_->queue, kernel_, dimensions_, nullptr, global_.data(),
                                      has_local_ ? local_.data() : nullptr, 0, nullptr, nullptr),
                   "clEnqueueNDRangeKernel");
  }

 private:
  void set(cl_uint index, const call_argument& argument) {
    cl_int status = CL_SUCCESS;
    if (const auto* m = std::get_if<std::shared_ptr<memory>>(&argument)) {
      kept_.push_back(*m);
      const cl_mem buffer = dynamic_cast<opencl_memory&>(**m).buffer();
      status = device_->cl.set_argument(kernel_, index, sizeof buffer, &buffer);
    } else if (const auto* block = std::get_if<local_block>(&argument)) {
      status = device_->cl.set_argument(kernel_, index, block->bytes, nullptr);
    } else {
      const auto& value = std::get<scalar_argument>(argument);
      status = device_->cl.set_argument(kernel_, index, value.size, value.bytes.data());
    }
    device_->check(status, "clSetKernelArg");
  }

  std::shared_ptr<opencl_device> device_;
  cl_kernel kernel_ = nullptr;
  std::array<std::size_t, 3> global_{1, 1, 1}, local_{1, 1, 1};
  cl_uint dimensions_ = 1;
  bool has_local_ = false;
  std::vector<std::shared_ptr<memory>> kept_;
};

class opencl_program final : public built_program, public std::enable_shared_from_this<opencl_program> {
 public:
  opencl_program(std::shared_ptr<opencl_device> device, std::string_view source, const std::string& options)
      : device_(std::move(device)) {
    const auto& cl = device_->cl;
    const char* text = source.data();
    const std::size_t length = source.size();
    cl_int status = CL_SUCCESS;
    program_ = cl.create_program(device_->context, 1, &text, &length, &status);
    device_->check(status, "clCreateProgramWithSource");
    const std::string all = device_->options + options;
    status = cl.build_program(program_, 1, &device_->id, all.c_str(), nullptr, nullptr);
    if (status != CL_SUCCESS) {
      std::size_t bytes = 0;
      cl.get_build_info(program_, device_->id, CL_PROGRAM_BUILD_LOG, 0, nullptr, &bytes);
      std::string log(bytes, '\0');
      cl.get_build_info(program_, device_->id, CL_PROGRAM_BUILD_LOG, bytes, log.data(), nullptr);
      cl.release_program(program_);
      throw std::runtime_error(fmt::format("{}: clBuildProgram failed with error {}:\n{}", device_->side, status, log));
    }
  }
  ~opencl_program() override { device_->cl.release_program(program_); }
  opencl_program(const opencl_program&) = delete;
  opencl_program& operator=(const opencl_program&) = delete;

  std::function<void()> prepare(const std::vector<call>& calls, unsigned repeats) override {
    std::vector<std::shared_ptr<opencl_call>> prepared;
    for (const auto& c : calls)
      prepared.push_back(std::make_shared<opencl_call>(device_, program_, c));
    return [self = shared_from_this(), prepared = std::move(prepared), repeats] {
      for (unsigned i = 0; i < repeats; ++i)
        for (const auto& c : prepared)
          c->enqueue();
      self->device_->finish();
    };
  }

 private:
  std::shared_ptr<opencl_device> device_;
  cl_program program_ = nullptr;
};

/// `ask(bytes, place, needed)` is one of the clGet...Info functions.
template <class Ask>
std::string text_by(const Ask& ask) {
  std::size_t bytes = 0;
  if (ask(0, nullptr, &bytes) != CL_SUCCESS || bytes == 0) return {};
  std::string text(bytes, '\0');
  if (ask(bytes, text.data(), nullptr) != CL_SUCCESS) return {};
  text.resize(bytes - 1);
  return text;
}

std::string platform_text(const opencl_library& cl, cl_platform_id platform, cl_platform_info what) {
  return text_by([&](std::size_t bytes, void* to, std::size_t* needed) {
    return cl.get_platform_info(platform, what, bytes, to, needed);
  });
}

std::string device_name(const opencl_library& cl, cl_device_id device) {
  return text_by([&](std::size_t bytes, void* to, std::size_t* needed) {
    return cl.get_device_info(device, CL_DEVICE_NAME, bytes, to, needed);
  });
}

std::vector<cl_platform_id> platforms_of(const opencl_library& cl) {
  cl_uint count = 0;
  if (cl.get_platforms(0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_platform_id> platforms(count);
  if (count != 0 && cl.get_platforms(count, platforms.data(), nullptr) != CL_SUCCESS) return {};
  return platforms;
}

/// None when the platform does not list them.
std::vector<cl_device_id> devices_of(const opencl_library& cl, cl_platform_id platform, cl_device_type type) {
  cl_uint count = 0;
  if (cl.get_devices(platform, type, 0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_device_id> devices(count);
  if (count != 0 && cl.get_devices(platform, type, count, devices.data(), nullptr) != CL_SUCCESS) return {};
  return devices;
}

} // namespace

std::shared_ptr<memory> opencl_side::allocate(std::size_t bytes) {
  return std::make_shared<opencl_memory>(device_, bytes);
}

std::shared_ptr<built_program> opencl_side::build(const kernel_source& source, const std::string& options) {
  return std::make_shared<opencl_program>(device_, source.opencl, options);
}

std::unique_ptr<side> open_pocl(std::string& reason) {
  const auto* cl = opencl_library::open(reason);
  if (!cl) return nullptr;
  const auto platforms = platforms_of(*cl);
  for (const cl_platform_id platform : platforms) {
    if (platform_text(*cl, platform, CL_PLATFORM_NAME) != "Portable Computing Language") continue;
    const auto devices = devices_of(*cl, platform, CL_DEVICE_TYPE_CPU);
    if (devices.empty()) continue;
    auto device = std::make_shared<opencl_device>(*cl, "pocl", platform, devices.front());
    device->description = platform_text(*cl, platform, CL_PLATFORM_VERSION);
    return std::make_unique<opencl_side>(std::move(device));
  }
  reason = fmt::format("none of {} OpenCL platforms is PoCL; install pocl-opencl-icd", platforms.size());
  return nullptr;
}

std::unique_ptr<opencl_side> open_opencl_host(const std::string& id, std::string& reason) {
  constexpr std::string_view prefix = "opencl:";
  std::size_t ordinal = 0;
  const auto [end, failed] =
      std::from_chars(id.data() + std::min(prefix.size(), id.size()), id.data() + id.size(), ordinal);
  if (!id.starts_with(prefix) || failed != std::errc{} || end != id.data() + id.size()) {
    reason = fmt::format("'{}' is no whole OpenCL device", id);
    return nullptr;
  }
  const auto* cl = opencl_library::open(reason);
  if (!cl) return nullptr;
  // Counted as dotcompute counts: a platform that lists no devices has none.
  std::size_t seen = 0;
  for (const cl_platform_id platform : platforms_of(*cl))
    for (const cl_device_id found : devices_of(*cl, platform, CL_DEVICE_TYPE_ALL)) {
      if (seen++ != ordinal) continue;
      auto device = std::make_shared<opencl_device>(*cl, "opencl_host", platform, found);
      device->description = fmt::format("{} of {}, by clEnqueue...() and clFinish()", device_name(*cl, found),
                                        platform_text(*cl, platform, CL_PLATFORM_VERSION));
      device->options = "-cl-std=CL1.2 "; // as dotcompute asks for: what is measured is the host program
      return std::make_unique<opencl_side>(std::move(device));
    }
  reason = fmt::format("the OpenCL loader shows {} devices", seen);
  return nullptr;
}

} // namespace dotcompute::benchmark
