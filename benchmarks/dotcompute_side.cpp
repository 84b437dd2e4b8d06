// SPDX-License-Identifier: MIT
// dotcompute through its public API, as any program uses it.
#include "side.hpp"

#include <dotcompute/dotcompute.hpp>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

class own_memory final : public memory {
 public:
  own_memory(const device& owner, queue commands, std::size_t bytes)
      : queue_(std::move(commands)), buffer_(owner, bytes, buffer_kind::device_local) {}
  void write(std::span<const std::byte> from) override { queue_.write_bytes(buffer_, from.data(), from.size()).wait(); }
  void read(std::span<std::byte> to) override { queue_.read_bytes(buffer_, to.data(), to.size()).wait(); }
  const untyped_buffer& raw() const { return buffer_; }

 private:
  queue queue_;
  untyped_buffer buffer_;
};

struct prepared_call {
  dotcompute::kernel kernel;
  nd_range range;
  argument_list arguments;
};

extents extents_of(const std::vector<std::uint64_t>& sizes) {
  extents e;
  e.dimensions = static_cast<std::uint32_t>(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    e.sizes[i] = sizes[i];
  return e;
}

class own_program final : public built_program {
 public:
  own_program(queue commands, program p) : queue_(std::move(commands)), program_(std::move(p)) {}

  std::function<void()> prepare(const std::vector<call>& calls, unsigned repeats) override {
    std::vector<prepared_call> prepared;
    for (const auto& c : calls) {
      auto k = program_.kernel(c.kernel);
      nd_range range(extents_of(c.global));
      if (!c.local.empty()) range = range.local(extents_of(c.local));
      argument_list arguments(k);
      for (std::size_t i = 0; i < c.arguments.size(); ++i)
        set(arguments, i, c.arguments[i]);
      prepared.push_back({std::move(k), range, std::move(arguments)});
    }
    return [commands = queue_, prepared = std::move(prepared), repeats]() mutable {
      event last;
      for (unsigned i = 0; i < repeats; ++i)
        for (const auto& c : prepared)
          last = commands.launch(c.kernel, c.range, c.arguments);
      last.wait();
    };
  }

 private:
  static void set(argument_list& arguments, std::size_t index, const call_argument& given) {
    if (const auto* m = std::get_if<std::shared_ptr<memory>>(&given)) {
      arguments.set(index, argument(dynamic_cast<own_memory&>(**m).raw()));
    } else if (const auto* block = std::get_if<local_block>(&given)) {
      arguments.set(index, argument(local_memory{block->bytes}));
    } else {
      const auto& value = std::get<scalar_argument>(given);
      arguments.set(index, argument::value(value.bytes.data(), value.size));
    }
  }

  queue queue_;
  program program_;
};

class own_side final : public side {
 public:
  own_side(const std::string& selector, const std::function<void(const device&)>& on_device)
      : device_(device::open(selector, without_early_compiler())), queue_(device_) {
    if (on_device) on_device(device_);
  }

  /// The compiler starts at the first compilation, so that its start is in the time of that.
  static open_options without_early_compiler() {
    open_options options;
    options.start_compiler = false;
    return options;
  }
  std::string name() const override { return "dotcompute"; }
  std::string description() const override {
    const auto& p = device_.properties();
    return fmt::format("dotcompute {} {} {}, {}", version(), device_.id(), p.target.value_or("unknown target"),
                       device_.isolation() == isolation::process ? "in a worker process" : "in this process");
  }
  std::shared_ptr<memory> allocate(std::size_t bytes) override {
    return std::make_shared<own_memory>(device_, queue_, bytes);
  }
  std::shared_ptr<built_program> build(const kernel_source& source, const std::string& options) override {
    compile_options how;
    how.options = options;
    return std::make_shared<own_program>(queue_, program::compile(device_, source.opencl, how));
  }

 private:
  device device_;
  queue queue_;
};

} // namespace

std::unique_ptr<side> open_dotcompute(const std::string& selector,
                                      const std::function<void(const device&)>& on_device) {
  return std::make_unique<own_side>(selector, on_device);
}

} // namespace dotcompute::benchmark
