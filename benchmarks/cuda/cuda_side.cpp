// SPDX-License-Identifier: MIT
#include "cuda_side.hpp"

#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

using state_pointer = std::shared_ptr<cuda_side::state>;

class cuda_memory final : public memory {
 public:
  cuda_memory(state_pointer s, std::size_t bytes) : state_(std::move(s)) {
    state_->enter();
    state_->check(state_->driver->allocate(&address_, bytes), "cuMemAlloc");
  }
  ~cuda_memory() override {
    if (state_->driver->set_current(state_->context) == 0) state_->driver->free(address_);
  }
  cuda_memory(const cuda_memory&) = delete;
  cuda_memory& operator=(const cuda_memory&) = delete;

  void write(std::span<const std::byte> from) override {
    state_->enter();
    state_->copy_to_device(address_, from.data(), from.size());
  }
  void read(std::span<std::byte> to) override {
    state_->enter();
    state_->copy_to_host(to.data(), address_, to.size());
  }
  cuda::address address() const { return address_; }

 private:
  state_pointer state_;
  cuda::address address_ = 0;
};

/// One launch with its arguments stored, as cuLaunchKernel wants them.
struct prepared_launch {
  cuda::function function = nullptr;
  std::array<unsigned, 3> grid{1, 1, 1}, block{1, 1, 1};
  unsigned shared_bytes = 0;
  std::vector<std::array<std::byte, 8>> values;
  std::vector<void*> pointers;
  std::vector<std::shared_ptr<memory>> kept;
};

std::shared_ptr<prepared_launch> prepare_launch(const cuda_side::state& s, cuda::module module, const call& c) {
  auto p = std::make_shared<prepared_launch>();
  s.check(s.driver->get_function(&p->function, module, c.kernel.c_str()), "cuModuleGetFunction");
  const std::array<unsigned, 3> usual =
      c.global.size() == 1 ? std::array<unsigned, 3>{256, 1, 1} : std::array<unsigned, 3>{32, 8, 1};
  for (std::size_t i = 0; i < c.global.size(); ++i) {
    p->block[i] = c.local.empty() ? usual[i] : static_cast<unsigned>(c.local[i]);
    p->block[i] = static_cast<unsigned>(std::min<std::uint64_t>(p->block[i], c.global[i]));
    p->grid[i] = static_cast<unsigned>((c.global[i] + p->block[i] - 1) / p->block[i]);
  }
  p->values.reserve(c.arguments.size());
  for (const auto& given : c.arguments) {
    if (const auto* block = std::get_if<local_block>(&given)) {
      p->shared_bytes += static_cast<unsigned>(block->bytes);
      continue;
    }
    auto& value = p->values.emplace_back();
    if (const auto* m = std::get_if<std::shared_ptr<memory>>(&given)) {
      const auto address = dynamic_cast<cuda_memory&>(**m).address();
      std::memcpy(value.data(), &address, sizeof address);
      p->kept.push_back(*m);
    } else {
      value = std::get<scalar_argument>(given).bytes;
    }
  }
  for (auto& value : p->values)
    p->pointers.push_back(value.data());
  return p;
}

class cuda_program final : public built_program, public std::enable_shared_from_this<cuda_program> {
 public:
  cuda_program(state_pointer s, const std::string& binary) : state_(std::move(s)) {
    state_->enter();
    state_->check(state_->driver->load_module(&module_, binary.data()), "cuModuleLoadData");
  }
  ~cuda_program() override {
    if (state_->driver->set_current(state_->context) == 0) state_->driver->unload_module(module_);
  }
  cuda_program(const cuda_program&) = delete;
  cuda_program& operator=(const cuda_program&) = delete;

  std::function<void()> prepare(const std::vector<call>& calls, unsigned repeats) override {
    state_->enter();
    std::vector<std::shared_ptr<prepared_launch>> launches;
    for (const auto& c : calls)
      launches.push_back(prepare_launch(*state_, module_, c));
    return [self = shared_from_this(), launches = std::move(launches), repeats] {
      const auto& s = *self->state_;
      s.enter();
      for (unsigned i = 0; i < repeats; ++i)
        for (const auto& l : launches)
          s.check(s.driver->launch(l->function, l->grid[0], l->grid[1], l->grid[2], l->block[0], l->block[1],
                                   l->block[2], l->shared_bytes, s.stream, l->pointers.data(), nullptr),
                  "cuLaunchKernel");
      s.synchronize();
    };
  }

 private:
  state_pointer state_;
  cuda::module module_ = nullptr;
};

int attribute(const cuda_side::state& s, cuda::attribute which) {
  int value = 0;
  s.check(s.driver->device_attribute(&value, which, s.device), "cuDeviceGetAttribute");
  return value;
}

} // namespace

cuda_side::cuda_side(int ordinal) : state_(std::make_shared<state>()) {
  auto& s = *state_;
  std::string reason;
  s.driver = cuda::driver_library::open(reason);
  if (!s.driver) throw std::runtime_error(reason);
  s.compiler = cuda::compiler_library::open(reason);
  if (!s.compiler) throw std::runtime_error(reason);
  s.check(s.driver->get_device(&s.device, ordinal), "cuDeviceGet");
  s.architecture = fmt::format("sm_{}{}", attribute(s, cuda::attribute::compute_capability_major),
                               attribute(s, cuda::attribute::compute_capability_minor));
  s.check(s.driver->retain_primary_context(&s.context, s.device), "cuDevicePrimaryCtxRetain");
  s.enter();
  constexpr unsigned non_blocking = 1;
  s.check(s.driver->create_stream(&s.stream, non_blocking), "cuStreamCreate");
}

cuda_side::~cuda_side() {
  // The context stays with whatever memory is still held; the process ends soon after.
  const auto& s = *state_;
  if (s.stream && s.driver->set_current(s.context) == 0) s.driver->destroy_stream(s.stream);
}

std::string cuda_side::description() const {
  int version = 0, major = 0, minor = 0;
  state_->check(state_->driver->driver_version(&version), "cuDriverGetVersion");
  state_->compiler->version(&major, &minor);
  return fmt::format("CUDA C by hand for {}, NVRTC {}.{}, CUDA driver {}.{}", state_->architecture, major, minor,
                     version / 1000, version % 1000 / 10);
}

std::shared_ptr<memory> cuda_side::allocate(std::size_t bytes) {
  return std::make_shared<cuda_memory>(state_, bytes);
}

std::shared_ptr<built_program> cuda_side::build(const kernel_source& source, const std::string& options) {
  if (!source.cuda) throw std::runtime_error("nobody wrote this in CUDA C");
  const bool is_fast = options.find(fast_math) != std::string::npos;
  return std::make_shared<cuda_program>(state_,
                                        cuda::compile(*state_->compiler, source.cuda, state_->architecture, is_fast));
}

contestant cuda_side::copy_on_device(std::size_t bytes, unsigned repeats) {
  std::vector<std::byte> sent(bytes);
  for (std::size_t i = 0; i < bytes; i += 509)
    sent[i] = static_cast<std::byte>(i >> 9);
  auto from = std::make_shared<cuda_memory>(state_, bytes), to = std::make_shared<cuda_memory>(state_, bytes);
  from->write(sent);
  const auto run = [s = state_, from, to, bytes, repeats] {
    s->enter();
    for (unsigned i = 0; i < repeats; ++i)
      s->check(s->driver->copy_on_device_in_order(to->address(), from->address(), bytes, s->stream),
               "cuMemcpyDtoDAsync");
    s->synchronize();
  };
  const auto check = [to, sent = std::make_shared<std::vector<std::byte>>(std::move(sent))] {
    std::vector<std::byte> received(sent->size());
    to->read(received);
    return received == *sent ? std::string() : std::string("the copy differs from what was copied");
  };
  return {"cuda_memcpy", run, check};
}

std::unique_ptr<cuda_side> open_cuda(int ordinal, std::string& reason) {
  try {
    return std::make_unique<cuda_side>(ordinal);
  } catch (const std::exception& e) {
    reason = e.what();
    return nullptr;
  }
}

} // namespace dotcompute::benchmark
