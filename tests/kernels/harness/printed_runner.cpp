// SPDX-License-Identifier: MIT
// What the compiler prints as OpenCL C, run by another OpenCL implementation without the driver in between.
#include "harness/printed_runner.hpp"

#include "compiler/server/service.hpp"
#include "compiler/targets/opencl/program_text.hpp"

namespace kernel_suite {
namespace {

constexpr std::chrono::minutes patience{2};

class printed_program final : public built_program {
 public:
  printed_program(std::string warnings, std::string text, std::unique_ptr<built_program> program)
      : warnings_(std::move(warnings)), text_(std::move(text)), program_(std::move(program)) {}

  std::string log() const override { return warnings_ + program_->log(); }
  void run(const launch& l, std::vector<argument>& arguments) override {
    try {
      program_->run(l, arguments);
    } catch (const finding& found) {
      throw finding(found.what() + ("\nin the printed text\n" + text_));
    }
  }

 private:
  std::string warnings_, text_;
  std::unique_ptr<built_program> program_;
};

class printed_runner final : public runner {
 public:
  printed_runner(std::string name, std::unique_ptr<runner> implementation)
      : name_(std::move(name)), implementation_(std::move(implementation)) {}

  std::string name() const override { return name_; }
  bool is_dotcompute() const override { return true; }
  bool pocl_compiles() const override { return implementation_->pocl_compiles(); }
  bool has_findings() const override { return implementation_->has_findings(); }
  std::size_t max_group_size() const override { return implementation_->max_group_size(); }
  std::uint64_t local_memory_bytes() const override { return implementation_->local_memory_bytes(); }

  std::unique_ptr<built_program> build(const source_text& source) override {
    dotcompute::compiler::request r;
    r.source = source.text;
    r.file_name = source.file_name;
    r.options = source.options;
    r.target = dotcompute::compiler::opencl_target{.printed = true};
    const auto answer = dotcompute::compiler::service::shared().compile(r, patience);
    if (!answer.outcome->succeeded) throw build_failure(answer.outcome->log);
    const auto printed = dotcompute::compiler::opencl::decode(answer.outcome->binary);
    if (!printed) throw build_failure("the compiler made no text");
    try {
      return std::make_unique<printed_program>(answer.outcome->log, printed->source,
                                               implementation_->build({printed->source, printed->options}));
    } catch (const build_failure& e) {
      throw build_failure(e.what() + ("\n" + printed->source));
    }
  }

 private:
  std::string name_;
  std::unique_ptr<runner> implementation_;
};

} // namespace

std::unique_ptr<runner> make_printed_runner(const std::string& driver) {
  return std::make_unique<printed_runner>(driver, make_opencl_runner(driver.substr(0, driver.find(':'))));
}

} // namespace kernel_suite
