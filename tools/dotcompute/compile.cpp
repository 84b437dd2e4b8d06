// SPDX-License-Identifier: MIT
// dotcompute compile: each stage of the compiler, with its remarks, for looking at.
#include "argument.hpp"
#include "compiler/server/service.hpp"
#include "exit_codes.hpp"
#include "files.hpp"
#include "milliseconds.hpp"
#include "progress.hpp"
#include "session.hpp"
#include "source_file.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace dotcompute::tool {

namespace {

struct compile_settings {
  std::string file, emit, output, kernel, local_size, build_options, gpu;
  compiler::cpu_target cpu;
  bool any_local_size = false, no_remarks = false;
  double timeout = 60;
};

struct stage_name {
  const char* name;
  compiler::stage stage;
  bool is_text;
};

constexpr std::array stages{
    stage_name{"ir", compiler::stage::ir, true},         stage_name{"llvm", compiler::stage::llvm, true},
    stage_name{"asm", compiler::stage::assembly, true},  stage_name{"object", compiler::stage::object, false},
    stage_name{"cuda", compiler::stage::cuda, true},     stage_name{"cubin", compiler::stage::program, false},
    stage_name{"opencl", compiler::stage::opencl, true},
};

/// "cuda:sm_90" or "cuda:90".
std::uint32_t parse_architecture(const std::string& text) {
  std::string_view number = text;
  if (number.starts_with("cuda:")) number.remove_prefix(5);
  if (number.starts_with("sm_")) number.remove_prefix(3);
  std::uint32_t architecture = 0;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), architecture);
  if (!text.starts_with("cuda:") || problem != std::errc() || end != number.data() + number.size() ||
      architecture < 50 || architecture > 999)
    throw failure(exit_code::argument,
                  fmt::format("--target: '{}' is no GPU; expected cuda:sm_N, such as cuda:sm_90", text));
  return architecture;
}

const stage_name* find_stage(const std::string& name) {
  for (const auto& s : stages)
    if (name == s.name) return &s;
  return nullptr;
}

const char* name_of(compiler::severity level) {
  return level == compiler::severity::error ? "error" : level == compiler::severity::warning ? "warning" : "remark";
}

const char* name_of(compiler::origin source) {
  return source == compiler::origin::memory_cache ? "memory cache"
         : source == compiler::origin::disk_cache ? "disk cache"
                                                  : "compiler process";
}

const char* name_of(argument_space space) {
  switch (space) {
  case argument_space::global: return "global";
  case argument_space::constant: return "constant";
  case argument_space::local: return "local";
  case argument_space::value: break;
  }
  return "";
}

std::string signature_of(const kernel_reflection& k) {
  std::vector<std::string> arguments;
  arguments.reserve(k.arguments.size());
  for (const auto& a : k.arguments)
    arguments.push_back(fmt::format("{}{}{}{} {}", name_of(a.space), a.space == argument_space::value ? "" : " ",
                                    a.is_const && a.space != argument_space::constant ? "const " : "", a.type_name,
                                    a.name));
  return fmt::format("{}({})", k.name, fmt::join(arguments, ", "));
}

std::string local_size_text(const std::array<std::uint32_t, 3>& size) {
  return fmt::format("{}", fmt::join(size, "x"));
}

compiler::request request_of(const compile_settings& c, const source_file& source) {
  compiler::request request;
  request.source = source.text;
  request.file_name = source.name;
  request.options = source.options_with_includes(c.build_options);
  if (c.emit == "opencl")
    request.target = compiler::opencl_target{.printed = true};
  else if (c.gpu.empty())
    request.target = c.cpu;
  else
    request.target = compiler::cuda_target{parse_architecture(c.gpu)};
  request.any_local_size = c.any_local_size;
  if (const auto* stage = find_stage(c.emit)) request.emit = stage->stage;
  return request;
}

/// Which kernel --local-size is for: the one of --kernel, or the only one.
std::string kernel_to_specialize(const compile_settings& c, const compiler::result& program) {
  std::vector<std::string> names;
  names.reserve(program.kernels.size());
  for (const auto& k : program.kernels)
    names.push_back(k.name);
  if (!c.kernel.empty()) {
    if (std::find(names.begin(), names.end(), c.kernel) == names.end())
      throw failure(exit_code::source,
                    fmt::format("'{}' has no kernel '{}'; it has: {}", c.file, c.kernel, fmt::join(names, ", ")));
    return c.kernel;
  }
  if (names.size() != 1)
    throw failure(exit_code::usage,
                  fmt::format("--local-size is for one kernel, and '{}' has {}: say which with --kernel ({})", c.file,
                              names.size(), fmt::join(names, ", ")));
  return names.front();
}

/// "40" or "unknown".
std::string figure(const known<std::uint32_t>& k) {
  return k ? fmt::format("{}", *k) : "unknown";
}

void print_code(const compile_settings& c, const kernel_reflection& k, const compiler::result::entry& e) {
  const std::string size = e.local_size[0] ? "local size " + local_size_text(e.local_size)
                           : k.is_flat     ? "any range"
                                           : "any local size";
  if (c.gpu.empty())
    return fmt::print("    code for {}: {} work-items at a time, {} bytes of scratch\n", size, e.lanes,
                      e.scratch_bytes);
  const kernel_resources& r = e.resources;
  fmt::print("    code for {}: {} registers, {} bytes spilled, {} bytes of stack, at most {} work-items a group\n",
             size, figure(r.registers), figure(r.spill_bytes), figure(r.stack_bytes), figure(r.max_local_items));
}

nlohmann::ordered_json resources_json(const kernel_resources& r) {
  const auto value = [](const known<std::uint32_t>& k) { return k ? nlohmann::ordered_json(*k) : nullptr; };
  return {{"registers", value(r.registers)},
          {"spill_bytes", value(r.spill_bytes)},
          {"stack_bytes", value(r.stack_bytes)},
          {"static_local_bytes", value(r.static_local_bytes)},
          {"max_local_items", value(r.max_local_items)}};
}

void print_summary(const compile_settings& c, const compiler::answer& answer, double took_ms) {
  const auto& result = *answer.outcome;
  fmt::print("{}: compiled in {:.1f} ms ({})\n", c.file, took_ms, name_of(answer.source));
  for (const auto& k : result.kernels) {
    fmt::print("  {}\n", signature_of(k));
    if (k.required_local_size[0]) fmt::print("    requires local size {}\n", local_size_text(k.required_local_size));
    if (k.local_bytes) fmt::print("    {} bytes of local memory\n", k.local_bytes);
    if (k.has_barrier) fmt::print("    has barriers\n");
    for (const auto& e : result.entries)
      if (e.kernel == k.name) print_code(c, k, e);
  }
}

nlohmann::ordered_json summary_json(const compile_settings& c, const compiler::answer& answer, double took_ms) {
  const auto& result = *answer.outcome;
  nlohmann::ordered_json j{
      {"file", c.file}, {"succeeded", result.succeeded}, {"milliseconds", took_ms}, {"from", name_of(answer.source)}};
  j["kernels"] = j["entries"] = j["diagnostics"] = nlohmann::ordered_json::array();
  for (const auto& k : result.kernels) {
    nlohmann::ordered_json kernel{{"name", k.name},
                                  {"required_local_size", k.required_local_size},
                                  {"local_bytes", k.local_bytes},
                                  {"has_barrier", k.has_barrier},
                                  {"is_flat", k.is_flat}};
    kernel["arguments"] = nlohmann::ordered_json::array();
    for (const auto& a : k.arguments)
      kernel["arguments"].push_back({{"name", a.name},
                                     {"type", a.type_name},
                                     {"space", a.space == argument_space::value ? "value" : name_of(a.space)},
                                     {"const", a.is_const},
                                     {"read", a.is_read},
                                     {"written", a.is_written},
                                     {"size", a.size}});
    j["kernels"].push_back(kernel);
  }
  for (const auto& e : result.entries)
    j["entries"].push_back({{"kernel", e.kernel},
                            {"symbol", e.symbol},
                            {"local_size", e.local_size},
                            {"lanes", e.lanes},
                            {"local_bytes", e.local_bytes},
                            {"scratch_bytes", e.scratch_bytes},
                            {"resources", resources_json(e.resources)}});
  for (const auto& d : result.diagnostics)
    if (!(c.no_remarks && d.level == compiler::severity::remark))
      j["diagnostics"].push_back({{"severity", name_of(d.level)},
                                  {"file", d.file},
                                  {"line", d.line},
                                  {"column", d.column},
                                  {"message", d.message}});
  return j;
}

/// The log as clang prints it; remarks that it does not hold follow line by line.
void print_diagnostics(const compile_settings& c, const compiler::result& result) {
  fmt::print(stderr, "{}{}", result.log, result.log.empty() || result.log.ends_with('\n') ? "" : "\n");
  if (c.no_remarks) return;
  for (const auto& d : result.diagnostics)
    if (d.level == compiler::severity::remark && result.log.find(d.message) == std::string::npos)
      fmt::print(stderr, "{}:{}:{}: remark: {}\n", d.file, d.line, d.column, d.message);
}

void write_code(const compile_settings& c, const compiler::result& result, bool is_text) {
  if (c.output != "-" && !c.output.empty()) return write_file(c.output, result.binary);
  if (!is_text && ::isatty(STDOUT_FILENO))
    throw failure(exit_code::usage, "binary code is not for a terminal: name a file with --output");
  std::cout.write(reinterpret_cast<const char*>(result.binary.data()),
                  static_cast<std::streamsize>(result.binary.size()));
}

void compile_file(const compile_settings& c, session& s) {
  if (!c.kernel.empty() && c.local_size.empty()) throw failure(exit_code::usage, "--kernel needs --local-size");
  if (c.emit == "opencl" && !c.gpu.empty())
    throw failure(exit_code::usage, "--emit opencl is for every OpenCL device; leave --target out");
  if (!c.output.empty() && c.emit.empty()) throw failure(exit_code::usage, "--output needs --emit");
  if (s.json && !c.emit.empty() && (c.output.empty() || c.output == "-"))
    throw failure(exit_code::usage, "--json prints to standard output, so --emit needs --output FILE");
  std::vector<std::uint64_t> local_size;
  if (!c.local_size.empty()) local_size = parse_extent(c.local_size, "--local-size", 3);
  for (const auto n : local_size)
    if (n > 0xffffffffu) throw failure(exit_code::argument, fmt::format("--local-size: {} is beyond every device", n));
  if (!c.output.empty() && c.output != "-") require_writable(c.output);
  const auto source = read_source(c.file);
  auto request = request_of(c, source);
  const auto timeout = std::chrono::milliseconds(static_cast<std::int64_t>(c.timeout * 1000));

  progress line(fmt::format("compiling {}", c.file));
  auto& service = compiler::service::shared();
  const auto begin = std::chrono::steady_clock::now();
  if (!local_size.empty()) {
    auto plain = request;
    plain.emit = compiler::stage::program;
    const auto whole = service.compile(plain, timeout);
    if (whole.outcome->succeeded) {
      request.specialize = compiler::specialization{kernel_to_specialize(c, *whole.outcome), {1, 1, 1}};
      for (std::size_t i = 0; i < local_size.size(); ++i)
        request.specialize->local_size[i] = static_cast<std::uint32_t>(local_size[i]);
    }
  }
  const auto answer = service.compile(request, timeout);
  const double took_ms = milliseconds_since(begin);
  line.clear();

  const auto& result = *answer.outcome;
  if (!s.json) print_diagnostics(c, result);
  if (!result.succeeded) {
    const auto errors = std::count_if(result.diagnostics.begin(), result.diagnostics.end(),
                                      [](const auto& d) { return d.level == compiler::severity::error; });
    const auto message = fmt::format("'{}' does not compile ({} error{})", c.file, errors, errors == 1 ? "" : "s");
    if (s.json) {
      auto summary = summary_json(c, answer, took_ms);
      summary["error"] = {{"exit_code", static_cast<int>(exit_code::source)}, {"message", message}};
      fmt::print("{}\n", summary.dump(2));
      s.error_in_json = true;
    }
    throw failure(exit_code::source, message);
  }
  if (const auto* stage = find_stage(c.emit)) write_code(c, result, stage->is_text);
  if (s.json)
    fmt::print("{}\n", summary_json(c, answer, took_ms).dump(2));
  else if (c.emit.empty())
    print_summary(c, answer, took_ms);
}

} // namespace

void add_compile(CLI::App& app, session& s) {
  auto* command = app.add_subcommand("compile", "Compile an OpenCL C file and show what the compiler made of it");
  auto c = std::make_shared<compile_settings>();
  s.takes_file(command->add_option("FILE", c->file, "OpenCL C source; '-' reads standard input")->required());
  std::vector<std::string> names;
  names.reserve(std::size(stages));
  for (const auto& stage : stages)
    names.emplace_back(stage.name);
  s.takes_one_of(
      command
          ->add_option("-e,--emit", c->emit,
                       "Print one stage: ir; for a CPU llvm, asm or object; for a GPU cuda or cubin; for OpenCL "
                       "devices opencl; without it, kernels and remarks")
          ->check([names](const std::string& given) {
            return std::find(names.begin(), names.end(), given) != names.end()
                       ? std::string()
                       : fmt::format("'{}' is no stage; there are: {}", given, fmt::join(names, ", "));
          })
          ->type_name("STAGE"),
      names);
  s.takes_file(command->add_option("-o,--output", c->output, "Write the stage to this file")->type_name("FILE"));
  command->add_option("-k,--kernel", c->kernel, "The kernel that --local-size is for")->type_name("NAME");
  command->add_option("-l,--local-size", c->local_size, "Compile one kernel for this work-group size: 16x16")
      ->type_name("EXTENT");
  command->add_flag("--any-local-size", c->any_local_size, "Compile every kernel for any work-group size");
  command
      ->add_option("-b,--build-options", c->build_options,
                   "Options for the compiler: \"-D N=16 -cl-fast-relaxed-math\"")
      ->type_name("TEXT");
  command
      ->add_option(
          "-t,--target", c->gpu,
          "Compile for an NVIDIA GPU: cuda:sm_90 for compute capability 9.0. A cubin needs NVRTC, CUDA C needs "
          "nothing")
      ->type_name("TARGET");
  command->add_option("--cpu", c->cpu.cpu, "Processor to compile for, by LLVM's name; native is this one")
      ->type_name("NAME");
  command->add_option("--features", c->cpu.features, "Processor features in LLVM's notation: +avx2,-avx512f")
      ->type_name("LIST");
  command->add_option("--lanes", c->cpu.lanes, "Work-items that one thread runs in step; 0 takes the vector width")
      ->type_name("N");
  command->add_flag("--no-remarks", c->no_remarks, "Leave out performance remarks");
  command->add_option("--timeout", c->timeout, "Seconds after which the compiler process is ended")
      ->check(CLI::Range(0.001, 86400.0))
      ->type_name("SECONDS");
  add_common_options(*command, s);
  command->footer("Remarks and diagnostics go to standard error, stages to standard output.\n"
                  "Example:\n"
                  "  dotcompute compile blur.cl --emit asm --local-size 16x16 --kernel blur\n"
                  "  dotcompute compile blur.cl --target cuda:sm_90 --emit cuda");
  command->callback([c, &s] { s.action = [c, &s] { compile_file(*c, s); }; });
}

} // namespace dotcompute::tool
