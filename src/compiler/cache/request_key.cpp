// SPDX-License-Identifier: MIT
#include "compiler/cache/request_key.hpp"

#include "compiler/cache/artifact.hpp"
#include "compiler/cache/byte_stream.hpp"
#include "compiler/cache/host_identity.hpp"
#include "compiler/cache/included_files.hpp"
#include "compiler/cache/payload.hpp"
#include "compiler/targets/cuda/nvrtc_location.hpp"

#include <climits>
#include <unistd.h>

namespace dotcompute::compiler {
namespace {

std::string working_folder() {
  char path[PATH_MAX];
  // A folder that was removed or is too deep has no name; relative includes then fail in the compiler all the same.
  return getcwd(path, sizeof path) ? std::string(path) : std::string();
}

} // namespace

digest request_key(const request& r) {
  byte_writer w;
  w.reserve(r.source.size() + 1024);
  w.varint(artifact_version);
  w.text(compiler_identity());
  if (const auto* cpu = std::get_if<cpu_target>(&r.target))
    w.text(cpu->cpu.empty() || cpu->cpu == "native" ? host_identity() : std::string_view());
  else
    w.text(std::holds_alternative<cuda_target>(r.target) && r.emit == stage::program ? cuda::nvrtc_identity()
                                                                                     : std::string());
  w.text(may_include_files(r.source, r.options) ? working_folder() : std::string());
  if (r.specialize && r.any_local_size) {
    // Specialised requests come from programs of either kind; the flag changes nothing for them.
    request plain = r;
    plain.any_local_size = false;
    write(w, plain);
  } else {
    write(w, r);
  }
  return digest_of(w.view());
}

} // namespace dotcompute::compiler
