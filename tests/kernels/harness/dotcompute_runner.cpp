// SPDX-License-Identifier: MIT
// The library under test, through its public API only.
#include "harness/runner.hpp"

#include <dotcompute/dotcompute.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace kernel_suite {
namespace {

constexpr std::chrono::seconds launch_deadline{60};

/// A host-shared buffer whose first and last page cannot be touched while this lives, with the payload ending directly
/// before the last one.
class fenced_buffer {
 public:
  fenced_buffer(const dotcompute::device& device, std::span<const std::byte> content)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), inner_((content.size() + page_ - 1) / page_ * page_),
        whole_(device, inner_ + 2 * page_, dotcompute::buffer_kind::host_shared),
        payload_(whole_.subrange(page_ + inner_ - content.size(), content.size())) {
    std::copy(content.begin(), content.end(), payload_.host_address());
    protect(PROT_NONE);
  }
  ~fenced_buffer() {
    if (whole_) protect(PROT_READ | PROT_WRITE);
  }
  fenced_buffer(const fenced_buffer&) = delete;
  fenced_buffer& operator=(const fenced_buffer&) = delete;

  const dotcompute::untyped_buffer& payload() const { return payload_; }

 private:
  void protect(int protection) {
    for (std::byte* page : {whole_.host_address(), whole_.host_address() + page_ + inner_}) {
      if (mprotect(page, page_, protection) != 0) {
        throw std::system_error(errno, std::generic_category(), "mprotect of a guard page");
      }
    }
  }

  std::size_t page_, inner_;
  dotcompute::untyped_buffer whole_, payload_;
};

/// The same on devices whose memory has no pages to protect: what was written outside is found afterwards. The payload
/// begins where every device can give it to a kernel.
class watched_buffer {
 public:
  watched_buffer(const dotcompute::device& device, dotcompute::queue& queue, std::span<const std::byte> content)
      : whole_(device, content.size() + 2 * margin, dotcompute::buffer_kind::device_local),
        payload_(whole_.subrange(margin, content.size())) {
    queue.fill_bytes(whole_, &untouched, 1);
    queue.write_bytes(payload_, content.data(), content.size()).wait();
  }

  const dotcompute::untyped_buffer& payload() const { return payload_; }

  /// Throws launch_failure when a kernel wrote outside of the payload.
  void require_untouched(dotcompute::queue& queue) const {
    std::vector<std::byte> bytes(whole_.size_bytes());
    queue.read_bytes(whole_, bytes.data(), bytes.size()).wait();
    const std::size_t begin = payload_.offset_bytes() - whole_.offset_bytes(), end = begin + payload_.size_bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if ((i < begin || i >= end) && bytes[i] != untouched)
        throw launch_failure("byte " +
                             std::to_string(static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(begin)) +
                             " of a buffer of " + std::to_string(payload_.size_bytes()) + " was written");
    }
  }

 private:
  static constexpr std::size_t margin = 4096;
  static constexpr std::byte untouched{0xa5};
  dotcompute::untyped_buffer whole_, payload_;
};

class dotcompute_program final : public built_program {
 public:
  dotcompute_program(dotcompute::device device, dotcompute::queue queue, dotcompute::program program)
      : device_(std::move(device)), queue_(std::move(queue)), program_(std::move(program)) {}

  std::string log() const override { return program_.log(); }

  void run(const launch& l, std::vector<argument>& arguments) override {
    try {
      run_checked(l, arguments);
    } catch (const dotcompute::error& e) {
      await_uploads();
      throw launch_failure(e.what());
    }
  }

 private:
  /// A launch may be refused while the queue still reads the caller's memory.
  void await_uploads() {
    try {
      queue_.finish(launch_deadline);
    } catch (const dotcompute::error&) {
      // What went wrong is already on its way to the caller.
    }
  }

  void run_checked(const launch& l, std::vector<argument>& arguments) {
    const dotcompute::kernel kernel = program_.kernel(l.kernel);
    dotcompute::argument_list list(kernel);
    std::vector<dotcompute::untyped_buffer> buffers(arguments.size());
    std::vector<std::unique_ptr<fenced_buffer>> fences;
    std::vector<watched_buffer> watched;
    // Of the devices that reach the host's memory in place, those that are its processors.
    const bool has_pages =
        device_.properties().backend != "cuda" && device_.properties().unified_memory.value_or(false);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const argument& a = arguments[i];
      switch (a.kind) {
      case argument::category::value: list.set(i, dotcompute::argument::value(a.bytes.data(), a.bytes.size())); break;
      case argument::category::local_memory: list.set(i, dotcompute::local_memory{a.local_bytes}); break;
      case argument::category::memory:
        if (a.same_as) {
          buffers[i] = buffers.at(*a.same_as);
        } else if (a.guarded && !has_pages) {
          buffers[i] = watched.emplace_back(device_, queue_, a.memory).payload();
        } else if (a.guarded) {
          buffers[i] = fences.emplace_back(std::make_unique<fenced_buffer>(device_, a.memory))->payload();
        } else {
          buffers[i] = dotcompute::untyped_buffer(device_, a.memory.size(), dotcompute::buffer_kind::device_local);
          queue_.write_bytes(buffers[i], a.memory.data(), a.memory.size());
        }
        list.set(i, buffers[i]);
        break;
      }
    }
    dotcompute::nd_range range{1};
    range.dimensions = static_cast<std::uint32_t>(l.global.size());
    std::copy(l.global.begin(), l.global.end(), range.global_size.begin());
    std::copy(l.offset.begin(), l.offset.end(), range.global_offset.begin());
    if (!l.local.empty()) {
      range.local_size.emplace(std::array<std::uint64_t, 3>{1, 1, 1});
      std::copy(l.local.begin(), l.local.end(), range.local_size->begin());
    }
    queue_.launch(kernel, range, list);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].written) queue_.read_bytes(buffers[i], arguments[i].memory.data(), arguments[i].memory.size());
    }
    try {
      queue_.finish(launch_deadline);
    } catch (const dotcompute::error& e) {
      if (e.code() != dotcompute::error_code::deadline_exceeded) throw;
      throw launch_endless(e.what());
    }
    for (const auto& buffer : watched)
      buffer.require_untouched(queue_);
  }

  dotcompute::device device_;
  dotcompute::queue queue_;
  dotcompute::program program_;
};

class dotcompute_runner final : public runner {
 public:
  explicit dotcompute_runner(const runner_options& options)
      : name_(options.driver), lanes_(options.lanes), device_(open(options.driver)), queue_(device_) {}

  std::string name() const override { return name_; }
  bool is_dotcompute() const override { return true; }
  bool pocl_compiles() const override {
    const auto& driver = device_.properties().driver;
    return device_.properties().backend == "opencl" && driver && driver->find("PoCL") != std::string::npos;
  }
  std::size_t max_group_size() const override { return device_.properties().max_work_group_size.value(); }
  std::uint64_t local_memory_bytes() const override { return device_.properties().local_memory_bytes.value(); }

  std::unique_ptr<built_program> build(const source_text& source) override {
    dotcompute::compile_options options;
    options.options = source.options;
    options.lanes = lanes_;
    if (!source.file_name.empty()) options.file_name = source.file_name;
    try {
      return std::make_unique<dotcompute_program>(device_, queue_,
                                                  dotcompute::program::compile(device_, source.text, options));
    } catch (const dotcompute::error& e) {
      throw build_failure(e.what());
    }
  }

 private:
  static dotcompute::device open(const std::string& selector) {
    // The suite is about kernels and drivers: they run here, under whatever looks at this process, unless somebody says
    // otherwise.
    ::setenv("DOTCOMPUTE_ISOLATION", "none", 0);
    try {
      return dotcompute::device::open(selector);
    } catch (const dotcompute::error& e) {
      throw runner_missing(e.what());
    }
  }

  std::string name_;
  std::uint32_t lanes_;
  dotcompute::device device_;
  dotcompute::queue queue_;
};

} // namespace

std::unique_ptr<runner> make_dotcompute_runner(const runner_options& options) {
  return std::make_unique<dotcompute_runner>(options);
}

} // namespace kernel_suite
