// SPDX-License-Identifier: MIT
// cuda_hardware_test and GoogleTest's options; --child WORD... is how it starts itself for what must not happen in the
// process of the tests.
#include "gpu_fixture.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

int main(int argc, char** argv) {
  // About the driver, which runs here unless somebody says otherwise.
  ::setenv("DOTCOMPUTE_ISOLATION", "none", 0);
  if (argc > 2 && std::string_view(argv[1]) == "--child") {
    try {
      const std::string word = argv[2];
      if (word == "allocate" && argc > 3) return dotcompute::hardware::allocating_child(std::stoull(argv[3]));
      if (word == "fault" && argc > 3) return dotcompute::hardware::faults_child(argv[3]);
      std::fprintf(stderr, "cuda_hardware_test: no child is named '%s'\n", argv[2]);
      return 2;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "cuda_hardware_test --child %s: %s\n", argv[2], e.what());
      return 1;
    }
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
