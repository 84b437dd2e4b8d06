// SPDX-License-Identifier: MIT
#include "api/program_image.hpp"

#include "compiler/server/service.hpp"
#include "execution/device_checksum.hpp"
#include "support/log.hpp"

#include <dotcompute/error.hpp>

#include <algorithm>
#include <chrono>

namespace dotcompute::api {
namespace {

constexpr auto compile_time = std::chrono::minutes(1);

own_program compile(const compiler::target_description& target, const char* file, const char* source) {
  compiler::request r;
  r.file_name = file;
  r.source = source;
  r.target = target;
  own_program made{compiler::service::shared().compile(r, compile_time).outcome, {}};
  if (made.result->succeeded && made.result->entries.size() == 1) made.image = image_of(*made.result, file);
  return made;
}

} // namespace

drivers::program_image image_of(const compiler::result& r, const std::string& name) {
  drivers::program_image image;
  image.name = name;
  image.binary = r.binary;
  image.print_formats = r.print_formats;
  for (const auto& e : r.entries) {
    const auto k = std::find_if(r.kernels.begin(), r.kernels.end(),
                                [&](const kernel_reflection& one) { return one.name == e.kernel; });
    const bool is_known = k != r.kernels.end();
    drivers::kernel_code code{e.kernel, e.symbol, e.local_size, e.local_bytes, e.scratch_bytes, is_known && k->is_flat,
                              e.prints, {}};
    code.wide_symbol = e.wide_symbol;
    code.items = e.items;
    code.guarded_dimensions = e.guarded_dimensions;
    if (is_known)
      for (const argument_reflection& a : k->arguments)
        code.arguments.push_back({a.offset, a.size, a.space});
    image.kernels.push_back(std::move(code));
  }
  return image;
}

std::optional<own_program> make_canary(const compiler::target_description& target) {
  try {
    own_program made = compile(target, "canary.cl",
                               "kernel void canary(global uint* out, uint seed) {\n"
                               "  uint i = get_global_id(0);\n"
                               "  out[i] = i * 2654435761u ^ seed;\n"
                               "}\n");
    if (!made.image.kernels.empty()) return made;
    log::warning("there is no canary kernel: {}", made.result->log);
  } catch (const error& e) { // a device that runs what was compiled before needs no compiler
    log::warning("there is no canary kernel: {}", e.what());
  }
  return {};
}

own_program make_checksum(const compiler::target_description& target) {
  own_program made = compile(target, "checksum.cl", execution::checksum_source);
  if (!made.image.kernels.empty()) return made;
  throw error(error_code::compile_failed, "the kernel that takes checksums does not compile: " + made.result->log,
              {"", 0, "guard a buffer", "Guard host-shared buffers only."});
}

} // namespace dotcompute::api
