// SPDX-License-Identifier: MIT
#include "failing_loader.hpp"

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace {

struct state {
  std::mutex guard;
  std::string function;
  unsigned nth = 0, bad_commands = 0;
  cl_int code = 0, status = 0;
  bool forever = false, is_lost = false;
  std::set<cl_event> bad_events;
  std::uint32_t text_of = 0; // of a platform or device
  cl_device_info word_of = 0;
  cl_uint word = 0;
  std::string text;
  failingOpenCLCount counts{};
};

state& all() {
  static auto* const one = new state;
  return *one;
}

template <class Function>
Function* real(const char* name) {
  // By its own name, so that it is found behind this library, which has the same functions.
  static void* const library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  return library ? reinterpret_cast<Function*>(dlsym(library, name)) : nullptr;
}

/// Counts this call; what it is to answer, if it fails.
std::optional<cl_int> fails(const char* function) {
  state& s = all();
  const std::lock_guard lock(s.guard);
  if (s.is_lost) return s.code;
  if (s.function != function || s.nth == 0 || --s.nth != 0) return {};
  ++s.counts.failed;
  s.is_lost = s.forever;
  return s.code;
}

void count(std::uint64_t failingOpenCLCount::*what, int change) {
  const std::lock_guard lock(all().guard);
  all().counts.*what += static_cast<std::uint64_t>(change);
}

void note_event(cl_event* event) {
  if (!event || !*event) return;
  state& s = all();
  const std::lock_guard lock(s.guard);
  ++s.counts.events;
  if (s.bad_commands == 0) return;
  --s.bad_commands;
  s.bad_events.insert(*event);
}

/// What a question for a text is answered in place of its own answer, if that was asked for.
std::optional<cl_int> told_text(std::uint32_t what, size_t n, void* to, size_t* size) {
  state& s = all();
  const std::lock_guard lock(s.guard);
  if (s.text_of != what || what == 0) return {};
  if (size) *size = s.text.size() + 1;
  if (to && n < s.text.size() + 1) return CL_INVALID_VALUE;
  if (to) std::memcpy(to, s.text.c_str(), s.text.size() + 1);
  return CL_SUCCESS;
}

} // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))
#define REAL(name) real<decltype(::name)>(#name)

EXPORT void failingOpenCLScript(const char* function, unsigned nth, std::int32_t code, bool forever) {
  state& s = all();
  const std::lock_guard lock(s.guard);
  s.function = function;
  s.nth = nth;
  s.code = code;
  s.forever = forever;
  s.is_lost = false;
  s.counts.failed = 0;
}

EXPORT void failingOpenCLStatus(unsigned count, std::int32_t status) {
  state& s = all();
  const std::lock_guard lock(s.guard);
  s.bad_commands = count;
  s.status = status;
}

EXPORT void failingOpenCLText(std::uint32_t what, const char* text) {
  state& s = all();
  const std::lock_guard lock(s.guard);
  s.text_of = text ? what : 0;
  s.text = text ? text : "";
}

EXPORT void failingOpenCLDeviceWord(std::uint32_t what, std::uint32_t value) {
  state& s = all();
  const std::lock_guard lock(s.guard);
  s.word_of = what;
  s.word = value;
}

EXPORT failingOpenCLCount failingOpenCLCounts(void) {
  const std::lock_guard lock(all().guard);
  return all().counts;
}

// What answers a result and makes nothing.
#define PASS(name, parameters, arguments)                                                                              \
  EXPORT cl_int name parameters {                                                                                      \
    if (const auto code = fails(#name)) return *code;                                                                  \
    return REAL(name) arguments;                                                                                       \
  }
// The same for what puts a command into a queue.
#define ENQUEUE(name, parameters, arguments)                                                                           \
  EXPORT cl_int name parameters {                                                                                      \
    if (const auto code = fails(#name)) return *code;                                                                  \
    const cl_int answer = REAL(name) arguments;                                                                        \
    if (answer == CL_SUCCESS) note_event(event);                                                                       \
    return answer;                                                                                                     \
  }
#define CREATE(type, name, parameters, arguments, counted)                                                             \
  EXPORT type name parameters {                                                                                        \
    if (const auto code = fails(#name)) {                                                                              \
      *error = *code;                                                                                                  \
      return nullptr;                                                                                                  \
    }                                                                                                                  \
    const type made = REAL(name) arguments;                                                                            \
    if (made) count(&failingOpenCLCount::counted, 1);                                                                  \
    if (made && std::strcmp(#name, "clCreateProgramWithSource") == 0) count(&failingOpenCLCount::sources, 1);          \
    return made;                                                                                                       \
  }
#define RELEASE(name, type, counted)                                                                                   \
  EXPORT cl_int name(type object) {                                                                                    \
    const cl_int answer = REAL(name)(object);                                                                          \
    if (answer == CL_SUCCESS) count(&failingOpenCLCount::counted, -1);                                                 \
    if (const auto code = fails(#name)) return *code;                                                                  \
    return answer;                                                                                                     \
  }

PASS(clGetPlatformIDs, (cl_uint n, cl_platform_id* p, cl_uint* count), (n, p, count))
PASS(clGetDeviceIDs, (cl_platform_id p, cl_device_type type, cl_uint n, cl_device_id* d, cl_uint* count),
     (p, type, n, d, count))

EXPORT cl_int clGetPlatformInfo(cl_platform_id p, cl_platform_info what, size_t n, void* to, size_t* size) {
  if (const auto code = fails("clGetPlatformInfo")) return *code;
  if (const auto answer = told_text(what, n, to, size)) return *answer;
  return REAL(clGetPlatformInfo)(p, what, n, to, size);
}

/// A process that has no other way to say so gets devices of this type.
EXPORT cl_int clGetDeviceInfo(cl_device_id d, cl_device_info what, size_t n, void* to, size_t* size) {
  if (const auto code = fails("clGetDeviceInfo")) return *code;
  if (const auto answer = told_text(what, n, to, size)) return *answer;
  const cl_int answer = REAL(clGetDeviceInfo)(d, what, n, to, size);
  {
    const std::lock_guard lock(all().guard);
    if (answer == CL_SUCCESS && what == all().word_of && to) std::memcpy(to, &all().word, sizeof all().word);
  }
  const char* const claimed = std::getenv("FAILING_OPENCL_DEVICE_TYPE");
  if (answer == CL_SUCCESS && what == CL_DEVICE_TYPE && claimed && to) {
    const cl_device_type type = std::strtoul(claimed, nullptr, 10);
    std::memcpy(to, &type, sizeof type);
  }
  return answer;
}

EXPORT cl_int clCreateSubDevices(cl_device_id d, const cl_device_partition_property* p, cl_uint n, cl_device_id* made,
                                 cl_uint* count_made) {
  if (const auto code = fails("clCreateSubDevices")) return *code;
  const cl_int answer = REAL(clCreateSubDevices)(d, p, n, made, count_made);
  if (answer == CL_SUCCESS && made) count(&failingOpenCLCount::parts, static_cast<int>(n));
  return answer;
}
RELEASE(clReleaseDevice, cl_device_id, parts)

CREATE(cl_context, clCreateContext,
       (const cl_context_properties* p, cl_uint n, const cl_device_id* d,
        void(CL_CALLBACK* call)(const char*, const void*, size_t, void*), void* data, cl_int* error),
       (p, n, d, call, data, error), contexts)
RELEASE(clReleaseContext, cl_context, contexts)
CREATE(cl_command_queue, clCreateCommandQueue,
       (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int* error), (c, d, p, error), queues)
RELEASE(clReleaseCommandQueue, cl_command_queue, queues)
PASS(clFlush, (cl_command_queue q), (q))
CREATE(cl_program, clCreateProgramWithSource,
       (cl_context c, cl_uint n, const char** texts, const size_t* sizes, cl_int* error), (c, n, texts, sizes, error),
       programs)
CREATE(cl_program, clCreateProgramWithBinary,
       (cl_context c, cl_uint n, const cl_device_id* d, const size_t* sizes, const unsigned char** binaries,
        cl_int* status, cl_int* error),
       (c, n, d, sizes, binaries, status, error), programs)
PASS(clGetProgramInfo, (cl_program p, cl_program_info what, size_t n, void* to, size_t* size), (p, what, n, to, size))
PASS(clBuildProgram,
     (cl_program p, cl_uint n, const cl_device_id* d, const char* options, void(CL_CALLBACK* call)(cl_program, void*),
      void* data),
     (p, n, d, options, call, data))
PASS(clGetProgramBuildInfo,
     (cl_program p, cl_device_id d, cl_program_build_info what, size_t n, void* to, size_t* size),
     (p, d, what, n, to, size))
RELEASE(clReleaseProgram, cl_program, programs)
CREATE(cl_kernel, clCreateKernel, (cl_program p, const char* name, cl_int* error), (p, name, error), kernels)
RELEASE(clReleaseKernel, cl_kernel, kernels)
PASS(clSetKernelArg, (cl_kernel k, cl_uint i, size_t n, const void* value), (k, i, n, value))
PASS(clGetKernelWorkGroupInfo,
     (cl_kernel k, cl_device_id d, cl_kernel_work_group_info what, size_t n, void* to, size_t* size),
     (k, d, what, n, to, size))
CREATE(cl_mem, clCreateBuffer, (cl_context c, cl_mem_flags flags, size_t bytes, void* host, cl_int* error),
       (c, flags, bytes, host, error), memory)
CREATE(cl_mem, clCreateSubBuffer,
       (cl_mem whole, cl_mem_flags flags, cl_buffer_create_type type, const void* region, cl_int* error),
       (whole, flags, type, region, error), memory)
RELEASE(clReleaseMemObject, cl_mem, memory)
ENQUEUE(clEnqueueReadBuffer,
        (cl_command_queue q, cl_mem from, cl_bool blocks, size_t offset, size_t bytes, void* to, cl_uint n,
         const cl_event* wait, cl_event* event),
        (q, from, blocks, offset, bytes, to, n, wait, event))
ENQUEUE(clEnqueueWriteBuffer,
        (cl_command_queue q, cl_mem to, cl_bool blocks, size_t offset, size_t bytes, const void* from, cl_uint n,
         const cl_event* wait, cl_event* event),
        (q, to, blocks, offset, bytes, from, n, wait, event))
ENQUEUE(clEnqueueCopyBuffer,
        (cl_command_queue q, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset, size_t bytes, cl_uint n,
         const cl_event* wait, cl_event* event),
        (q, from, to, from_offset, to_offset, bytes, n, wait, event))
ENQUEUE(clEnqueueFillBuffer,
        (cl_command_queue q, cl_mem to, const void* pattern, size_t width, size_t offset, size_t bytes, cl_uint n,
         const cl_event* wait, cl_event* event),
        (q, to, pattern, width, offset, bytes, n, wait, event))
ENQUEUE(clEnqueueNDRangeKernel,
        (cl_command_queue q, cl_kernel k, cl_uint dimensions, const size_t* offset, const size_t* global,
         const size_t* local, cl_uint n, const cl_event* wait, cl_event* event),
        (q, k, dimensions, offset, global, local, n, wait, event))
ENQUEUE(clEnqueueBarrierWithWaitList, (cl_command_queue q, cl_uint n, const cl_event* wait, cl_event* event),
        (q, n, wait, event))
ENQUEUE(clEnqueueSVMMemcpy,
        (cl_command_queue q, cl_bool blocks, void* to, const void* from, size_t bytes, cl_uint n, const cl_event* wait,
         cl_event* event),
        (q, blocks, to, from, bytes, n, wait, event))
ENQUEUE(clEnqueueSVMMemFill,
        (cl_command_queue q, void* to, const void* pattern, size_t width, size_t bytes, cl_uint n, const cl_event* wait,
         cl_event* event),
        (q, to, pattern, width, bytes, n, wait, event))
PASS(clSetKernelArgSVMPointer, (cl_kernel k, cl_uint i, const void* value), (k, i, value))
PASS(clGetEventProfilingInfo, (cl_event e, cl_profiling_info what, size_t n, void* to, size_t* size),
     (e, what, n, to, size))

EXPORT cl_int clGetEventInfo(cl_event e, cl_event_info what, size_t n, void* to, size_t* size) {
  if (const auto code = fails("clGetEventInfo")) return *code;
  const cl_int answer = REAL(clGetEventInfo)(e, what, n, to, size);
  state& s = all();
  const std::lock_guard lock(s.guard);
  if (answer == CL_SUCCESS && what == CL_EVENT_COMMAND_EXECUTION_STATUS && s.bad_events.contains(e)) {
    cl_int status = CL_COMPLETE;
    std::memcpy(&status, to, sizeof status);
    if (status == CL_COMPLETE) std::memcpy(to, &s.status, sizeof s.status);
  }
  return answer;
}

EXPORT cl_int clReleaseEvent(cl_event e) {
  {
    const std::lock_guard lock(all().guard);
    all().bad_events.erase(e);
  }
  const cl_int answer = REAL(clReleaseEvent)(e);
  if (answer == CL_SUCCESS) count(&failingOpenCLCount::events, -1);
  if (const auto code = fails("clReleaseEvent")) return *code;
  return answer;
}

EXPORT void* clSVMAlloc(cl_context c, cl_svm_mem_flags flags, size_t bytes, cl_uint alignment) {
  if (fails("clSVMAlloc")) return nullptr;
  void* const made = REAL(clSVMAlloc)(c, flags, bytes, alignment);
  if (made) count(&failingOpenCLCount::memory, 1);
  return made;
}

EXPORT void clSVMFree(cl_context c, void* memory) {
  REAL(clSVMFree)(c, memory);
  count(&failingOpenCLCount::memory, -1);
}
