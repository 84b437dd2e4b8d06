// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/code_generation.hpp"

#include "compiler/targets/cuda/coarsen.hpp"
#include "compiler/targets/cuda/constants.hpp"
#include "compiler/targets/cuda/cuda_kernel.hpp"
#include "compiler/targets/cuda/nvrtc.hpp"
#include "compiler/targets/cuda/prelude.hpp"
#include "compiler/targets/cuda/resources.hpp"
#include "compiler/targets/cuda/strided_loops.hpp"

#include <algorithm>

namespace dotcompute::cuda {

namespace {

std::string structs_text(const cuda_program& shared) {
  std::string out;
  for (const auto& [size, alignment] : shared.by_value_types)
    out += "struct alignas(" + std::to_string(alignment) + ") " + c_text::struct_name(size, alignment) +
           " {\n  u8 bytes[" + std::to_string(size) + "];\n};\n";
  return out;
}

} // namespace

std::string generate_text(const ir::program& p, const std::vector<kernel_request>& kernels, compiler::result& out) {
  cuda_program shared{{p}, out.print_formats};
  std::string functions;
  for (const kernel_request& k : kernels) {
    compiler::result::entry entry;
    entry.kernel = k.kernel->name;
    entry.symbol = "dc_" + k.kernel->name;
    if (k.local_size) {
      entry.local_size = *k.local_size;
      for (const std::uint32_t n : *k.local_size)
        entry.symbol += "_" + std::to_string(n);
    }
    const coarse_kernel coarse = coarsen(*k.kernel);
    entry.items = coarse.items;
    const std::unique_ptr<ir::function> together = take_turns_together(*k.kernel);
    const ir::function& kernel = together ? *together : *k.kernel;
    cuda_kernel narrow(shared, kernel, *k.reflection,
                       {entry.symbol, k.local_size, true, coarse.program.get(), coarse.items});
    functions += "\n" + narrow.run();
    if (narrow.depends_on_width()) {
      entry.wide_symbol = entry.symbol + "__wide";
      cuda_kernel wide(shared, kernel, *k.reflection, {entry.wide_symbol, k.local_size, false});
      functions += "\n// For ranges beyond 2^31 work-items.\n" + wide.run();
    }
    entry.lanes = 1;
    entry.local_bytes = narrow.local_bytes();
    entry.prints = narrow.prints();
    entry.guarded_dimensions = narrow.guarded_dimensions();
    out.entries.push_back(std::move(entry));
  }
  std::string declarations = structs_text(shared) + constants_text(shared);
  if (shared.uses_local_memory)
    declarations += "\n// All local memory of a work-group: what kernels declare first, then what is passed to them.\n"
                    "extern __shared__ __align__(128) u8 local_memory[];\n";
  const std::string code = declarations + functions;
  const std::string prelude = prelude_for(code);
  const std::size_t first_piece = prelude.find("\n\n");
  const std::string types = prelude.substr(0, std::min(first_piece, prelude.size()) + 1);
  return types + vector_types_for(code + prelude) + prelude.substr(std::min(types.size(), prelude.size())) + code;
}

bool generate(const ir::program& p, const std::vector<kernel_request>& kernels, const compiler::cuda_target& target,
              compiler::stage emit, compiler::result& out) {
  const std::string text = generate_text(p, kernels, out);
  if (emit == compiler::stage::cuda) {
    out.binary.resize(text.size());
    std::transform(text.begin(), text.end(), out.binary.begin(), [](char c) { return static_cast<std::byte>(c); });
    return true;
  }
  nvrtc_result compiled = compile_with_nvrtc(text, "kernels.cu", target.architecture, p.floats);
  if (!compiled.error.empty()) {
    out.diagnostics.push_back({compiler::severity::error, "", 0, 0, std::move(compiled.error)});
    return false;
  }
  out.binary = std::move(compiled.cubin);
  for (compiler::result::entry& e : out.entries) {
    e.resources = resources_in_log(compiled.log, e.symbol);
    for (kernel_reflection& k : out.kernels)
      if (k.name == e.kernel) k.resources = e.resources;
  }
  return true;
}

} // namespace dotcompute::cuda
