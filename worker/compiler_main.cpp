// SPDX-License-Identifier: MIT
// dotcompute-compiler: the process that links clang and LLVM. Services start it with --serve; builds call it with
// --compile.
#include "ahead_of_time.hpp"
#include "compiler/cache/cache_folder.hpp"
#include "compiler/cache/request_key.hpp"
#include "compiler/compile.hpp"
#include "compiler/server/protocol.hpp"
#include "compiler/server/serve.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>

namespace {

using namespace dotcompute::compiler;

/// Touches what every compilation needs, while the service does not wait yet: clang's tables, its OpenCL header, LLVM's
/// passes and the linker.
void warm_up() {
  request r;
  r.file_name = "warm_up.cl";
  r.source = "kernel void warm_up(global float* x, int n) {\n"
             "  int i = get_global_id(0);\n"
             "  if (i < n) x[i] = x[i] * 2.0f + (float)i;\n"
             "}\n";
  (void)compile(r);
}

int serve_parent(std::string_view parent) {
  serve_options o;
  o.socket = compiler_socket;
  const auto [end, failure] = std::from_chars(parent.data(), parent.data() + parent.size(), o.parent);
  if (failure != std::errc() || end != parent.data() + parent.size() || o.parent <= 0) return 2;
  o.identity = compiler_identity();
  o.address_space_bytes = compiler_memory_bytes();
  return serve(
      o, [](const request& r) { return compile(r); }, warm_up);
}

} // namespace

int main(int argc, char** argv) try {
  // Services start this; it is to be ready soon.
  if (argc == 3 && std::strcmp(argv[1], "--serve") == 0) return serve_parent(argv[2]);
  return compile_ahead_of_time(argc, argv);
} catch (const std::exception& e) {
  std::fprintf(stderr, "dotcompute-compiler: %s\n", e.what());
  return 3; // as for files that cannot be read or written: the text is not to blame, nor how this was called
}
