// SPDX-License-Identifier: MIT
#include "compile.hpp"

#include "kernel_scan.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT

namespace fake_cuda {
namespace {

namespace fs = std::filesystem;

/// A folder that goes away with this, unless FAKE_NVRTC_KEEP says where to leave it.
class working_folder {
 public:
  working_folder() {
    const char* const keep = std::getenv("FAKE_NVRTC_KEEP");
    std::error_code ignored;
    const fs::path parent = keep != nullptr ? fs::path(keep) : fs::temp_directory_path(ignored);
    if (keep != nullptr) fs::create_directories(parent, ignored);
    std::string name = (parent / "fake-nvrtc-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
    is_kept_ = keep != nullptr;
  }
  ~working_folder() {
    std::error_code ignored;
    if (!is_kept_ && !path_.empty()) fs::remove_all(path_, ignored);
  }
  working_folder(const working_folder&) = delete;
  working_folder& operator=(const working_folder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool is_kept_ = false;
};

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool write(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  return out.flush().good();
}

std::string complete_text(const source_file& main, const scanned_text& scanned, int architecture) {
  std::string text = "#line 1 \"" + main.name + "\"\n" + scanned.text + "\n#line 1 \"kernel table\"\n";
  text += "static const fake_cuda_kernel fake_cuda_kernels[] = {\n";
  for (const found_kernel& k : scanned.kernels) {
    const std::string entry = "fake_cuda_entry<&" + k.name + ">";
    text += "  {\"" + k.name + "\", &" + entry + "::call, " + entry + "::sizes, " + entry +
            "::count, fake_cuda_bound(" + k.launch_bounds + ")},\n";
  }
  text += "  {nullptr, nullptr, nullptr, 0, 0}};\n"
          "extern \"C\" __attribute__((visibility(\"default\"))) const fake_cuda_module fake_cuda_module_content = "
          "{fake_cuda_module_magic, " +
          std::to_string(architecture) + ", fake_cuda_kernels, " + std::to_string(scanned.kernels.size()) + "};\n";
  return text;
}

/// The exit status of a program whose output goes to a file; -1: it did not come to run or to an end.
int run(const std::vector<std::string>& words, const fs::path& output) {
  std::vector<char*> arguments;
  for (const std::string& w : words)
    arguments.push_back(const_cast<char*>(w.c_str())); // NOLINT: posix_spawn does not write to them
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  // Whoever hosts the compiler may have blocked what it relies on.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int problem = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// What the assembler says under -v, of kernels that take what cuFuncGetAttribute() answers of every kernel.
std::string resources_of(const scanned_text& scanned, int architecture) {
  std::string log;
  for (const found_kernel& k : scanned.kernels)
    log += "ptxas info    : Compiling entry function '" + k.name + "' for 'sm_" + std::to_string(architecture) +
           "'\nptxas info    : Function properties for " + k.name +
           "\n    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\nptxas info    : Used 32 registers\n";
  return log;
}

bool starts_with_any(std::string_view option, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view b) { return option.starts_with(b); });
}

} // namespace

bool read_option(std::string_view option, std::span<const int> architectures, compile_options& into) {
  for (const std::string_view name : {"--gpu-architecture=", "-arch="}) {
    if (!option.starts_with(name)) continue;
    std::string_view value = option.substr(name.size());
    into.is_real_architecture = value.starts_with("sm_");
    if (!into.is_real_architecture && !value.starts_with("compute_")) return false;
    value.remove_prefix(value.find('_') + 1);
    if (!value.empty() && (value.back() == 'a' || value.back() == 'f')) value.remove_suffix(1);
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), into.architecture);
    return problem == std::errc{} && end == value.data() + value.size() &&
           std::find(architectures.begin(), architectures.end(), into.architecture) != architectures.end();
  }
  if (option == "--ptxas-options=-v" || option == "-Xptxas=-v") {
    into.is_verbose = true;
    return true;
  }
  for (const std::string_view name : {"--define-macro=", "--include-path="}) {
    if (!option.starts_with(name)) continue;
    into.passed_on.push_back((name[2] == 'd' ? "-D" : "-I") + std::string(option.substr(name.size())));
    return true;
  }
  if (starts_with_any(option, {"-D", "-I", "-U"}) && option.size() > 2) {
    into.passed_on.emplace_back(option);
    return true;
  }
  // Options whose effect nobody sees here.
  return starts_with_any(option,
                         {"--std=c++", "-std=c++", "--fmad=", "-fmad=", "--ftz=", "-ftz=", "--prec-div=", "-prec-div=",
                          "--prec-sqrt=", "-prec-sqrt=", "--maxrregcount=", "-maxrregcount=", "--ptxas-options",
                          "-Xptxas", "--diag-suppress=", "-diag-suppress=", "--extra-device-vectorization"}) ||
         option == "-default-device" || option == "--device-as-default-execution-space" || option == "-lineinfo" ||
         option == "--generate-line-info" || option == "--use_fast_math" || option == "-use_fast_math" ||
         option == "-w" || option == "--disable-warnings" || option == "--restrict" || option == "-restrict" ||
         option == "--device-debug" || option == "-G" || option == "-O3" || option == "--no-source-include" ||
         option == "-v" || option == "-O1" || option == "-O2" || option == "-O0";
}

compilation compile(const source_file& main, const std::vector<source_file>& headers, const compile_options& options) {
  const working_folder folder;
  const fs::path source = folder.path() / "kernel.cpp", object = folder.path() / "kernel.so",
                 output = folder.path() / "log";
  const scanned_text scanned = scan(main.text);
  bool is_written = !folder.path().empty() && write(source, complete_text(main, scanned, options.architecture));
  for (const source_file& h : headers)
    is_written = is_written && write(folder.path() / fs::path(h.name).filename(), h.text);
  if (!is_written) return {false, {}, "fake NVRTC: no room for temporary files: " + std::string(std::strerror(errno))};
  std::vector<std::string> words{
      FAKE_NVRTC_COMPILER, "-std=c++17", "-O1", "-w", "-x", "c++", "-include", FAKE_NVRTC_PRELUDE,
      "-I" + folder.path().string(),
      // What nvcc does and C++ leaves open.
      "-fwrapv", "-fno-strict-aliasing", "-ffp-contract=off", "-fno-math-errno", "-fno-delete-null-pointer-checks",
      // Nothing of a C++ library is needed.
      "-fno-exceptions", "-fno-rtti", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-fvisibility=hidden",
      "-fPIC", "-Wl,-Bsymbolic", "-shared", "-nostdlib", "-pipe"};
  words.insert(words.end(), options.passed_on.begin(), options.passed_on.end());
  words.insert(words.end(), {source.string(), "-o", object.string(), "-lm", "-lc", "-lgcc"});
  const int answer = run(words, output);
  compilation result;
  result.log = content_of(output);
  result.succeeded = answer == 0;
  if (answer == 0) result.binary = content_of(object);
  if (answer == 0 && options.is_verbose) result.log += resources_of(scanned, options.architecture);
  if (answer < 0) result.log += "fake NVRTC: " FAKE_NVRTC_COMPILER " did not run to its end\n";
  return result;
}

} // namespace fake_cuda
