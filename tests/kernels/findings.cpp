// SPDX-License-Identifier: MIT
// Under Oclgrind a case fails by what its kernels do, even if the results are right. These kernels are wrong on
// purpose.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

/// What Oclgrind says of one work-group of four.
std::string finding_in(const std::string& body) {
  program_under_test program("kernel void k(global int* r) { local int l[4]; int i = get_local_id(0); " + body + " }");
  std::vector<std::int32_t> result(4);
  try {
    program.run(over(4, 4), {out(result)});
  } catch (const finding& found) {
    return found.what();
  }
  return {};
}

class findings : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_findings()) GTEST_SKIP() << "the driver looks for nothing";
  }
};

TEST_F(findings, a_store_out_of_bounds) {
  EXPECT_NE(finding_in("r[i + 1] = i;").find("Invalid write of size 4"), std::string::npos);
}

TEST_F(findings, a_race) {
  EXPECT_NE(finding_in("l[i] = i; r[i] = l[3 - i];").find("data race at local memory"), std::string::npos);
}

TEST_F(findings, a_value_that_was_never_written) {
  EXPECT_NE(finding_in("int p[4]; p[i] = i; r[i] = p[3 - i];").find("Uninitialized value"), std::string::npos);
}

TEST_F(findings, a_barrier_that_some_do_not_reach) {
  EXPECT_NE(finding_in("if (i == 3) return; barrier(CLK_LOCAL_MEM_FENCE); r[i] = i;").find("divergence"),
            std::string::npos);
}

TEST_F(findings, nothing_in_a_kernel_that_is_right) {
  EXPECT_EQ(finding_in("l[i] = i; barrier(CLK_LOCAL_MEM_FENCE); r[i] = l[3 - i];"), "");
}

} // namespace
} // namespace kernel_suite
