// SPDX-License-Identifier: MIT
// What compiling costs, as a ratio of processor times, so that neither the machine nor its load matters.
#include "compile_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <limits>

namespace dotcompute::tests {

namespace {

double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double seconds_to_compile(const std::string& source, std::uint32_t local_size) {
  compiler::request r;
  r.source = source;
  r.target = compiler::cpu_target{"znver4", "", 16}; // schedules before and after registers are assigned
  r.specialize = compiler::specialization{"k", {local_size, 1, 1}};
  EXPECT_TRUE(compiler::compile(r).succeeded); // fills tables; and linking sets LLVM's options back
  double least = std::numeric_limits<double>::max();
  for (int i = 0; i < 3; ++i) {
    const double begin = processor_seconds();
    EXPECT_TRUE(compiler::compile(r).succeeded);
    least = std::min(least, processor_seconds() - begin);
  }
  return least;
}

} // namespace

TEST(compile_time, grows_with_the_unrolled_packs_and_not_with_their_square) {
  // Private memory at varying addresses: sixteen lanes in turn, in each of four packs, all in one block.
  std::string source = "kernel void k(global int* r, local int* l) {\n  int t = get_local_id(0);\n";
  for (int i = 0; i < 8; ++i) {
    const std::string n = std::to_string(i);
    source += "  uchar a" + n + "[8]; a" + n + "[0] = a" + n + "[1] = 3; a" + n + "[(t + " + n + ") & 7] = t;\n";
  }
  source += "  l[t] = a0[1];\n  barrier(CLK_LOCAL_MEM_FENCE);\n  int sum = l[t ^ 1];\n";
  for (int i = 0; i < 8; ++i)
    source += "  sum += a" + std::to_string(i) + "[(sum + t) & 7];\n";
  source += "  r[t] = sum;\n}\n";
  // One pack and four.
  EXPECT_LT(seconds_to_compile(source, 64), 7 * seconds_to_compile(source, 16));
}

} // namespace dotcompute::tests
