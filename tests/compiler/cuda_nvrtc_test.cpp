// SPDX-License-Identifier: MIT
// What NVRTC makes of the CUDA C. Without NVRTC on the machine, the cases that need it say so and are skipped.
#include "compile_text.hpp"
#include "compiler/targets/cuda/nvrtc.hpp"
#include "compiler/targets/cuda/nvrtc_location.hpp"
#include "compiler/targets/cuda/resources.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace dotcompute::tests {
namespace {

/// Sets a variable of the environment for as long as it lives.
class scoped_variable {
 public:
  scoped_variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~scoped_variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class cuda_nvrtc_for : public testing::TestWithParam<std::uint32_t> {};

TEST_P(cuda_nvrtc_for, every_benchmark_kernel_compiles) {
  const std::uint32_t architecture = GetParam();
  const std::vector<std::uint32_t> known = cuda::nvrtc_architectures();
  if (known.empty()) GTEST_SKIP() << "this machine has no NVRTC: DOTCOMPUTE_NVRTC can name one";
  if (std::find(known.begin(), known.end(), architecture) == known.end())
    GTEST_SKIP() << "this machine's NVRTC, " << cuda::find_nvrtc().path << ", does not compile for sm_" << architecture;
  for (const auto& file : std::filesystem::directory_iterator(DOTCOMPUTE_TEST_KERNELS)) {
    if (file.path().extension() != ".cl") continue;
    std::ostringstream source;
    source << std::ifstream(file.path()).rdbuf();
    for (const char* const options : {"", "-cl-fast-relaxed-math"}) {
      SCOPED_TRACE(file.path().string() + " " + options);
      compiler::request r = cuda_request(source.str(), architecture);
      r.any_local_size = true;
      r.options = options;
      const compiler::result out = compiler::compile(r);
      ASSERT_TRUE(out.succeeded) << out.log;
      EXPECT_FALSE(out.binary.empty());
      EXPECT_FALSE(out.entries.empty());
      for (const auto& e : out.entries) {
        ASSERT_TRUE(e.resources.registers) << e.symbol;
        EXPECT_GT(*e.resources.registers, 0u);
        EXPECT_LE(*e.resources.registers, 255u) << e.symbol;
        EXPECT_EQ(e.resources.spill_bytes.value_or(0u), 0u) << e.symbol;
        EXPECT_GE(e.resources.max_local_items.value_or(0u), e.local_size[0] * e.local_size[1] * e.local_size[2]);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(architectures, cuda_nvrtc_for, testing::Values(80u, 90u, 100u),
                         [](const auto& each) { return "sm_" + std::to_string(each.param); });

TEST(cuda_nvrtc, options_say_what_the_program_allows) {
  const auto options = [](const ir::float_options& floats) {
    std::string all;
    for (const std::string& option : cuda::nvrtc_options(90, floats))
      all += option + " ";
    return all;
  };
  const std::string before = "--gpu-architecture=sm_90 --std=c++17 ", after = "--ptxas-options=-v ";
  EXPECT_EQ(options({}), before + "--fmad=false --prec-div=true --prec-sqrt=true --ftz=false " + after);
  EXPECT_EQ(options({.denormals_are_zero = true}),
            before + "--fmad=false --prec-div=true --prec-sqrt=true --ftz=true " + after);
  EXPECT_EQ(options({.contract = true}), before + "--fmad=true --prec-div=true --prec-sqrt=true --ftz=false " + after);
  EXPECT_EQ(options({.denormals_are_zero = true, .contract = true, .approximate = true}),
            before + "--fmad=true --prec-div=true --prec-sqrt=false --ftz=true " + after);
}

TEST(cuda_nvrtc, an_unknown_architecture_is_an_error_with_those_there_are) {
  if (cuda::nvrtc_architectures().empty()) GTEST_SKIP() << "this machine has no NVRTC: DOTCOMPUTE_NVRTC can name one";
  const compiler::result r =
      compiler::compile(cuda_request("kernel void k(global int* x) { x[get_global_id(0)] = 1; }", 987));
  EXPECT_FALSE(r.succeeded);
  EXPECT_NE(r.log.find("does not compile for sm_987; it knows"), std::string::npos) << r.log;
}

TEST(cuda_nvrtc, a_missing_library_is_an_error_that_says_what_was_looked_for) {
  const scoped_variable named("DOTCOMPUTE_NVRTC", "/nowhere/libnvrtc.so");
  EXPECT_EQ(cuda::find_nvrtc().path, "");
  EXPECT_EQ(cuda::nvrtc_identity(), "");
  const compiler::result r =
      compiler::compile(cuda_request("kernel void k(global int* x) { x[get_global_id(0)] = 1; }"));
  if (!r.succeeded) {
    EXPECT_NE(r.log.find("/nowhere/libnvrtc.so"), std::string::npos) << r.log;
    EXPECT_NE(r.log.find("Install"), std::string::npos) << r.log;
  }
}

TEST(cuda_nvrtc, the_library_found_is_named_by_its_real_file) {
  const auto folder = std::filesystem::temp_directory_path() / ("nvrtc-location-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "libnvrtc.so.13.0.88") << "not a library";
  std::filesystem::create_symlink("libnvrtc.so.13.0.88", folder / "libnvrtc.so.13");
  {
    const scoped_variable named("DOTCOMPUTE_NVRTC", (folder / "libnvrtc.so.13").string());
    EXPECT_TRUE(cuda::find_nvrtc().path.ends_with("libnvrtc.so.13.0.88"));
    const std::string before = cuda::nvrtc_identity();
    EXPECT_NE(before, "");
    std::ofstream(folder / "libnvrtc.so.13.0.88", std::ios::app) << ", still";
    EXPECT_NE(cuda::nvrtc_identity(), before);
  }
  std::filesystem::remove_all(folder);
}

TEST(cuda_nvrtc, resources_are_read_from_the_assemblers_words) {
  const char* const log = "ptxas info    : 0 bytes gmem\n"
                          "ptxas info    : Compiling entry function 'dc_a' for 'sm_90'\n"
                          "ptxas info    : Function properties for dc_a\n"
                          "    16 bytes stack frame, 12 bytes spill stores, 8 bytes spill loads\n"
                          "ptxas info    : Used 168 registers, 600 bytes cmem[0]\n"
                          "ptxas info    : Compiling entry function 'dc_ab' for 'sm_90'\n"
                          "ptxas info    : Function properties for dc_ab\n"
                          "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
                          "ptxas info    : Used 10 registers, 48 bytes smem, 600 bytes cmem[0]\n";
  const kernel_resources a = cuda::resources_in_log(log, "dc_a");
  EXPECT_EQ(a, (kernel_resources{168u, 12u, 16u, 0u, 384u}));
  EXPECT_EQ(cuda::resources_in_log(log, "dc_ab"), (kernel_resources{10u, 0u, 0u, 48u, 1024u}));
  EXPECT_EQ(cuda::resources_in_log(log, "dc_b"), kernel_resources{}) << "what is not there is unknown";
  EXPECT_EQ(cuda::resources_in_log("", "dc_a"), kernel_resources{});
}

} // namespace
} // namespace dotcompute::tests
