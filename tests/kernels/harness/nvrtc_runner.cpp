// SPDX-License-Identifier: MIT
// Every text of the suite, compiled by the real NVRTC for several GPUs, on machines that have none: the processor runs
// it, so that each case comes to all of its texts.
#include "harness/nvrtc_runner.hpp"

#include "compiler/server/service.hpp"
#include "compiler/targets/cuda/nvrtc.hpp"

#include <algorithm>
#include <iterator>

namespace kernel_suite {
namespace {

using dotcompute::compiler::result;

constexpr std::uint32_t wanted[] = {80, 90, 100};
constexpr std::uint32_t most_registers = 255; // a thread's, on every architecture since sm_35
constexpr std::chrono::minutes patience{2};

/// What no kernel may be like; empty when nothing is.
std::string fault_of(const result::entry& e) {
  const auto& r = e.resources;
  const std::uint64_t items = std::uint64_t{e.local_size[0]} * e.local_size[1] * e.local_size[2];
  if (!r.registers || *r.registers == 0 || *r.registers > most_registers) return "registers are not 1 to 255";
  if (!r.max_local_items || *r.max_local_items < items) return "its own local size has no room";
  if (!r.spill_bytes || !r.stack_bytes) return "spilled bytes or the stack are unknown";
  return {};
}

class nvrtc_runner final : public runner {
 public:
  nvrtc_runner(std::unique_ptr<runner> processor, std::vector<std::uint32_t> architectures)
      : processor_(std::move(processor)), architectures_(std::move(architectures)) {}

  std::string name() const override { return "nvrtc"; }
  bool is_dotcompute() const override { return true; }
  std::size_t max_group_size() const override { return processor_->max_group_size(); }
  std::uint64_t local_memory_bytes() const override { return processor_->local_memory_bytes(); }

  std::unique_ptr<built_program> build(const source_text& source) override {
    auto built = processor_->build(source);
    dotcompute::compiler::request r;
    r.source = source.text;
    r.file_name = source.file_name;
    r.options = source.options;
    r.any_local_size = true;
    for (const std::uint32_t architecture : architectures_) {
      const std::string target = "sm_" + std::to_string(architecture) + ": ";
      r.target = dotcompute::compiler::cuda_target{architecture};
      const auto answer = dotcompute::compiler::service::shared().compile(r, patience);
      const result& out = *answer.outcome;
      if (!out.succeeded) throw build_failure(target + out.log);
      if (out.binary.empty() && !out.entries.empty()) throw build_failure(target + "no code");
      for (const auto& e : out.entries)
        if (const std::string fault = fault_of(e); !fault.empty())
          throw build_failure(target + "kernel '" + e.kernel + "': " + fault);
    }
    return built;
  }

 private:
  std::unique_ptr<runner> processor_;
  std::vector<std::uint32_t> architectures_;
};

} // namespace

std::unique_ptr<runner> make_nvrtc_runner(const std::string& driver) {
  const std::vector<std::uint32_t> known = dotcompute::cuda::nvrtc_architectures();
  if (known.empty()) throw runner_missing("this machine has no NVRTC: DOTCOMPUTE_NVRTC can name one");
  std::vector<std::uint32_t> architectures; // both ascend
  std::set_intersection(known.begin(), known.end(), std::begin(wanted), std::end(wanted),
                        std::back_inserter(architectures));
  if (const std::size_t colon = driver.find(':'); colon != std::string::npos)
    std::erase_if(architectures, [&](std::uint32_t a) { return std::to_string(a) != driver.substr(colon + 1); });
  if (architectures.empty()) throw runner_missing("this machine's NVRTC compiles for none of the architectures");
  return std::make_unique<nvrtc_runner>(make_dotcompute_runner({}), std::move(architectures));
}

} // namespace kernel_suite
