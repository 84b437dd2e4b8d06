// SPDX-License-Identifier: MIT
// The whole way from source text to machine code, in this process.
#include "compiler/analysis/regions.hpp"
#include "compiler/compile.hpp"
#include "compiler/frontend/frontend.hpp"
#include "compiler/ir/passes.hpp"
#include "compiler/targets/cpu/code_generation.hpp"
#include "compiler/targets/cpu/plan.hpp"
#include "compiler/targets/cuda/code_generation.hpp"
#include "compiler/targets/cuda/device_functions.hpp"
#include "compiler/targets/opencl/code_generation.hpp"
#include "compiler/targets/opencl/program_text.hpp"

#include <algorithm>
#include <exception>

namespace dotcompute::compiler {

namespace {

const char* label(severity s) {
  switch (s) {
  case severity::remark: return "remark";
  case severity::warning: return "warning";
  case severity::error: return "error";
  }
  return "error";
}

std::string source_line(const std::string& source, std::uint32_t line) {
  std::size_t begin = 0;
  for (std::uint32_t i = 1; i < line; ++i) {
    begin = source.find('\n', begin);
    if (begin == std::string::npos) return {};
    ++begin;
  }
  return source.substr(begin, source.find('\n', begin) - begin);
}

/// Prints a diagnostic as clang does: position, text, the line, and a caret under the column.
void append_to_log(const diagnostic& d, const request& r, std::string& log) {
  if (d.line == 0) {
    log += std::string(label(d.level)) + ": " + d.message + "\n";
    return;
  }
  log += d.file + ":" + std::to_string(d.line) + ":" + std::to_string(d.column) + ": " + label(d.level) + ": " +
         d.message + "\n";
  if (d.file != r.file_name) return;
  const std::string text = source_line(r.source, d.line);
  if (text.empty() || d.column == 0) return;
  log += text + "\n" + std::string(d.column - 1, ' ') + "^\n";
}

void add(result& out, const request& r, diagnostic d) {
  append_to_log(d, r, out.log);
  out.diagnostics.push_back(std::move(d));
}

bool uses_local_memory(const ir::function& f) {
  bool found = false;
  analysis::for_each(f.body, [&](ir::operation& op) { found |= op.code == ir::opcode::local_alloc; });
  for (const ir::parameter& p : f.parameters)
    found |= p.value.is_pointer() && p.value.space == ir::address_space::local;
  return found;
}

const kernel_reflection* reflection_of(const result& out, const std::string& kernel) {
  const auto found =
      std::find_if(out.kernels.begin(), out.kernels.end(), [&](const auto& k) { return k.name == kernel; });
  return found == out.kernels.end() ? nullptr : &*found;
}

/// The kernels that this request wants code for, each with the local size it is for.
std::vector<cpu::kernel_request> wanted_kernels(const request& r, const ir::program& p, const result& out) {
  std::vector<cpu::kernel_request> wanted;
  for (const auto& f : p.functions) {
    if (!f->is_kernel) continue;
    const kernel_reflection* reflection = reflection_of(out, f->name);
    if (!reflection) continue;
    cpu::kernel_request k{f.get(), reflection, std::nullopt};
    const bool fixed = f->required_local_size[0] != 0;
    if (reflection->is_flat) {
      // Nobody can see its local size, and the driver hands it work-items rather than groups: one code for all sizes.
      if (r.specialize && r.specialize->kernel != f->name) continue;
    } else if (r.specialize) {
      if (r.specialize->kernel != f->name) continue;
      k.local_size = r.specialize->local_size;
    } else if (fixed) {
      k.local_size = f->required_local_size;
    } else if (!r.any_local_size && (reflection->has_barrier || uses_local_memory(*f)) && r.emit == stage::program) {
      continue; // compiled when a launch says its local size
    }
    wanted.push_back(k);
  }
  return wanted;
}

/// Barriers must be reached by whole groups, whatever the local size.
bool check_all_barriers(const request& r, const ir::program& p, result& out) {
  bool good = true;
  for (const auto& f : p.functions) {
    if (!f->is_kernel) continue;
    analysis::pack_configuration any;
    if (r.specialize && r.specialize->kernel == f->name)
      any.local_size = r.specialize->local_size;
    else if (f->required_local_size[0] != 0)
      any.local_size = f->required_local_size;
    const auto group = analysis::analyze_divergence(*f, analysis::group_domain(any), true);
    for (diagnostic& d : cpu::check_barriers(p, *f, group)) {
      good &= d.level != severity::error;
      add(out, r, std::move(d));
    }
  }
  return good;
}

void take_text(const std::string& text, result& out) {
  out.binary.resize(text.size());
  std::transform(text.begin(), text.end(), out.binary.begin(), [](char c) { return static_cast<std::byte>(c); });
}

/// The driver's compiler makes the code, for any local size; what was found out about the kernels goes along.
void hand_to_driver(const request& r, result& out) {
  for (const kernel_reflection& k : out.kernels) {
    result::entry e;
    e.kernel = e.symbol = k.name;
    e.local_bytes = k.local_bytes;
    out.entries.push_back(std::move(e));
  }
  const bool has_folder = r.file_name.starts_with('/') && !out.included_files.empty();
  const std::string folder = has_folder ? r.file_name.substr(0, r.file_name.rfind('/')) : std::string();
  out.binary = opencl::encode({opencl::driver_options(r.options, folder), r.source});
  out.succeeded = true;
}

/// Text printed from the IR, for the driver's compiler or for reading.
void print_for_driver(const request& r, const ir::program& p, result& out) {
  const std::optional<std::string> text = opencl::print_program(p, out);
  if (!text) {
    append_to_log(out.diagnostics.back(), r, out.log);
    return;
  }
  if (r.emit == stage::program)
    out.binary = opencl::encode({opencl::options_of_printed(p, std::get<opencl_target>(r.target)), *text});
  else
    take_text(*text, out);
  out.succeeded = true;
}

void run(const request& r, result& out) {
  frontend::translation t = frontend::translate(r.source, r.file_name, r.options);
  out.log = std::move(t.log);
  out.diagnostics = std::move(t.diagnostics);
  out.kernels = std::move(t.kernels);
  out.included_files = std::move(t.included_files);
  if (!t.program) return;
  ir::program& p = *t.program;

  const auto* const cuda = std::get_if<cuda_target>(&r.target);
  if (cuda) cuda::use_device_functions(p);
  for (const std::string& message : ir::inline_calls(p)) {
    add(out, r, {severity::error, r.file_name, 0, 0, message});
    return;
  }
  ir::simplify(p);
  if (const auto broken = ir::verify(p); !broken.empty()) {
    add(out, r,
        {severity::error, r.file_name, 0, 0, "the compiler made IR that breaks its own rules: " + broken.front()});
    return;
  }
  if (!check_all_barriers(r, p, out)) return;
  if (r.specialize && !reflection_of(out, r.specialize->kernel)) {
    add(out, r,
        {severity::error, r.file_name, 0, 0, "there is no kernel '" + r.specialize->kernel + "' in the program"});
    return;
  }
  if (r.emit == stage::ir) {
    take_text(ir::print(p), out);
    out.succeeded = true;
    return;
  }

  if (const auto* const device = std::get_if<opencl_target>(&r.target)) {
    if (r.emit == stage::program && !device->printed) return hand_to_driver(r, out);
    if (r.emit == stage::program || r.emit == stage::opencl) return print_for_driver(r, p, out);
    add(out, r,
        {severity::error, r.file_name, 0, 0,
         "an OpenCL device's driver compiles OpenCL C; the stages are ir and opencl"});
    return;
  }
  if (r.emit == stage::opencl) {
    add(out, r, {severity::error, r.file_name, 0, 0, "OpenCL C is printed for an OpenCL device only"});
    return;
  }
  if (r.emit != stage::program && (r.emit == stage::cuda) != (cuda != nullptr)) {
    add(out, r,
        {severity::error, r.file_name, 0, 0,
         cuda ? "a GPU target has the stages ir and cuda; llvm, asm and object are a CPU's"
              : "CUDA C is made for a GPU target only"});
    return;
  }
  cpu::resolved_target target;
  if (!cuda) {
    std::string error;
    target = cpu::resolve(std::get<cpu_target>(r.target), error);
    if (!error.empty()) {
      add(out, r, {severity::error, r.file_name, 0, 0, error});
      return;
    }
  }
  const std::vector<cpu::kernel_request> wanted = wanted_kernels(r, p, out);
  const std::size_t before = out.diagnostics.size();
  if (wanted.empty()) {
    out.succeeded = true;
    return;
  }
  if (cuda) {
    std::vector<cuda::kernel_request> kernels;
    kernels.reserve(wanted.size());
    for (const cpu::kernel_request& k : wanted)
      kernels.push_back({k.kernel, k.reflection, k.local_size});
    out.succeeded = cuda::generate(p, kernels, *cuda, r.emit, out);
  } else {
    out.succeeded = cpu::generate(p, wanted, target, std::get<cpu_target>(r.target).lanes, r.emit, out);
  }
  for (std::size_t i = before; i < out.diagnostics.size(); ++i)
    if (out.diagnostics[i].level != severity::remark) append_to_log(out.diagnostics[i], r, out.log);
}

} // namespace

result compile(const request& r) {
  result out;
  try {
    run(r, out);
  } catch (const std::exception& e) {
    out.succeeded = false;
    add(out, r, {severity::error, r.file_name, 0, 0, std::string("the compiler gave up: ") + e.what()});
  }
  return out;
}

} // namespace dotcompute::compiler
