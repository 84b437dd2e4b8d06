// SPDX-License-Identifier: MIT
// The compiler alone: source text is compiled in this process and its code called on the calling thread. Neither
// processes nor caches nor threads lie between a case and the code that is tested.
#include "harness/guarded_memory.hpp"
#include "harness/runner.hpp"

#include "compiler/compile.hpp"
#include "compiler/targets/cpu/kernel_abi.hpp"
#include "support/dynamic_library.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <new>
#include <stdexcept>

namespace kernel_suite {
namespace {

constexpr std::size_t largest_group = 4096;
constexpr std::uint64_t local_bytes_limit = 1 << 20;

/// Zeroed memory at the alignment that the kernel ABI asks for.
class aligned_block {
 public:
  explicit aligned_block(std::size_t bytes)
      : data_(static_cast<std::byte*>(::operator new(std::max<std::size_t>(bytes, 1), std::align_val_t(128)))) {
    std::memset(data_, 0, bytes);
  }
  ~aligned_block() { ::operator delete(data_, std::align_val_t(128)); }
  aligned_block(const aligned_block&) = delete;
  aligned_block& operator=(const aligned_block&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::byte* data_;
};

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

void print_nothing(void*, std::uint32_t, const void*, std::uint32_t) {}

class compiled_program final : public built_program {
 public:
  compiled_program(const source_text& source, std::uint32_t lanes) {
    request_.source = source.text;
    request_.file_name = source.file_name.empty() ? "kernel.cl" : source.file_name;
    request_.options = source.options;
    request_.target.lanes = lanes;
    general_ = compile();
  }

  std::string log() const override { return general_.outcome.log; }

  void run(const launch& l, std::vector<argument>& arguments) override {
    const auto reflection = std::find_if(general_.outcome.kernels.begin(), general_.outcome.kernels.end(),
                                         [&](const auto& k) { return k.name == l.kernel; });
    if (reflection == general_.outcome.kernels.end()) throw launch_failure("there is no kernel " + l.kernel);
    dotcompute::cpu::launch_state state{};
    fill_sizes(l, *reflection, state);
    const auto& [entry, function] = code_for(*reflection, state);
    if (reflection->arguments.size() != arguments.size()) throw launch_failure("wrong number of arguments");

    aligned_block block(reflection->argument_bytes);
    std::vector<std::unique_ptr<guarded_memory>> guards(arguments.size());
    std::uint64_t local_bytes = rounded_up(entry.local_bytes, 128);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      place(arguments, i, reflection->arguments[i], block.data() + reflection->arguments[i].offset, guards,
            local_bytes);
    }
    if (local_bytes > local_bytes_limit) throw launch_failure("more local memory than there is");

    const aligned_block local(local_bytes), scratch(entry.scratch_bytes);
    const dotcompute::cpu::thread_state thread{local.data(), scratch.data()};
    state.arguments = block.data();
    state.print = print_nothing;
    dotcompute::cpu::launch_range range{};
    for (int d = 0; d < 3; ++d)
      range.end[d] = reflection->is_flat ? state.global_size[d] : state.group_count[d];
    function(&state, &thread, &range);

    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].written && guards[i]) {
        std::memcpy(arguments[i].memory.data(), guards[i]->bytes().data(), arguments[i].memory.size());
      }
    }
  }

 private:
  struct build {
    dotcompute::compiler::result outcome;
    dotcompute::dynamic_library library;
  };
  using code = std::pair<const dotcompute::compiler::result::entry&, dotcompute::cpu::kernel_entry>;

  build compile() {
    build b;
    b.outcome = dotcompute::compiler::compile(request_);
    if (!b.outcome.succeeded) throw build_failure(b.outcome.log);
    if (!b.outcome.binary.empty()) {
      try {
        b.library = dotcompute::dynamic_library::from_bytes("kernel_suite", b.outcome.binary);
      } catch (const std::exception& e) {
        throw build_failure(e.what());
      }
    }
    return b;
  }

  static void fill_sizes(const launch& l, const dotcompute::kernel_reflection& k,
                         dotcompute::cpu::launch_state& state) {
    std::uint64_t items = 1;
    for (std::size_t d = 0; d < 3; ++d) {
      state.global_size[d] = d < l.global.size() ? l.global[d] : 1;
      state.global_offset[d] = d < l.offset.size() ? l.offset[d] : 0;
      state.local_size[d] = d < l.local.size() ? l.local[d] : 1;
      if (l.local.empty())
        state.local_size[d] =
            k.required_local_size[0] != 0 ? k.required_local_size[d] : open_size(state.global_size[d], d);
      if (state.global_size[d] == 0) throw launch_failure("an empty range");
      if (state.local_size[d] == 0 || state.global_size[d] % state.local_size[d] != 0) {
        throw launch_failure("the local size does not divide the global size");
      }
      if (k.required_local_size[0] != 0 && k.required_local_size[d] != state.local_size[d]) {
        throw launch_failure("the kernel requires another local size");
      }
      state.group_count[d] = state.global_size[d] / state.local_size[d];
      items *= state.local_size[d];
    }
    if (items > largest_group) throw launch_failure("a group is too large");
    state.work_dimensions = static_cast<std::uint32_t>(l.global.size());
  }

  /// The largest divisor up to 64 in the first dimension, 1 in the others.
  static std::uint64_t open_size(std::uint64_t global, std::size_t dimension) {
    if (dimension != 0) return 1;
    for (std::uint64_t size = 64; size > 1; --size) {
      if (global % size == 0) return size;
    }
    return 1;
  }

  code code_for(const dotcompute::kernel_reflection& k, const dotcompute::cpu::launch_state& state) {
    std::array<std::uint32_t, 3> local{};
    for (int d = 0; d < 3; ++d)
      local[d] = static_cast<std::uint32_t>(state.local_size[d]);
    if (const auto found = find(general_, k.name, local)) return *found;
    auto& special = specialized_[{k.name, local}];
    if (!special) {
      request_.specialize = dotcompute::compiler::specialization{k.name, local};
      special = std::make_unique<build>(compile());
      request_.specialize.reset();
    }
    if (const auto found = find(*special, k.name, local)) return *found;
    throw launch_failure("the compiler made no code for " + k.name);
  }

  static std::optional<code> find(const build& b, const std::string& kernel,
                                  const std::array<std::uint32_t, 3>& local) {
    for (const auto& entry : b.outcome.entries) {
      if (entry.kernel != kernel) continue;
      if (entry.local_size != std::array<std::uint32_t, 3>{} && entry.local_size != local) continue;
      void* const symbol = b.library.find(entry.symbol.c_str());
      if (symbol == nullptr) throw launch_failure("the library has no symbol " + entry.symbol);
      return code{entry, reinterpret_cast<dotcompute::cpu::kernel_entry>(symbol)};
    }
    return std::nullopt;
  }

  /// Writes argument `i` into the argument block.
  static void place(std::vector<argument>& arguments, std::size_t i, const dotcompute::argument_reflection& expected,
                    std::byte* to, std::vector<std::unique_ptr<guarded_memory>>& guards, std::uint64_t& local_bytes) {
    argument& a = arguments[i];
    using space = dotcompute::argument_space;
    const space given = a.kind == argument::category::value          ? space::value
                        : a.kind == argument::category::local_memory ? space::local
                                                                     : space::global;
    if (given != expected.space && !(given == space::global && expected.space == space::constant)) {
      throw launch_failure("argument '" + expected.name + "' is of another kind");
    }
    if (given == space::value) {
      if (a.bytes.size() != expected.size) throw launch_failure("argument '" + expected.name + "' has another size");
      std::memcpy(to, a.bytes.data(), a.bytes.size());
    } else if (given == space::local) {
      std::memcpy(to, &local_bytes, sizeof local_bytes);
      local_bytes += rounded_up(a.local_bytes, 128);
    } else {
      if (!a.same_as) {
        guards[i] = std::make_unique<guarded_memory>(a.guarded ? a.memory.size() : rounded_up(a.memory.size(), 128));
        std::memcpy(guards[i]->bytes().data(), a.memory.data(), a.memory.size());
      }
      std::byte* const address = guards[a.same_as.value_or(i)]->bytes().data();
      std::memcpy(to, &address, sizeof address);
    }
  }

  dotcompute::compiler::request request_;
  build general_;
  std::map<std::pair<std::string, std::array<std::uint32_t, 3>>, std::unique_ptr<build>> specialized_;
};

class compiler_runner final : public runner {
 public:
  explicit compiler_runner(std::uint32_t lanes) : lanes_(lanes) {}
  std::string name() const override { return "compiler"; }
  bool is_dotcompute() const override { return true; }
  std::size_t max_group_size() const override { return largest_group; }
  std::uint64_t local_memory_bytes() const override { return local_bytes_limit; }
  std::unique_ptr<built_program> build(const source_text& source) override {
    return std::make_unique<compiled_program>(source, lanes_);
  }

 private:
  std::uint32_t lanes_;
};

} // namespace

std::unique_ptr<runner> make_compiler_runner(const runner_options& options) {
  return std::make_unique<compiler_runner>(options.lanes);
}

} // namespace kernel_suite
