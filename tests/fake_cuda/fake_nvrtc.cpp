// SPDX-License-Identifier: MIT
// The interface of NVIDIA's run-time compiler (NVRTC). A "cubin" is a shared object that the host's C++ compiler makes
// of the text, which the fake driver library loads.
//   FAKE_NVRTC_FAIL   failures, as for fakeCudaControl()
//   FAKE_NVRTC_KEEP   a folder in which texts and objects are kept
#include "compile.hpp"
#include "script.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#define FAKE_NVRTC_API extern "C" __attribute__((visibility("default")))

namespace {

using fake_cuda::compilation;

enum nvrtc_result : int {
  success = 0,
  out_of_memory = 1,
  invalid_input = 3,
  invalid_program = 4,
  invalid_option = 5,
  compilation_failed = 6,
  no_name_expressions_after_compilation = 8,
};

constexpr int architectures[] = {75, 80, 86, 87, 89, 90, 100, 103, 120};

} // namespace

// The real one's name, which is part of nobody's interface.
struct _nvrtcProgram { // NOLINT
  fake_cuda::source_file main;
  std::vector<fake_cuda::source_file> headers{};
  compilation result{};
  std::string ptx{};
};

namespace {

/// Every function counts; a failure by script has no effect.
nvrtc_result enter(const char* function) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  static fake_cuda::script& failures = *[] {
    auto* const made = new fake_cuda::script;
    const char* const words = std::getenv("FAKE_NVRTC_FAIL");
    if (words != nullptr && !made->add(words)) {
      std::fprintf(stderr, "fake NVRTC: FAKE_NVRTC_FAIL=%s is not understood\n", words);
      std::abort();
    }
    return made;
  }();
  const fake_cuda::scripted s = failures.on_call(function);
  if (s.delay_milliseconds != 0) std::this_thread::sleep_for(std::chrono::milliseconds(s.delay_milliseconds));
  return static_cast<nvrtc_result>(s.code.value_or(success));
}

template <class Body>
nvrtc_result call(const char* function, Body body) {
  if (const nvrtc_result scripted = enter(function); scripted != success) return scripted;
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return out_of_memory;
  }
}

} // namespace

FAKE_NVRTC_API nvrtc_result nvrtcVersion(int* major, int* minor) {
  return call("nvrtcVersion", [&] {
    if (major == nullptr || minor == nullptr) return invalid_input;
    *major = 13;
    *minor = 0;
    return success;
  });
}

FAKE_NVRTC_API const char* nvrtcGetErrorString(nvrtc_result code) {
  switch (code) {
  case success: return "NVRTC_SUCCESS";
  case out_of_memory: return "NVRTC_ERROR_OUT_OF_MEMORY";
  case invalid_input: return "NVRTC_ERROR_INVALID_INPUT";
  case invalid_program: return "NVRTC_ERROR_INVALID_PROGRAM";
  case invalid_option: return "NVRTC_ERROR_INVALID_OPTION";
  case compilation_failed: return "NVRTC_ERROR_COMPILATION";
  case no_name_expressions_after_compilation: return "NVRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION";
  }
  return "NVRTC_ERROR unknown";
}

FAKE_NVRTC_API nvrtc_result nvrtcGetNumSupportedArchs(int* count) {
  return call("nvrtcGetNumSupportedArchs", [&] {
    if (count == nullptr) return invalid_input;
    *count = static_cast<int>(std::size(architectures));
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcGetSupportedArchs(int* all) {
  return call("nvrtcGetSupportedArchs", [&] {
    if (all == nullptr) return invalid_input;
    std::copy(std::begin(architectures), std::end(architectures), all);
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcCreateProgram(_nvrtcProgram** program, const char* text, const char* name, int headers,
                                               const char* const* header_texts, const char* const* header_names) {
  return call("nvrtcCreateProgram", [&] {
    if (program == nullptr || text == nullptr || headers < 0) return invalid_input;
    auto* const made = new _nvrtcProgram{{name != nullptr && *name != '\0' ? name : "default_program", text}};
    for (int i = 0; i < headers; ++i)
      made->headers.push_back({header_names[i], header_texts[i]});
    *program = made;
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcDestroyProgram(_nvrtcProgram** program) {
  return call("nvrtcDestroyProgram", [&] {
    if (program == nullptr || *program == nullptr) return invalid_program;
    delete *program;
    *program = nullptr;
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcCompileProgram(_nvrtcProgram* p, int count, const char* const* options) {
  return call("nvrtcCompileProgram", [&] {
    if (p == nullptr) return invalid_program;
    p->result = {};
    p->ptx.clear();
    fake_cuda::compile_options o;
    for (int i = 0; i < count; ++i) {
      if (fake_cuda::read_option(options[i], architectures, o)) continue;
      p->result.log = "nvrtc: error: invalid value or unrecognized option: " + std::string(options[i]) + "\n";
      return invalid_option;
    }
    p->result = fake_cuda::compile(p->main, p->headers, o);
    if (!p->result.succeeded) return compilation_failed;
    // The driver takes none, as one that is older than the compiler.
    p->ptx = "// fake PTX\n";
    if (!o.is_real_architecture) p->result.binary.clear();
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcGetProgramLogSize(const _nvrtcProgram* p, std::size_t* bytes) {
  return call("nvrtcGetProgramLogSize", [&] {
    if (p == nullptr) return invalid_program;
    if (bytes == nullptr) return invalid_input;
    *bytes = p->result.log.size() + 1;
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcGetProgramLog(const _nvrtcProgram* p, char* log) {
  return call("nvrtcGetProgramLog", [&] {
    if (p == nullptr) return invalid_program;
    if (log == nullptr) return invalid_input;
    std::memcpy(log, p->result.log.c_str(), p->result.log.size() + 1);
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcGetPTXSize(const _nvrtcProgram* p, std::size_t* bytes) {
  return call("nvrtcGetPTXSize", [&] {
    if (p == nullptr) return invalid_program;
    if (bytes == nullptr || p->ptx.empty()) return invalid_input;
    *bytes = p->ptx.size() + 1;
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcGetPTX(const _nvrtcProgram* p, char* ptx) {
  return call("nvrtcGetPTX", [&] {
    if (p == nullptr) return invalid_program;
    if (ptx == nullptr || p->ptx.empty()) return invalid_input;
    std::memcpy(ptx, p->ptx.c_str(), p->ptx.size() + 1);
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcGetCUBINSize(const _nvrtcProgram* p, std::size_t* bytes) {
  return call("nvrtcGetCUBINSize", [&] {
    if (p == nullptr) return invalid_program;
    if (bytes == nullptr) return invalid_input;
    *bytes = p->result.binary.size();
    return success;
  });
}

FAKE_NVRTC_API nvrtc_result nvrtcGetCUBIN(const _nvrtcProgram* p, char* binary) {
  return call("nvrtcGetCUBIN", [&] {
    if (p == nullptr) return invalid_program;
    if (binary == nullptr || p->result.binary.empty()) return invalid_input;
    std::memcpy(binary, p->result.binary.data(), p->result.binary.size());
    return success;
  });
}
