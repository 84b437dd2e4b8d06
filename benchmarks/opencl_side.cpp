// SPDX-License-Identifier: MIT
// PoCL as a peer: the same calls as any OpenCL host program makes.
#include "opencl_library.hpp"
#include "side.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace dotcompute::benchmark {

namespace {

void require(cl_int status, const char* operation) {
  if (status != CL_SUCCESS) throw std::runtime_error(fmt::format("PoCL: {} failed with error {}", operation, status));
}

/// One device with its context and queue; everything made from it keeps it alive.
struct opencl_device {
  const opencl_library& cl;
  cl_device_id id = nullptr;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
  std::string description;

  explicit opencl_device(const opencl_library& library) : cl(library) {}
  opencl_device(const opencl_device&) = delete;
  opencl_device& operator=(const opencl_device&) = delete;
  ~opencl_device() {
    if (queue) cl.release_queue(queue);
    if (context) cl.release_context(context);
  }
};

class opencl_memory final : public memory {
 public:
  opencl_memory(std::shared_ptr<opencl_device> device, std::size_t bytes) : device_(std::move(device)) {
    cl_int status = CL_SUCCESS;
    buffer_ = device_->cl.create_buffer(device_->context, CL_MEM_READ_WRITE, bytes, nullptr, &status);
    require(status, "clCreateBuffer");
  }
  ~opencl_memory() override { device_->cl.release_buffer(buffer_); }
  void write(std::span<const std::byte> from) override {
    require(
        device_->cl.write_buffer(device_->queue, buffer_, CL_TRUE, 0, from.size(), from.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
  }
  void read(std::span<std::byte> to) override {
    require(device_->cl.read_buffer(device_->queue, buffer_, CL_TRUE, 0, to.size(), to.data(), 0, nullptr, nullptr),
            "clEnqueueReadBuffer");
  }
  cl_mem buffer() const { return buffer_; }

 private:
  std::shared_ptr<opencl_device> device_;
  cl_mem buffer_ = nullptr;
};

/// A kernel whose arguments are set, with its ND-range.
class opencl_call {
 public:
  opencl_call(std::shared_ptr<opencl_device> device, cl_program program, const call& c) : device_(std::move(device)) {
    cl_int status = CL_SUCCESS;
    kernel_ = device_->cl.create_kernel(program, c.kernel.c_str(), &status);
    require(status, "clCreateKernel");
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
    require(device_->cl.launch(device_->queue, kernel_, dimensions_, nullptr, global_.data(),
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
    require(status, "clSetKernelArg");
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
    require(status, "clCreateProgramWithSource");
    status = cl.build_program(program_, 1, &device_->id, options.c_str(), nullptr, nullptr);
    if (status != CL_SUCCESS) {
      std::size_t bytes = 0;
      cl.get_build_info(program_, device_->id, CL_PROGRAM_BUILD_LOG, 0, nullptr, &bytes);
      std::string log(bytes, '\0');
      cl.get_build_info(program_, device_->id, CL_PROGRAM_BUILD_LOG, bytes, log.data(), nullptr);
      cl.release_program(program_);
      throw std::runtime_error(fmt::format("PoCL: clBuildProgram failed with error {}:\n{}", status, log));
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
      require(self->device_->cl.finish(self->device_->queue), "clFinish");
    };
  }

 private:
  std::shared_ptr<opencl_device> device_;
  cl_program program_ = nullptr;
};

class opencl_side final : public side {
 public:
  explicit opencl_side(std::shared_ptr<opencl_device> device) : device_(std::move(device)) {}
  std::string name() const override { return "pocl"; }
  std::string description() const override { return device_->description; }
  std::shared_ptr<memory> allocate(std::size_t bytes) override {
    return std::make_shared<opencl_memory>(device_, bytes);
  }
  std::shared_ptr<built_program> build(const kernel_source& source, const std::string& options) override {
    return std::make_shared<opencl_program>(device_, source.opencl, options);
  }

 private:
  std::shared_ptr<opencl_device> device_;
};

std::string platform_text(const opencl_library& cl, cl_platform_id platform, cl_platform_info what) {
  std::size_t bytes = 0;
  if (cl.get_platform_info(platform, what, 0, nullptr, &bytes) != CL_SUCCESS || bytes == 0) return {};
  std::string text(bytes, '\0');
  if (cl.get_platform_info(platform, what, bytes, text.data(), nullptr) != CL_SUCCESS) return {};
  text.resize(bytes - 1);
  return text;
}

} // namespace

std::unique_ptr<side> open_pocl(std::string& reason) {
  const auto* cl = opencl_library::open(reason);
  if (!cl) return nullptr;
  std::array<cl_platform_id, 16> platforms{};
  cl_uint count = 0;
  if (cl->get_platforms(platforms.size(), platforms.data(), &count) != CL_SUCCESS) count = 0;
  for (cl_uint i = 0; i < std::min<cl_uint>(count, platforms.size()); ++i) {
    if (platform_text(*cl, platforms[i], CL_PLATFORM_NAME) != "Portable Computing Language") continue;
    auto device = std::make_shared<opencl_device>(*cl);
    if (cl->get_devices(platforms[i], CL_DEVICE_TYPE_CPU, 1, &device->id, nullptr) != CL_SUCCESS) continue;
    device->description = platform_text(*cl, platforms[i], CL_PLATFORM_VERSION);
    cl_int status = CL_SUCCESS;
    device->context = cl->create_context(nullptr, 1, &device->id, nullptr, nullptr, &status);
    require(status, "clCreateContext");
    device->queue = cl->create_queue(device->context, device->id, 0, &status);
    require(status, "clCreateCommandQueue");
    return std::make_unique<opencl_side>(std::move(device));
  }
  reason = fmt::format("none of {} OpenCL platforms is PoCL; install pocl-opencl-icd", count);
  return nullptr;
}

} // namespace dotcompute::benchmark
