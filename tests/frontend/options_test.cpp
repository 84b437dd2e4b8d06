// SPDX-License-Identifier: MIT
#include "translate_text.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace dotcompute::frontend::testing {
namespace {

const std::string plain = "kernel void k(global float* o, float x) { o[0] = x / 3 + x; }";

TEST(options, definitions) {
  const std::string source = "kernel void k(global int* o) { o[0] = A; }";
  for (const char* options : {"-DA=7", "-D A=7", "  -D  A=7 ", "-D\"A=7\"", "\"-DA=7\"", "-DA=3 -UA -DA=7"})
    EXPECT_HAS(ir_of(source, options), "constant i32 7");
  EXPECT_HAS(ir_of("kernel void k(global int* o) { o[0] = A; }", "-DA"), "constant i32 1");
  EXPECT_HAS(ir_of("kernel void k(global int* o) { constant char* s = A; o[0] = s[0]; }", R"(-DA=\"hi\")"), "68 69 00");
}

TEST(options, unknown_ones_are_named) {
  const translation t = translate(plain, "user.cl", "-cl-mad-enable -fno-such-thing");
  EXPECT_FALSE(t.program);
  EXPECT_HAS(t.log, "'-fno-such-thing'");
  EXPECT_HAS(translate(plain, "user.cl", "stray").log, "'stray'");
  EXPECT_HAS(translate(plain, "user.cl", "-cl-std=CL9").log, "CL9");
  EXPECT_HAS(translate(plain, "user.cl", "-D").log, "'-D'");
  EXPECT_HAS(translate(plain, "user.cl", "-DA=\"x").log, "quote");
}

TEST(options, every_known_one_is_accepted) {
  ir_of(plain,
        "-cl-single-precision-constant -cl-denorms-are-zero -cl-fp32-correctly-rounded-divide-sqrt -cl-opt-disable"
        " -cl-mad-enable -cl-no-signed-zeros -cl-unsafe-math-optimizations -cl-finite-math-only"
        " -cl-fast-relaxed-math -w -Werror -cl-std=CL1.2 -cl-kernel-arg-info -g -I /tmp");
  for (const char* standard : {"CL1.0", "CL1.1", "CL1.2", "CL3.0"})
    ir_of(plain, std::string("-cl-std=") + standard);
}

TEST(options, optimisation_can_be_turned_off) {
  EXPECT_TRUE(translate(plain, "user.cl", "").program->optimize);
  EXPECT_FALSE(translate(plain, "user.cl", "-cl-opt-disable").program->optimize);
}

TEST(options, standards_differ) {
  const std::string source = "kernel void k(global int* o) { o[0] = __OPENCL_C_VERSION__; }";
  EXPECT_HAS(ir_of(source), "constant i32 120");
  EXPECT_HAS(ir_of(source, "-cl-std=CL1.1"), "constant i32 110");
  EXPECT_HAS(ir_of(source, "-cl-std=CL3.0"), "constant i32 300");
}

TEST(options, relaxed_mathematics_sets_flags) {
  EXPECT_HAS_NOT(ir_of(plain), "fast");
  const std::string relaxed = ir_of(plain, "-cl-fast-relaxed-math");
  EXPECT_NE(relaxed, ir_of(plain));
  EXPECT_HAS(ir_of("kernel void k(global int* o) {\n#ifdef __FAST_RELAXED_MATH__\no[0] = 77;\n#endif\n}",
                   "-cl-fast-relaxed-math"),
             "constant i32 77");
}

TEST(options, what_a_program_allows_is_kept_with_it) {
  const auto floats = [](const char* options) { return translate(plain, "user.cl", options).program->floats; };
  EXPECT_EQ(floats(""), ir::float_options{});
  EXPECT_EQ(floats("-cl-finite-math-only -cl-no-signed-zeros -cl-fp32-correctly-rounded-divide-sqrt"),
            ir::float_options{});
  EXPECT_EQ(floats("-cl-denorms-are-zero"), (ir::float_options{.denormals_are_zero = true}));
  EXPECT_EQ(floats("-cl-mad-enable"), (ir::float_options{.contract = true}));
  const ir::float_options all{.denormals_are_zero = true, .contract = true, .approximate = true};
  EXPECT_EQ(floats("-cl-unsafe-math-optimizations"), all);
  EXPECT_EQ(floats("-cl-fast-relaxed-math"), all);
}

TEST(options, single_precision_constants) {
  EXPECT_HAS(ir_of("kernel void k(global float* o) { o[0] *= 0.1; }"), "fmul f64");
  EXPECT_HAS(ir_of("kernel void k(global float* o) { o[0] *= 0.1; }", "-cl-single-precision-constant"), "fmul f32");
}

TEST(options, warnings_can_be_silenced_or_errors) {
  const std::string source = "kernel void k(global int* o) { o[0] = 1, 2; }";
  EXPECT_TRUE(translate(source, "user.cl", "-w").diagnostics.empty());
  EXPECT_FALSE(translate(source, "user.cl", "-Werror").program);
}

TEST(options, extensions_are_announced) {
  for (const char* macro :
       {"cl_khr_fp64", "cl_khr_byte_addressable_store", "cl_khr_int64_base_atomics", "cl_khr_int64_extended_atomics",
        "cl_khr_global_int32_base_atomics", "cl_khr_global_int32_extended_atomics", "cl_khr_local_int32_base_atomics",
        "cl_khr_local_int32_extended_atomics"})
    ir_of(std::string("#ifndef ") + macro + "\n#error missing\n#endif\n#pragma OPENCL EXTENSION " + macro +
          " : enable\nkernel void k(global int* o) { o[0] = 1; }");
  error_of("#ifndef __IMAGE_SUPPORT__\n#error no images\n#endif\n#ifdef cl_khr_fp16\n#error half\n#endif\n"
           "#ifdef cl_khr_3d_image_writes\n#error images\n#endif\nkernel void k(global half* h) { h[0] = 1; }");
}

class includes : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "dotcompute-frontend-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::filesystem::create_directory(folder_ / "with space");
    std::ofstream(folder_ / "one.h") << "#define ONE 11\n#include \"with space/two.h\"\n";
    std::ofstream(folder_ / "with space" / "two.h") << "#define TWO 22\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(includes, are_found_through_options) {
  const std::string source =
      "#include \"one.h\"\n#include <two.h>\nkernel void k(global int* o) { o[0] = ONE; o[1] = TWO; }";
  const translation t =
      translate(source, "user.cl", "-I " + folder_.string() + " \"-I" + (folder_ / "with space").string() + "\"");
  ASSERT_TRUE(t.program) << t.log;
  EXPECT_EQ(t.included_files.size(), 2u); // one of them by two names
  for (const auto& file : t.included_files)
    EXPECT_HAS(file.path, folder_.string());
}

TEST_F(includes, are_found_beside_an_absolute_name) {
  const translation t = translate("#include \"one.h\"\nkernel void k(global int* o) { o[0] = TWO; }",
                                  (folder_ / "not on disk.cl").string(), "");
  ASSERT_TRUE(t.program) << t.log;
  ASSERT_EQ(t.included_files.size(), 2u);
  EXPECT_EQ(t.included_files[0].path, (folder_ / "one.h").string());
  EXPECT_EQ(t.included_files[0].contents, digest_of("#define ONE 11\n#include \"with space/two.h\"\n"));
}

TEST_F(includes, errors_in_them_name_them) {
  std::ofstream(folder_ / "bad.h") << "\nint broken = ;\n";
  const auto e = error_of("#include \"bad.h\"\n", "-I " + folder_.string());
  EXPECT_HAS(e.file, "bad.h");
  EXPECT_EQ(e.line, 2u);
}

} // namespace
} // namespace dotcompute::frontend::testing
