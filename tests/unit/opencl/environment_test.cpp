// SPDX-License-Identifier: MIT
#include "opencl_fixture.hpp"

namespace dotcompute::opencl::test {
namespace {

class opencl_environment_test : public testing::Test {
 protected:
  void SetUp() override {
    use_failing_loader();
    if (!has_device()) GTEST_SKIP() << "there is no OpenCL device";
  }
  void TearDown() override {
    ::unsetenv("DOTCOMPUTE_OPENCL_TEXT");
    ::unsetenv("DOTCOMPUTE_OPENCL_MEMORY");
  }

  /// What opening the device says with the variable set so; it must not open.
  static error refusal(const char* variable, const char* word) {
    ::setenv(variable, word, 1);
    try {
      open(0, {});
    } catch (const error& e) {
      ::unsetenv(variable);
      return e;
    }
    ::unsetenv(variable);
    throw std::logic_error("the device opens");
  }

  const own_cache cache_;
};

TEST_F(opencl_environment_test, AnUnknownWordIsRefusedWithTheWordsThatThereAre) {
  const error text = refusal("DOTCOMPUTE_OPENCL_TEXT", "Printed");
  EXPECT_EQ(text.code(), error_code::invalid_argument);
  EXPECT_NE(std::string(text.what()).find("DOTCOMPUTE_OPENCL_TEXT is 'Printed'"), std::string::npos) << text.what();
  EXPECT_NE(std::string(text.what()).find("source or printed"), std::string::npos) << text.what();
  const error memory = refusal("DOTCOMPUTE_OPENCL_MEMORY", "shared");
  EXPECT_EQ(memory.code(), error_code::invalid_argument);
  EXPECT_NE(std::string(memory.what()).find("host, fine, coarse or objects"), std::string::npos) << memory.what();
}

TEST_F(opencl_environment_test, KnownWordsAndEmptyOnesOpen) {
  for (const char* const word : {"", "source", "printed"}) {
    ::setenv("DOTCOMPUTE_OPENCL_TEXT", word, 1);
    EXPECT_NO_THROW(open(0, {})) << word;
  }
}

} // namespace
} // namespace dotcompute::opencl::test
