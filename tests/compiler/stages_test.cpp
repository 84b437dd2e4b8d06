// SPDX-License-Identifier: MIT
// What each stage gives, for each target that can be asked for.
#include "compile_text.hpp"
#include "compiler/targets/opencl/program_text.hpp"

#include <gtest/gtest.h>

namespace dotcompute::tests {

namespace {

constexpr const char* saxpy = "__kernel void saxpy(float a, __global const float* x, __global float* y) {"
                              "  size_t i = get_global_id(0); y[i] = a * x[i] + y[i]; }";

} // namespace

TEST(stages, each_shows_its_form) {
  EXPECT_NE(text_of(compile_text(saxpy, compiler::stage::ir)).find("kernel saxpy"), std::string::npos);
  EXPECT_NE(text_of(compile_text(saxpy, compiler::stage::llvm)).find("define void @dc_saxpy"), std::string::npos);
  EXPECT_NE(text_of(compile_text(saxpy, compiler::stage::assembly)).find("vfmadd"), std::string::npos);
  for (const compiler::stage s : {compiler::stage::object, compiler::stage::program}) {
    const compiler::result r = compile_text(saxpy, s);
    ASSERT_TRUE(r.succeeded) << r.log;
    EXPECT_EQ(text_of(r).substr(0, 4), "\x7f"
                                       "ELF");
    ASSERT_EQ(r.entries.size(), 1u);
    EXPECT_EQ(r.entries[0].kernel, "saxpy");
    EXPECT_EQ(r.entries[0].lanes, 16u);
  }
}

TEST(stages, without_optimisation_nothing_is_moved_out_of_a_loop) {
  // A loop's invariant product: one multiplication before the loop, or one inside it.
  const std::string source = "kernel void k(global int* o, int n, int a, int b) {"
                             "  int s = 0; for (int i = 0; i < n; ++i) s ^= a * b + i; o[get_global_id(0)] = s; }";
  const auto product_comes_first = [&](const char* options) {
    compiler::request r;
    r.source = source;
    r.options = options;
    r.emit = compiler::stage::llvm;
    r.target = compiler::cpu_target{"x86-64-v4", "", 1};
    const compiler::result out = compiler::compile(r);
    EXPECT_TRUE(out.succeeded) << out.log;
    const std::string text = text_of(out);
    const std::size_t loop = text.find("phi"), product = text.find("mul i32");
    EXPECT_NE(product, std::string::npos) << text;
    return product < loop;
  };
  EXPECT_TRUE(product_comes_first(""));
  EXPECT_FALSE(product_comes_first("-cl-opt-disable"));
}

TEST(stages, every_lane_width_and_cpu_level_compiles) {
  for (const std::uint32_t lanes : {1u, 2u, 4u, 8u, 16u, 32u})
    EXPECT_TRUE(compile_text(saxpy, compiler::stage::program, {}, lanes).succeeded) << lanes;
  for (const auto& [cpu, lanes] : {std::pair{"x86-64-v2", 4u}, {"x86-64-v3", 8u}, {"x86-64-v4", 16u}}) {
    compiler::request r;
    r.source = saxpy;
    r.target = compiler::cpu_target{cpu, "", 0};
    const compiler::result out = compiler::compile(r);
    ASSERT_TRUE(out.succeeded) << cpu << "\n" << out.log;
    EXPECT_EQ(out.entries.at(0).lanes, lanes) << cpu;
  }
}

TEST(stages, an_opencl_driver_gets_what_the_front_end_has_read) {
  compiler::request r;
  r.source = saxpy;
  r.file_name = "test.cl";
  r.options = "-D A=1";
  r.target = compiler::opencl_target{};
  const compiler::result out = compiler::compile(r);
  ASSERT_TRUE(out.succeeded) << out.log;
  const auto text = compiler::opencl::decode(out.binary);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->source, saxpy);
  EXPECT_EQ(text->options, "-D A=1 -cl-std=CL1.2");
  ASSERT_EQ(out.entries.size(), 1u);
  EXPECT_EQ(out.entries[0].symbol, "saxpy");
  EXPECT_EQ(out.kernels.at(0).arguments.size(), 3u);

  r.emit = compiler::stage::assembly;
  EXPECT_NE(compiler::compile(r).log.find("OpenCL"), std::string::npos);
  r.emit = compiler::stage::program;
  r.source = "kernel void k(global int* r) { if (get_local_id(0) < 3) barrier(CLK_LOCAL_MEM_FENCE); r[0] = 1; }";
  EXPECT_FALSE(compiler::compile(r).succeeded);
}

TEST(stages, an_opencl_driver_gets_the_printed_text_where_that_is_asked_for) {
  compiler::request r;
  r.source = saxpy;
  r.file_name = "test.cl";
  r.options = "-D A=1 -cl-denorms-are-zero";
  r.target = compiler::opencl_target{.printed = true, .divides_exactly = true};
  const compiler::result out = compiler::compile(r);
  ASSERT_TRUE(out.succeeded) << out.log;
  const auto text = compiler::opencl::decode(out.binary);
  ASSERT_TRUE(text);
  EXPECT_NE(text->source.find("multiply_add_float(a, x[global_id_x], y[global_id_x])"), std::string::npos)
      << text->source;
  EXPECT_EQ(text->options, "-cl-std=CL1.2 -cl-denorms-are-zero -cl-fp32-correctly-rounded-divide-sqrt");
  ASSERT_EQ(out.entries.size(), 1u);
  EXPECT_EQ(out.entries[0].symbol, "saxpy");

  r.emit = compiler::stage::opencl;
  EXPECT_EQ(text_of(compiler::compile(r)), text->source);
  r.target = compiler::cpu_target{"x86-64-v3", "", 0};
  EXPECT_NE(compiler::compile(r).log.find("OpenCL"), std::string::npos);
}

TEST(stages, an_unknown_cpu_or_kernel_is_an_error_that_names_it) {
  compiler::request r;
  r.source = saxpy;
  r.target = compiler::cpu_target{"no-such-cpu", "", 0};
  EXPECT_NE(compiler::compile(r).log.find("no-such-cpu"), std::string::npos);
  const compiler::result out =
      compile_text(saxpy, compiler::stage::program, compiler::specialization{"nothing", {1, 1, 1}});
  EXPECT_FALSE(out.succeeded);
  EXPECT_NE(out.log.find("nothing"), std::string::npos);
}

TEST(stages, the_same_request_gives_the_same_bytes) {
  const compiler::result a = compile_text(saxpy, compiler::stage::program),
                         b = compile_text(saxpy, compiler::stage::program);
  EXPECT_EQ(a.binary, b.binary);
}

} // namespace dotcompute::tests
