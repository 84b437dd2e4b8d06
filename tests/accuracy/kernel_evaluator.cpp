// SPDX-License-Identifier: MIT
// The functions as kernels call them: OpenCL C compiled and run through the public interface.
#include "evaluator.hpp"

#include <dotcompute/dotcompute.hpp>

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>

namespace accuracy {

namespace {

using namespace dotcompute;

constexpr std::size_t capacity = 1u << 16;

/// "relaxed_sin" is sin with an option; native_ and half_ are names of their own.
struct spelling {
  std::string name, options;
};

spelling spelled(const function& f) {
  constexpr std::string_view relaxed = "relaxed_";
  if (!f.name.starts_with(relaxed)) return {std::string(f.name), "-cl-std=CL1.2"};
  return {std::string(f.name.substr(relaxed.size())), "-cl-std=CL1.2 -cl-fast-relaxed-math"};
}

/// A kernel named like the function with one argument for each array that the shape has, first to last as in `batch`.
std::string source(const function& f, precision p) {
  const std::string name = spelled(f).name;
  const char* t = p == precision::f32 ? "float" : "double";
  const char* bits = p == precision::f32 ? "uint" : "ulong";
  const char* first = f.form == shape::from_code ? bits : t;
  const char* second = second_input_is_int(f.form) ? "int" : t;
  const char* result = f.form == shape::to_int ? "int" : t;
  const char* other = second_output_is_int(f.form) ? "int" : t;
  std::string parameters = fmt::format("global const {}* first", first);
  std::string arguments = "first[i]", after;
  if (has_second_input(f.form)) {
    parameters += fmt::format(", global const {}* second", second);
    arguments += ", second[i]";
  }
  parameters += fmt::format(", global {}* result", result);
  std::string before;
  if (has_second_output(f.form)) {
    parameters += fmt::format(", global {}* other", other);
    arguments += ", &written";
    before = fmt::format("  {} written;\n", other);
    after = "  other[i] = written;\n";
  }
  return fmt::format("kernel void test_{}({}) {{\n  size_t i = get_global_id(0);\n{}  result[i] = {}({});\n{}}}\n",
                     f.name, parameters, before, name, arguments, after);
}

class kernel_evaluator final : public evaluator {
 public:
  kernel_evaluator(std::uint32_t lanes, std::vector<function> selected)
      : lanes_(lanes), selected_(std::move(selected)), device_(device::open("cpu")), queue_(device_),
        // Room for 8-byte elements in each of the four arrays.
        arrays_{buffer<std::byte>::host_shared(device_, capacity * 8),
                buffer<std::byte>::host_shared(device_, capacity * 8),
                buffer<std::byte>::host_shared(device_, capacity * 8),
                buffer<std::byte>::host_shared(device_, capacity * 8)} {}

  std::string name() const override {
    return lanes_ == 0 ? "kernels" : fmt::format("kernels, {} lane{}", lanes_, lanes_ == 1 ? "" : "s");
  }
  bool has(const function&, precision) const override { return true; }

  void evaluate(const function& f, precision p, const batch& data) override {
    const std::lock_guard lock(mutex_);
    const kernel& run = compiled(f, p);
    const std::size_t number = p == precision::f32 ? 4 : 8;
    const std::size_t second = second_input_is_int(f.form) ? 4 : number;
    const std::size_t result = f.form == shape::to_int ? 4 : number;
    const std::size_t other = second_output_is_int(f.form) ? 4 : number;
    for (std::size_t done = 0; done < data.count; done += capacity) {
      const std::size_t count = std::min(capacity, data.count - done);
      argument_list arguments(run);
      std::size_t next = 0;
      const auto in = [&](const void* from, std::size_t size) {
        std::memcpy(arrays_[next].span().data(), static_cast<const std::byte*>(from) + done * size, count * size);
        arguments.set(next, arrays_[next]);
        ++next;
      };
      in(data.first, number);
      if (has_second_input(f.form)) in(data.second, second);
      const std::size_t outputs = next;
      arguments.set(next, arrays_[next]);
      ++next;
      if (has_second_output(f.form)) arguments.set(next, arrays_[next]);
      queue_.launch(run, nd_range(count), arguments);
      queue_.finish(std::chrono::seconds(60));
      std::memcpy(static_cast<std::byte*>(data.result) + done * result, arrays_[outputs].span().data(), count * result);
      if (has_second_output(f.form))
        std::memcpy(static_cast<std::byte*>(data.second_result) + done * other, arrays_[outputs + 1].span().data(),
                    count * other);
    }
  }

 private:
  const kernel& compiled(const function& f, precision p) {
    const auto found = kernels_.find({std::string(f.name), p});
    if (found != kernels_.end()) return found->second;
    compile_with_neighbours(f, p);
    return kernels_.at({std::string(f.name), p});
  }

  /// One program for `f` and the functions after it that take the same options: compiling one kernel costs mostly
  /// what compiling a program does.
  void compile_with_neighbours(const function& f, precision p) {
    constexpr std::size_t most = 16;
    compile_options options;
    options.options = spelled(f).options;
    options.file_name = std::string(f.name) + ".cl";
    options.lanes = lanes_;
    options.timeout = std::chrono::minutes(5);
    std::string text = source(f, p);
    std::vector<std::string> names{std::string(f.name)};
    bool after = false;
    for (const function& other : selected_) {
      if (after && names.size() < most && other.limit(p) >= 0 && spelled(other).options == options.options) {
        text += source(other, p);
        names.emplace_back(other.name);
      }
      after = after || other.name == f.name;
    }
    const program all = program::compile(device_, text, options);
    for (const std::string& name : names)
      kernels_.try_emplace({name, p}, all.kernel("test_" + name));
  }

  std::uint32_t lanes_;
  std::vector<function> selected_;
  std::mutex mutex_;
  device device_;
  queue queue_;
  std::array<buffer<std::byte>, 4> arrays_;
  std::map<std::pair<std::string, precision>, kernel> kernels_;
};

} // namespace

std::unique_ptr<evaluator> make_kernel_evaluator(std::uint32_t lanes, std::vector<function> selected) {
  return std::make_unique<kernel_evaluator>(lanes, std::move(selected));
}

} // namespace accuracy
