// SPDX-License-Identifier: MIT
#include "harness/nvrtc_runner.hpp"
#include "harness/printed_runner.hpp"

namespace kernel_suite {

std::unique_ptr<runner> make_runner(const runner_options& options) {
  if (options.driver == "pocl" || options.driver == "oclgrind") return make_opencl_runner(options.driver);
#ifdef KERNEL_SUITE_HAS_DOTCOMPUTE
  if (options.driver.ends_with(":printed")) return make_printed_runner(options.driver);
  if (options.driver.starts_with("nvrtc")) return make_nvrtc_runner(options.driver);
  return make_dotcompute_runner(options);
#else
  throw runner_missing("this build of the suite has no such driver");
#endif
}

} // namespace kernel_suite
