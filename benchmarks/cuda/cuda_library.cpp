// SPDX-License-Identifier: MIT
#include "cuda_library.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <initializer_list>
#include <type_traits>

namespace dotcompute::benchmark::cuda {

namespace {

template <class Functions>
struct opened {
  Functions functions{};
  void* handle = nullptr;
  bool usable = false;
  std::string name, reason;

  opened(const char* variable, std::initializer_list<const char*> names) {
    const char* given = std::getenv(variable);
    if (given && *given)
      try_to_open(given);
    else
      for (const char* candidate : names)
        if (!handle) try_to_open(candidate);
    usable = handle != nullptr;
  }

  template <class Function>
  void find(Function& function, const char* symbol) {
    if (!usable) return;
    function = reinterpret_cast<Function>(::dlsym(handle, symbol));
    if (function) return;
    usable = false;
    reason = name + " lacks " + symbol;
  }

 private:
  void try_to_open(const char* candidate) {
    // Kept open until the process ends: the driver starts threads that must not lose their code.
    handle = ::dlopen(candidate, RTLD_NOW | RTLD_LOCAL);
    if (handle)
      name = candidate;
    else if (const char* failure = ::dlerror())
      reason += (reason.empty() ? "" : "; ") + std::string(failure);
  }
};

opened<driver_library> open_driver() {
  opened<driver_library> o("DOTCOMPUTE_LIBCUDA", {"libcuda.so.1"});
  auto& f = o.functions;
  o.find(f.init, "cuInit");
  o.find(f.driver_version, "cuDriverGetVersion");
  o.find(f.error_name, "cuGetErrorName");
  o.find(f.device_count, "cuDeviceGetCount");
  o.find(f.get_device, "cuDeviceGet");
  o.find(f.device_name, "cuDeviceGetName");
  o.find(f.device_uuid, "cuDeviceGetUuid_v2");
  o.find(f.device_attribute, "cuDeviceGetAttribute");
  o.find(f.device_total_memory, "cuDeviceTotalMem_v2");
  o.find(f.retain_primary_context, "cuDevicePrimaryCtxRetain");
  o.find(f.release_primary_context, "cuDevicePrimaryCtxRelease_v2");
  o.find(f.set_current, "cuCtxSetCurrent");
  o.find(f.memory_information, "cuMemGetInfo_v2");
  o.find(f.allocate, "cuMemAlloc_v2");
  o.find(f.free, "cuMemFree_v2");
  o.find(f.allocate_in_order, "cuMemAllocAsync");
  o.find(f.free_in_order, "cuMemFreeAsync");
  o.find(f.register_host, "cuMemHostRegister_v2");
  o.find(f.unregister_host, "cuMemHostUnregister");
  o.find(f.copy_to_device_in_order, "cuMemcpyHtoDAsync_v2");
  o.find(f.copy_to_host_in_order, "cuMemcpyDtoHAsync_v2");
  o.find(f.copy_on_device_in_order, "cuMemcpyDtoDAsync_v2");
  o.find(f.create_stream, "cuStreamCreate");
  o.find(f.destroy_stream, "cuStreamDestroy_v2");
  o.find(f.synchronize, "cuStreamSynchronize");
  o.find(f.load_module, "cuModuleLoadData");
  o.find(f.unload_module, "cuModuleUnload");
  o.find(f.get_function, "cuModuleGetFunction");
  o.find(f.launch, "cuLaunchKernel");
  if (!o.usable) return o;
  if (const result code = f.init(0); code != 0) {
    o.usable = false;
    o.reason = o.name + ": cuInit answers " + std::to_string(code);
  }
  return o;
}

opened<compiler_library> open_compiler() {
  opened<compiler_library> o("DOTCOMPUTE_NVRTC",
                             {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"});
  auto& f = o.functions;
  o.find(f.create, "nvrtcCreateProgram");
  o.find(f.destroy, "nvrtcDestroyProgram");
  o.find(f.compile, "nvrtcCompileProgram");
  o.find(f.log_size, "nvrtcGetProgramLogSize");
  o.find(f.log, "nvrtcGetProgramLog");
  o.find(f.binary_size, "nvrtcGetCUBINSize");
  o.find(f.binary, "nvrtcGetCUBIN");
  o.find(f.version, "nvrtcVersion");
  return o;
}

void check_compiler(int code, const char* call) {
  if (code != 0) throw std::runtime_error(std::string(call) + " answers " + std::to_string(code));
}

} // namespace

const driver_library* driver_library::open(std::string& reason) {
  static const opened<driver_library> library = open_driver();
  reason = library.reason;
  return library.usable ? &library.functions : nullptr;
}

const compiler_library* compiler_library::open(std::string& reason) {
  static const opened<compiler_library> library = open_compiler();
  reason = library.reason;
  return library.usable ? &library.functions : nullptr;
}

void check(const driver_library& library, result code, const char* call) {
  if (code == 0) return;
  const char* name = nullptr;
  if (library.error_name(code, &name) != 0 || !name) name = "an error without a name";
  throw call_failed(std::string(call) + ": " + name + " (" + std::to_string(code) + ")", code);
}

std::string compile(const compiler_library& library, const std::string& source, const std::string& architecture,
                    bool fast_math) {
  compiler_library::program program = nullptr;
  check_compiler(library.create(&program, source.c_str(), "hand_written.cu", 0, nullptr, nullptr),
                 "nvrtcCreateProgram");
  struct closing {
    const compiler_library& library;
    compiler_library::program* program;
    ~closing() { library.destroy(program); }
  } close{library, &program};

  const std::string target = "--gpu-architecture=" + architecture;
  const char* options[] = {target.c_str(), "--std=c++17", "--use_fast_math"};
  const int code = library.compile(program, fast_math ? 3 : 2, options);
  if (code != 0) {
    std::size_t bytes = 0;
    check_compiler(library.log_size(program, &bytes), "nvrtcGetProgramLogSize");
    std::string log(bytes, '\0');
    check_compiler(library.log(program, log.data()), "nvrtcGetProgramLog");
    throw std::runtime_error("nvrtcCompileProgram answers " + std::to_string(code) + ": " + log);
  }
  std::size_t bytes = 0;
  check_compiler(library.binary_size(program, &bytes), "nvrtcGetCUBINSize");
  std::string binary(bytes, '\0');
  check_compiler(library.binary(program, binary.data()), "nvrtcGetCUBIN");
  return binary;
}

} // namespace dotcompute::benchmark::cuda
