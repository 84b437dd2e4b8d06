// SPDX-License-Identifier: MIT
#include "compiler/targets/opencl/code_generation.hpp"

#include "compiler/targets/c/constants.hpp"
#include "compiler/targets/c/words.hpp"
#include "compiler/targets/opencl/opencl_kernel.hpp"
#include "compiler/targets/opencl/prelude.hpp"

#include <algorithm>

namespace dotcompute::compiler::opencl {

namespace {

bool uses_double(const ir::function& f) {
  bool found = false;
  analysis::for_each(
      f.body, [&](ir::operation& op) { found |= op.result.is_number() && op.result.element == ir::scalar_kind::f64; });
  return found;
}

std::string extension(std::string_view name) {
  return "#pragma OPENCL EXTENSION " + std::string(name) + " : enable\n";
}

std::string extensions_for(std::string_view code, bool has_double) {
  const auto any_of = [&](std::initializer_list<std::string_view> functions) {
    return std::any_of(functions.begin(), functions.end(),
                       [&](std::string_view function) { return c_text::names(code, function); });
  };
  std::string out;
  if (has_double) out += extension("cl_khr_fp64");
  if (any_of({"atom_add", "atom_sub", "atom_xchg", "atom_cmpxchg"})) out += extension("cl_khr_int64_base_atomics");
  if (any_of({"atom_min", "atom_max", "atom_and", "atom_or", "atom_xor"}))
    out += extension("cl_khr_int64_extended_atomics");
  return out;
}

std::string structs_text(const c_text::program_text& shared) {
  std::string out;
  for (const auto& [size, alignment] : shared.by_value_types)
    out += "\ntypedef struct {\n  uchar bytes[" + std::to_string(size) + "];\n} __attribute__((aligned(" +
           std::to_string(alignment) + "))) " + c_text::struct_name(size, alignment) + ";\n";
  return out;
}

} // namespace

std::optional<std::string> print_program(const ir::program& p, result& out) {
  c_text::program_text shared{p};
  std::string functions;
  bool has_double = false;
  for (const kernel_reflection& k : out.kernels) {
    const ir::function* const f = p.find(k.name);
    if (!f) continue;
    result::entry entry;
    entry.kernel = k.name;
    entry.symbol = is_reserved_name(k.name) ? "kernel_" + k.name : k.name;
    entry.local_bytes = k.local_bytes;
    try {
      functions += "\n" + opencl_kernel(shared, *f, k).run(entry.symbol);
    } catch (const c_text::unprintable& problem) {
      const ir::source_location at = problem.location;
      out.diagnostics.push_back({severity::error, at.file < p.files.size() ? p.files[at.file] : std::string(), at.line,
                                 at.column,
                                 "kernel '" + k.name + "' cannot be printed as OpenCL C 1.2: " + problem.what()});
      return {};
    }
    has_double |= uses_double(*f);
    out.entries.push_back(std::move(entry));
  }
  std::string declarations = structs_text(shared);
  for (const auto& [index, pointee] : shared.constant_types)
    declarations += c_text::constant_text(opencl_dialect(), index, p.constants[index], pointee, "constant");
  const std::string code = declarations + functions;
  // Operations that may be one are written as one.
  return extensions_for(code, has_double) + "#pragma OPENCL FP_CONTRACT OFF\n" + prelude_for(code) + code;
}

std::string options_of_printed(const ir::program& p, const opencl_target& target) {
  return std::string("-cl-std=CL1.2") + (p.floats.denormals_are_zero ? " -cl-denorms-are-zero" : "") +
         (target.divides_exactly ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
}

} // namespace dotcompute::compiler::opencl
