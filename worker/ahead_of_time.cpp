// SPDX-License-Identifier: MIT
#include "ahead_of_time.hpp"

#include "compiler/cache/file_bytes.hpp"
#include "compiler/cache/host_identity.hpp"
#include "compiler/cache/precompiled.hpp"
#include "compiler/cache/request_key.hpp"
#include "embedding.hpp"
#include "output_file.hpp"
#include "support/system_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <set>

namespace dotcompute::compiler {
namespace {

enum status : int { written = 0, source_errors = 1, wrong_usage = 2, file_trouble = 3 };

struct arguments {
  std::string input, output, options, embedding, symbol, dependencies, name;
  std::vector<std::string> cpus, local_sizes;
};

/// "blur:16x16" or "blur:64".
std::optional<specialization> parse_local_size(const std::string& text) {
  specialization s;
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string::npos) return std::nullopt;
  s.kernel = text.substr(0, colon);
  const char* position = text.data() + colon + 1;
  const char* const end = text.data() + text.size();
  for (unsigned dimension = 0; dimension < 3; ++dimension) {
    const auto [next, failure] = std::from_chars(position, end, s.local_size[dimension]);
    if (failure != std::errc() || s.local_size[dimension] == 0) return std::nullopt;
    if (next == end) return s;
    if (*next != 'x') return std::nullopt;
    position = next + 1;
  }
  return std::nullopt;
}

std::vector<std::string> default_cpus() {
#if defined(__x86_64__)
  return {"x86-64-v4", "x86-64-v3", "x86-64-v2"};
#else
  return {"generic"};
#endif
}

/// Running programs take the first variant that their machine has: more capable ones go first.
int rank(const std::string& cpu) {
  static constexpr std::string_view order[] = {"native", "x86-64-v4", "x86-64-v3", "x86-64-v2", "x86-64", "generic"};
  const auto found = std::find(std::begin(order), std::end(order), cpu);
  return found == std::end(order) ? -1 : static_cast<int>(found - std::begin(order));
}

void say(const std::string& text) {
  std::fputs((text + '\n').c_str(), stderr);
}

class job {
 public:
  explicit job(const arguments& a) : arguments_(a) {}

  int run() {
    if (const int failed = check()) return failed;
    std::vector<std::byte> source;
    if (const int failure = read_file(arguments_.input.c_str(), std::size_t{64} << 20, source)) {
      say(fmt::format("dotcompute-compiler: cannot read {}: {}", arguments_.input, describe_errno(failure)));
      return file_trouble;
    }
    program_.source.assign(reinterpret_cast<const char*>(source.data()), source.size());
    program_.file_name = arguments_.name;
    program_.options = arguments_.options;
    for (const std::string& cpu : cpus_) {
      if (!compile_for(cpu)) return source_errors;
    }
    return write_all_files();
  }

 private:
  int check() {
    cpus_ = arguments_.cpus.empty() ? default_cpus() : arguments_.cpus;
    for (const std::string& cpu : cpus_) {
      if (rank(cpu) >= 0) continue;
      say(fmt::format("dotcompute-compiler: unknown cpu '{}': a running program can tell whether it may use native, "
                      "x86-64, x86-64-v2, x86-64-v3, x86-64-v4 or generic",
                      cpu));
      return wrong_usage;
    }
    std::stable_sort(cpus_.begin(), cpus_.end(),
                     [](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
    cpus_.erase(std::unique(cpus_.begin(), cpus_.end()), cpus_.end());
    for (const std::string& text : arguments_.local_sizes) {
      const auto parsed = parse_local_size(text);
      if (!parsed) {
        say(fmt::format("dotcompute-compiler: '{}' is no local size: expected KERNEL:X, KERNEL:XxY or KERNEL:XxYxZ",
                        text));
        return wrong_usage;
      }
      sizes_.push_back(*parsed);
    }
    return 0;
  }

  bool compile_for(const std::string& cpu) {
    precompiled_program::variant& v = program_.variants.emplace_back();
    v.target.cpu = cpu;
    if (cpu == "native") v.host = host_identity();
    const result* const whole = add_part(v, std::nullopt);
    if (!whole) return false;
    const std::vector<kernel_reflection> kernels = whole->kernels;
    for (const specialization& size : sizes_) {
      const bool known = std::any_of(kernels.begin(), kernels.end(),
                                     [&size](const kernel_reflection& k) { return k.name == size.kernel; });
      if (!known) {
        say(fmt::format("{}: error: a local size is given for '{}', which is none of its kernels:{}", arguments_.input,
                        size.kernel, names(kernels)));
        return false;
      }
      if (!add_part(v, size)) return false;
    }
    return true;
  }

  static std::string names(const std::vector<kernel_reflection>& kernels) {
    std::string text;
    for (const auto& k : kernels)
      text += ' ' + k.name;
    return text;
  }

  const result* add_part(precompiled_program::variant& v, const std::optional<specialization>& size) {
    precompiled_program::part part{size, {}};
    request r = program_.asked(v, part);
    // While building, the file's real place finds its includes and makes its diagnostics lead there.
    std::error_code ignored;
    r.file_name = std::filesystem::absolute(arguments_.input, ignored).string();
    part.outcome = compile(r);
    if (reported_.insert(part.outcome.log).second && !part.outcome.log.empty()) {
      std::fputs(part.outcome.log.c_str(), stderr);
    }
    if (!part.outcome.succeeded) return nullptr;
    // What was included has its place in the dependency file; the machine that runs the program may not have it.
    for (const included_file& f : part.outcome.included_files) {
      included_.insert(std::filesystem::absolute(f.path, ignored).string());
    }
    part.outcome.included_files.clear();
    v.parts.push_back(std::move(part));
    return &v.parts.back().outcome;
  }

  int write_all_files() {
    const std::vector<std::byte> artifact = encode(program_);
    std::string main_output;
    if (!arguments_.output.empty()) {
      if (!put(arguments_.output, artifact)) return file_trouble;
      main_output = arguments_.output;
    }
    if (!arguments_.embedding.empty()) {
      const std::string text = embedding(arguments_.name, arguments_.symbol, artifact);
      if (!put(arguments_.embedding, std::as_bytes(std::span(text.data(), text.size())))) return file_trouble;
      if (main_output.empty()) main_output = arguments_.embedding;
    }
    if (!arguments_.dependencies.empty()) {
      std::vector<std::string> inputs{std::filesystem::absolute(arguments_.input).string()};
      inputs.insert(inputs.end(), included_.begin(), included_.end());
      const std::string text = dependency_rule(main_output, inputs);
      if (!put(arguments_.dependencies, std::as_bytes(std::span(text.data(), text.size())))) return file_trouble;
    }
    return written;
  }

  static bool put(const std::string& path, std::span<const std::byte> bytes) {
    const int failure = write_file_whole(path, bytes);
    if (failure) say(fmt::format("dotcompute-compiler: cannot write {}: {}", path, describe_errno(failure)));
    return failure == 0;
  }

  const arguments& arguments_;
  std::vector<std::string> cpus_;
  std::vector<specialization> sizes_;
  precompiled_program program_;
  std::set<std::string> reported_, included_;
};

} // namespace

int compile_ahead_of_time(int argc, char** argv) {
  arguments a;
  bool version = false;
  CLI::App app{"Compiles OpenCL C ahead of time. Programs load what it writes with program::from_binary, or embed it: "
               "dotcompute_add_kernels does that in CMake projects.",
               "dotcompute-compiler"};
  app.add_option("--compile", a.input, "OpenCL C file to compile")->type_name("FILE.cl");
  app.add_option("-o,--output", a.output, "where the compiled program is written")->type_name("FILE");
  app.add_option("--embed", a.embedding, "C++ file to write that embeds the program and registers it")
      ->type_name("FILE.cpp");
  app.add_option("--symbol", a.symbol, "C name that --embed's file defines, for linkers to ask for")->type_name("NAME");
  app.add_option("--name", a.name, "name for program::from_embedded and diagnostics; the file's own when absent");
  app.add_option("--options", a.options, "build options as clBuildProgram takes them");
  app.add_option("--cpu", a.cpus, "native, x86-64, x86-64-v2, -v3, -v4 or generic; may be repeated")->type_name("NAME");
  app.add_option("--local-size", a.local_sizes, "also compile a kernel for this local size; may be repeated")
      ->type_name("KERNEL:XxYxZ");
  app.add_option("--depfile", a.dependencies, "make rule to write, with the files that were included")
      ->type_name("FILE.d");
  app.add_flag("--version", version, "print the compiler's version and build");
  app.footer("Exit status: 0 written, 1 the source has errors, 2 wrong usage, 3 a file cannot be read or written.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? written : wrong_usage;
  }
  if (version) {
    std::printf("dotcompute-compiler %s\n", std::string(compiler_identity()).c_str());
    return written;
  }
  if (a.input.empty() || (a.output.empty() && a.embedding.empty())) {
    say("dotcompute-compiler: --compile FILE.cl and one of --output and --embed are needed; see --help");
    return wrong_usage;
  }
  if (a.name.empty()) a.name = std::filesystem::path(a.input).filename().string();
  return job(a).run();
}

} // namespace dotcompute::compiler
