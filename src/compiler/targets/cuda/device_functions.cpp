// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/device_functions.hpp"

#include "compiler/analysis/regions.hpp"

#include <algorithm>

namespace dotcompute::cuda {

namespace {

struct device_function {
  std::string_view opencl, cuda;
};

// CUDA's errors, and what OpenCL's relaxed table allows:
//   exp2   2 ulp                                          3 + floor(|2x|) ulp
//   exp    2 + floor(|1.173x|) ulp                        3 + floor(|2x|) ulp
//   exp10  2 + floor(|2.97x|) ulp                         8192 ulp; |x| is below 46
//   log    2^-21.41 on [0.5, 2], 3 ulp elsewhere          2^-21 on [0.5, 2], 3 ulp elsewhere
//   log2   2^-22 on [0.5, 2], 2 ulp elsewhere             the same as log
//   log10  2^-24 on [0.5, 2], 3 ulp elsewhere             the same as log
//   sin    2^-21.41 on [-pi, pi], larger elsewhere        2^-11 on [-pi, pi], larger elsewhere
//   cos    2^-21.19 on [-pi, pi], larger elsewhere        2^-11 on [-pi, pi], larger elsewhere
//   tan    as __sinf(x) * (1 / __cosf(x))                 as sin(x) * (1 / cos(x))
//   powr   as exp2f(y * __log2f(x))                       as exp2(y * log2(x))
// pow() must keep the sign of a negative base, which __powf() does not: the library's does, from exp2 and log2.
constexpr device_function functions[] = {
    {"exp2", "exp2f"},     {"exp", "__expf"}, {"exp10", "__exp10f"}, {"log", "relaxed_log"}, {"log2", "__log2f"},
    {"log10", "__log10f"}, {"sin", "__sinf"}, {"cos", "__cosf"},     {"tan", "__tanf"},      {"powr", "__powf"},
};

/// CUDA's name for the library's function `symbol`; empty when there is none.
std::string_view cuda_name(std::string_view symbol, bool called_by_library) {
  constexpr std::string_view start = "__dc_", end = "_f32";
  if (!symbol.starts_with(start) || !symbol.ends_with(end)) return {};
  symbol.remove_prefix(start.size());
  symbol.remove_suffix(end.size());
  bool may_be_inexact = false;
  for (const std::string_view kind : {"relaxed_", "native_"}) {
    if (!symbol.starts_with(kind)) continue;
    symbol.remove_prefix(kind.size());
    may_be_inexact = true;
    break;
  }
  // What the library makes other functions of must be as exact as these need it.
  if (called_by_library && !may_be_inexact) return {};
  const auto found =
      std::find_if(std::begin(functions), std::end(functions), [&](const auto& f) { return f.opencl == symbol; });
  return found == std::end(functions) ? std::string_view() : found->cuda;
}

} // namespace

void use_device_functions(ir::program& p) {
  if (!p.floats.approximate) return;
  for (const auto& f : p.functions) {
    const bool is_library = f->name.starts_with("__dc_");
    analysis::for_each(f->body, [&](ir::operation& op) {
      if (op.code != ir::opcode::call) return;
      const std::string_view name = cuda_name(op.symbol, is_library);
      if (name.empty()) return;
      op.code = ir::opcode::target_function;
      op.symbol = name;
    });
  }
}

} // namespace dotcompute::cuda
