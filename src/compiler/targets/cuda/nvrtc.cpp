// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/nvrtc.hpp"

#include "compiler/targets/cuda/nvrtc_location.hpp"
#include "support/dynamic_library.hpp"

#include <dotcompute/error.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace dotcompute::cuda {

namespace {

using program = void*;

/// The functions used, all of which exist since NVRTC 11.2.
struct api {
  dynamic_library library;
  std::string path;
  const char* (*error_string)(int result) = nullptr;
  int (*version)(int* major, int* minor) = nullptr;
  int (*architecture_count)(int* count) = nullptr;
  int (*architectures)(int* list) = nullptr;
  int (*create)(program* made, const char* source, const char* name, int headers, const char* const* header_texts,
                const char* const* header_names) = nullptr;
  int (*destroy)(program* p) = nullptr;
  int (*compile)(program p, int options, const char* const* texts) = nullptr;
  int (*log_size)(program p, std::size_t* bytes) = nullptr;
  int (*log)(program p, char* text) = nullptr;
  int (*cubin_size)(program p, std::size_t* bytes) = nullptr;
  int (*cubin)(program p, char* bytes) = nullptr;
};

template <class Function>
bool bind(const dynamic_library& library, Function*& function, const char* symbol, std::string& missing) {
  function = reinterpret_cast<Function*>(library.find(symbol));
  if (!function && missing.empty()) missing = symbol;
  return function != nullptr;
}

std::string install_advice() {
  return "Install the CUDA toolkit's NVRTC (package libnvrtc12 or cuda-nvrtc-12-x), or name the library's file in "
         "DOTCOMPUTE_NVRTC.";
}

/// The library of this process, opened once it is there; null with the reason in `why`.
std::shared_ptr<const api> open_nvrtc(std::string& why) {
  static std::mutex mutex;
  static std::shared_ptr<const api> opened;
  const std::lock_guard lock(mutex);
  const nvrtc_location location = find_nvrtc();
  if (opened && (opened->path == location.path || location.path.empty())) return opened;
  if (location.path.empty()) {
    why = "NVRTC, which compiles for NVIDIA GPUs, was not found; looked for ";
    if (const char* named = std::getenv("DOTCOMPUTE_NVRTC"); named && *named)
      why += "the file that DOTCOMPUTE_NVRTC names, " + std::string(named);
    else {
      why += "libnvrtc.so.13, .12, .11.2 and libnvrtc.so in";
      for (const std::string& folder : location.looked)
        why += " " + folder;
    }
    why += ". " + install_advice();
    return nullptr;
  }
  auto made = std::make_shared<api>();
  made->path = location.path;
  try {
    made->library = dynamic_library::open(location.path);
  } catch (const error& e) {
    why = "NVRTC cannot be loaded: " + std::string(e.what()) + ". " + install_advice();
    return nullptr;
  }
  std::string missing;
  bind(made->library, made->error_string, "nvrtcGetErrorString", missing);
  bind(made->library, made->version, "nvrtcVersion", missing);
  bind(made->library, made->architecture_count, "nvrtcGetNumSupportedArchs", missing);
  bind(made->library, made->architectures, "nvrtcGetSupportedArchs", missing);
  bind(made->library, made->create, "nvrtcCreateProgram", missing);
  bind(made->library, made->destroy, "nvrtcDestroyProgram", missing);
  bind(made->library, made->compile, "nvrtcCompileProgram", missing);
  bind(made->library, made->log_size, "nvrtcGetProgramLogSize", missing);
  bind(made->library, made->log, "nvrtcGetProgramLog", missing);
  bind(made->library, made->cubin_size, "nvrtcGetCUBINSize", missing);
  bind(made->library, made->cubin, "nvrtcGetCUBIN", missing);
  if (!missing.empty()) {
    why = location.path + " has no function " + missing + ": NVRTC 11.2 or later is needed. " + install_advice();
    return nullptr;
  }
  opened = std::move(made);
  return opened;
}

std::vector<std::uint32_t> architectures_of(const api& a) {
  int count = 0;
  if (a.architecture_count(&count) != 0 || count <= 0) return {};
  std::vector<int> list(static_cast<std::size_t>(count));
  if (a.architectures(list.data()) != 0) return {};
  std::vector<std::uint32_t> all(list.begin(), list.end());
  std::sort(all.begin(), all.end());
  return all;
}

std::string version_of(const api& a) {
  int major = 0, minor = 0;
  if (a.version(&major, &minor) != 0) return "of unknown version";
  return std::to_string(major) + "." + std::to_string(minor);
}

} // namespace

std::vector<std::uint32_t> nvrtc_architectures() {
  std::string why;
  const auto a = open_nvrtc(why);
  return a ? architectures_of(*a) : std::vector<std::uint32_t>();
}

std::vector<std::string> nvrtc_options(std::uint32_t architecture, const ir::float_options& floats) {
  const auto flag = [](const char* option, bool value) { return std::string(option) + (value ? "true" : "false"); };
  // Divisions that need not be exact are written as such in the text, so --prec-div only concerns those that must be.
  return {"--gpu-architecture=sm_" + std::to_string(architecture),
          "--std=c++17",
          flag("--fmad=", floats.contract),
          "--prec-div=true",
          flag("--prec-sqrt=", !floats.approximate),
          flag("--ftz=", floats.denormals_are_zero),
          "--ptxas-options=-v"};
}

nvrtc_result compile_with_nvrtc(const std::string& text, const std::string& name, std::uint32_t architecture,
                                const ir::float_options& floats) {
  nvrtc_result out;
  const auto a = open_nvrtc(out.error);
  if (!a) return out;
  const std::string nvrtc = "NVRTC " + version_of(*a) + " (" + a->path + ")";

  const std::vector<std::uint32_t> known = architectures_of(*a);
  if (!known.empty() && std::find(known.begin(), known.end(), architecture) == known.end()) {
    out.error = nvrtc + " does not compile for sm_" + std::to_string(architecture) + "; it knows";
    for (const std::uint32_t k : known)
      out.error += " sm_" + std::to_string(k);
    out.error += ". For a newer GPU install a newer NVRTC.";
    return out;
  }

  program p = nullptr;
  const auto failed = [&](int result, const char* function) {
    const char* words = a->error_string(result);
    out.error = nvrtc + ": " + function + " failed: " + (words ? words : "unknown error " + std::to_string(result));
  };
  if (const int r = a->create(&p, text.c_str(), name.c_str(), 0, nullptr, nullptr); r != 0) {
    failed(r, "nvrtcCreateProgram");
    return out;
  }
  const auto destroy = [&a](program* made) { a->destroy(made); };
  const std::unique_ptr<program, decltype(destroy)> owner(&p, destroy);

  const std::vector<std::string> texts = nvrtc_options(architecture, floats);
  std::vector<const char*> options;
  options.reserve(texts.size());
  for (const std::string& option : texts)
    options.push_back(option.c_str());
  const int compiled = a->compile(p, static_cast<int>(options.size()), options.data());
  std::size_t bytes = 0;
  if (a->log_size(p, &bytes) == 0 && bytes > 1) {
    out.log.resize(bytes);
    if (a->log(p, out.log.data()) != 0) out.log.clear();
    out.log.erase(std::min(out.log.find('\0'), out.log.size()));
  }
  if (compiled != 0) {
    failed(compiled, "nvrtcCompileProgram");
    out.error += "\n" + out.log;
    return out;
  }
  if (const int r = a->cubin_size(p, &bytes); r != 0 || bytes == 0) {
    failed(r, "nvrtcGetCUBINSize");
    return out;
  }
  out.cubin.resize(bytes);
  if (const int r = a->cubin(p, reinterpret_cast<char*>(out.cubin.data())); r != 0) {
    out.cubin.clear();
    failed(r, "nvrtcGetCUBIN");
  }
  return out;
}

} // namespace dotcompute::cuda
