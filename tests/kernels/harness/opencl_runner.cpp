// SPDX-License-Identifier: MIT
// Other OpenCL implementations as a second opinion, through an OpenCL library opened at run time: PoCL, and the
// interpreter Oclgrind, which finds races and reads of uninitialised memory when the suite runs under its command.
#define CL_TARGET_OPENCL_VERSION 120
#include "harness/guarded_memory.hpp"
#include "harness/oclgrind_log.hpp"
#include "harness/runner.hpp"

#include <CL/cl.h>

#include <cstring>
#include <dlfcn.h>
#include <list>
#include <map>

namespace kernel_suite {
namespace {

struct opencl_library {
  template <class Function>
  static Function* load(void* library, const char* name) {
    if (library == nullptr) throw runner_missing(std::string("there is no OpenCL library: ") + dlerror());
    auto* const symbol = reinterpret_cast<Function*>(dlsym(library, name));
    if (symbol == nullptr) throw runner_missing(std::string("the OpenCL library has no ") + name);
    return symbol;
  }

  // The oclgrind command preloads its own functions; everything else is behind the system's loader library.
  explicit opencl_library(bool preloaded)
      : library(dlopen(preloaded ? nullptr : "libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL)) {}

  void* library;

#define FUNCTION(name) decltype(::name)* name = load<decltype(::name)>(library, #name)
  FUNCTION(clGetPlatformIDs);
  FUNCTION(clGetPlatformInfo);
  FUNCTION(clGetDeviceIDs);
  FUNCTION(clGetDeviceInfo);
  FUNCTION(clCreateContext);
  FUNCTION(clReleaseContext);
  FUNCTION(clCreateCommandQueue);
  FUNCTION(clReleaseCommandQueue);
  FUNCTION(clCreateProgramWithSource);
  FUNCTION(clBuildProgram);
  FUNCTION(clGetProgramBuildInfo);
  FUNCTION(clReleaseProgram);
  FUNCTION(clCreateKernel);
  FUNCTION(clSetKernelArg);
  FUNCTION(clReleaseKernel);
  FUNCTION(clCreateBuffer);
  FUNCTION(clReleaseMemObject);
  FUNCTION(clEnqueueNDRangeKernel);
  FUNCTION(clEnqueueReadBuffer);
  FUNCTION(clEnqueueMapBuffer);
  FUNCTION(clEnqueueUnmapMemObject);
  FUNCTION(clFinish);
#undef FUNCTION
};

void check(cl_int status, const char* operation) {
  if (status != CL_SUCCESS) {
    throw launch_failure(std::string(operation) + " failed with OpenCL error " + std::to_string(status));
  }
}

struct device_state {
  std::optional<oclgrind_log> log; ///< Oclgrind's
  opencl_library cl;
  cl_device_id device = nullptr;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;

  explicit device_state(const char* wanted_platform) : cl(std::strcmp(wanted_platform, "Oclgrind") == 0) {
    cl_uint count = 0;
    if (cl.clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS || count == 0) {
      throw runner_missing("the OpenCL library knows no platform");
    }
    std::vector<cl_platform_id> platforms(count);
    check(cl.clGetPlatformIDs(count, platforms.data(), nullptr), "clGetPlatformIDs");
    for (cl_platform_id platform : platforms) {
      std::array<char, 256> text{};
      check(cl.clGetPlatformInfo(platform, CL_PLATFORM_NAME, text.size() - 1, text.data(), nullptr),
            "clGetPlatformInfo");
      if (std::strcmp(text.data(), wanted_platform) == 0 &&
          cl.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr) == CL_SUCCESS) {
        break;
      }
      device = nullptr;
    }
    if (device == nullptr) throw runner_missing(std::string(wanted_platform) + " is not among the OpenCL platforms");
    cl_int status = CL_SUCCESS;
    context = cl.clCreateContext(nullptr, 1, &device, nullptr, nullptr, &status);
    check(status, "clCreateContext");
    queue = cl.clCreateCommandQueue(context, device, 0, &status);
    check(status, "clCreateCommandQueue");
    // Oclgrind's file is there since the context is.
    if (std::strcmp(wanted_platform, "Oclgrind") == 0) log.emplace();
  }
  ~device_state() {
    if (queue != nullptr) cl.clReleaseCommandQueue(queue);
    if (context != nullptr) cl.clReleaseContext(context);
  }
  device_state(const device_state&) = delete;
  device_state& operator=(const device_state&) = delete;

  template <class T>
  T info(cl_device_info what) const {
    T value{};
    check(cl.clGetDeviceInfo(device, what, sizeof value, &value, nullptr), "clGetDeviceInfo");
    return value;
  }
};

class opencl_program final : public built_program {
 public:
  opencl_program(std::shared_ptr<device_state> state, const source_text& source) : state_(std::move(state)) {
    const auto& cl = state_->cl;
    const char* text = source.text.c_str();
    cl_int status = CL_SUCCESS;
    program_ = cl.clCreateProgramWithSource(state_->context, 1, &text, nullptr, &status);
    check(status, "clCreateProgramWithSource");
    // Oclgrind gets integers of odd widths wrong, which only its optimiser makes. Also, what that removes, Oclgrind
    // cannot find.
    const std::string options = source.options + (state_->log ? " -cl-opt-disable" : "");
    status = cl.clBuildProgram(program_, 1, &state_->device, options.c_str(), nullptr, nullptr);
    std::size_t size = 0;
    cl.clGetProgramBuildInfo(program_, state_->device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &size);
    log_.resize(size);
    cl.clGetProgramBuildInfo(program_, state_->device, CL_PROGRAM_BUILD_LOG, size, log_.data(), nullptr);
    while (!log_.empty() && log_.back() == '\0')
      log_.pop_back();
    if (status != CL_SUCCESS) {
      cl.clReleaseProgram(program_);
      throw build_failure(log_.empty() ? "OpenCL error " + std::to_string(status) : log_);
    }
  }
  ~opencl_program() override {
    for (auto& [name, kernel] : kernels_)
      state_->cl.clReleaseKernel(kernel);
    state_->cl.clReleaseProgram(program_);
  }

  std::string log() const override { return log_; }

  void run(const launch& l, std::vector<argument>& arguments) override {
    const auto& cl = state_->cl;
    const cl_kernel kernel = find(l.kernel);
    struct memory_objects {
      const opencl_library& cl;
      std::vector<cl_mem> objects;
      ~memory_objects() {
        for (cl_mem m : objects) {
          if (m != nullptr) cl.clReleaseMemObject(m);
        }
      }
    } memory{cl, std::vector<cl_mem>(arguments.size(), nullptr)};
    std::list<guarded_memory> guards;
    std::vector<guarded_memory*> guard_of(arguments.size(), nullptr);

    for (std::size_t i = 0; i < arguments.size(); ++i) {
      argument& a = arguments[i];
      const auto position = static_cast<cl_uint>(i);
      if (a.kind == argument::category::value) {
        check(cl.clSetKernelArg(kernel, position, a.bytes.size(), a.bytes.data()), "clSetKernelArg");
        continue;
      }
      if (a.kind == argument::category::local_memory) {
        check(cl.clSetKernelArg(kernel, position, a.local_bytes, nullptr), "clSetKernelArg");
        continue;
      }
      cl_mem object = nullptr;
      if (a.same_as) {
        object = memory.objects.at(*a.same_as);
      } else {
        void* host = a.memory.data();
        cl_mem_flags flags = CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR;
        // Oclgrind watches the bounds itself, and takes memory that it did not copy for never written.
        if (a.guarded && !state_->log) {
          guard_of[i] = &guards.emplace_back(a.memory.size());
          std::memcpy(guard_of[i]->bytes().data(), a.memory.data(), a.memory.size());
          host = guard_of[i]->bytes().data();
          flags = CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR;
        }
        cl_int status = CL_SUCCESS;
        object = cl.clCreateBuffer(state_->context, flags, a.memory.size(), host, &status);
        check(status, "clCreateBuffer");
        memory.objects[i] = object;
      }
      check(cl.clSetKernelArg(kernel, position, sizeof object, &object), "clSetKernelArg");
    }

    check(cl.clEnqueueNDRangeKernel(state_->queue, kernel, static_cast<cl_uint>(l.global.size()),
                                    l.offset.empty() ? nullptr : l.offset.data(), l.global.data(),
                                    l.local.empty() ? nullptr : l.local.data(), 0, nullptr, nullptr),
          "clEnqueueNDRangeKernel");
    check(cl.clFinish(state_->queue), "clFinish");
    if (state_->log)
      if (const std::string found = state_->log->take(); !found.empty()) throw finding(found);

    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i].written || memory.objects[i] == nullptr) continue;
      check(cl.clEnqueueReadBuffer(state_->queue, memory.objects[i], CL_TRUE, 0, arguments[i].memory.size(),
                                   arguments[i].memory.data(), 0, nullptr, nullptr),
            "clEnqueueReadBuffer");
    }
  }

 private:
  cl_kernel find(const std::string& name) {
    if (const auto known = kernels_.find(name); known != kernels_.end()) return known->second;
    cl_int status = CL_SUCCESS;
    const cl_kernel kernel = state_->cl.clCreateKernel(program_, name.c_str(), &status);
    check(status, "clCreateKernel");
    return kernels_[name] = kernel;
  }

  std::shared_ptr<device_state> state_;
  cl_program program_ = nullptr;
  std::map<std::string, cl_kernel> kernels_;
  std::string log_;
};

class opencl_runner final : public runner {
 public:
  opencl_runner(std::string name, const char* platform)
      : name_(std::move(name)), state_(std::make_shared<device_state>(platform)) {}
  std::string name() const override { return name_; }
  bool pocl_compiles() const override { return name_ == "pocl"; }
  bool has_findings() const override { return state_->log.has_value(); }
  std::unique_ptr<built_program> build(const source_text& source) override {
    return std::make_unique<opencl_program>(state_, source);
  }
  std::size_t max_group_size() const override { return state_->info<std::size_t>(CL_DEVICE_MAX_WORK_GROUP_SIZE); }
  std::uint64_t local_memory_bytes() const override { return state_->info<cl_ulong>(CL_DEVICE_LOCAL_MEM_SIZE); }

 private:
  std::string name_;
  std::shared_ptr<device_state> state_;
};

} // namespace

std::unique_ptr<runner> make_opencl_runner(const std::string& driver) {
  return std::make_unique<opencl_runner>(driver, driver == "pocl" ? "Portable Computing Language" : "Oclgrind");
}

} // namespace kernel_suite
