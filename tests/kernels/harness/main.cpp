// SPDX-License-Identifier: MIT
// kernel_suite [--driver cpu|cuda:0|opencl:0|pocl|pocl:printed|oclgrind|oclgrind:printed|nvrtc] [--lanes N] and
// GoogleTest's options. A driver that is not there skips every case and says why.
#include "harness/suite.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

namespace kernel_suite {
namespace {

std::unique_ptr<runner> the_runner;

runner_options read_options(int argc, char** argv) {
  runner_options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--driver" && i + 1 < argc) {
      options.driver = argv[++i];
    } else if (word == "--lanes" && i + 1 < argc) {
      char* end = nullptr;
      const unsigned long lanes = std::strtoul(argv[++i], &end, 10);
      if (*end != '\0' || lanes > 64) {
        std::cerr << "kernel_suite: --lanes takes 0 to 64, not '" << argv[i] << "'\n";
        std::exit(2);
      }
      options.lanes = static_cast<std::uint32_t>(lanes);
    } else {
      std::cerr << "kernel_suite: unknown option '" << word << "'\n";
      std::exit(2);
    }
  }
  return options;
}

} // namespace

runner& current_runner() {
  return *the_runner;
}

} // namespace kernel_suite

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const auto options = kernel_suite::read_options(argc, argv);
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  try {
    kernel_suite::the_runner = kernel_suite::make_runner(options);
  } catch (const kernel_suite::runner_missing& missing) {
    std::printf("[  SKIPPED ] driver '%s': %s\n", options.driver.c_str(), missing.what());
    return 77; // CTest's SKIP_RETURN_CODE
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "driver '%s' cannot be used: %s\n", options.driver.c_str(), problem.what());
    return 1;
  }
  const int outcome = RUN_ALL_TESTS();
  kernel_suite::the_runner.reset();
  return outcome;
}
