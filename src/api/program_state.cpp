// SPDX-License-Identifier: MIT
#include "api/program_state.hpp"

#include "api/element_names.hpp"
#include "api/program_image.hpp"
#include "compiler/server/service.hpp"
#include "support/log.hpp"

#include <algorithm>
#include <cstring>

namespace dotcompute::detail {

void require_success(const compiler::result& r, const std::string& operation, const device_state& device) {
  if (r.succeeded) return;
  std::string reason = r.log.empty() ? "the compiler gave no reason" : "\n" + r.log;
  reason.erase(reason.find_last_not_of('\n') + 1);
  throw error(error_code::compile_failed, reason, device.describe(operation));
}

kernel_state::kernel_state(program_state& owner, kernel_reflection r)
    : program(owner), reflection(std::move(r)), content_(digest_of(to_hex(owner.content) + reflection.name)) {
  for (const argument_reflection& a : reflection.arguments) {
    expected_argument e;
    if (const auto known = api::parse_element(a.space == argument_space::value ? a.type_name : a.element_type)) {
      e.element = *known;
      e.is_known = true;
    } else {
      e.element = {element_kind::structure, false, 1, a.space == argument_space::value ? a.size : a.element_size};
    }
    expected.push_back(e);
  }
}

std::shared_ptr<const void> kernel_state::owner() const {
  return program.shared_from_this();
}

std::string kernel_state::describe() const {
  return "kernel '" + reflection.name + "' of " + program.name;
}

std::string kernel_state::describe_arguments(const std::byte* block) const {
  std::string text;
  for (const argument_reflection& a : reflection.arguments) {
    text += (text.empty() ? "" : ", ") + a.name + ": ";
    std::uint64_t bits = 0;
    if (a.size <= sizeof bits) std::memcpy(&bits, block + a.offset, a.size);
    float single = 0;
    double real = 0;
    if (a.space != argument_space::value) {
      text += fmt::format("{} at 0x{:x}", a.type_name, bits);
    } else if (a.type_name == "float" && a.size == sizeof single) {
      std::memcpy(&single, block + a.offset, sizeof single);
      text += fmt::format("{}", single);
    } else if (a.type_name == "double" && a.size == sizeof real) {
      std::memcpy(&real, block + a.offset, sizeof real);
      text += fmt::format("{}", real);
    } else {
      text += a.size <= sizeof bits ? fmt::format("{} 0x{:x}", a.type_name, bits) : a.type_name;
    }
  }
  return text;
}

const kernel_variant* kernel_state::find(const std::array<std::uint64_t, 3>& local_size) const {
  const std::lock_guard lock(guard_);
  // Code made for exactly this size is faster than code for any.
  const kernel_variant* any = nullptr;
  for (const kernel_variant& v : variants_) {
    if (v.is_flat || v.local_size == local_size) return &v;
    if (v.serves(local_size)) any = &v;
  }
  return any;
}

void kernel_state::add(kernel_variant v) {
  const std::lock_guard lock(guard_);
  variants_.push_back(std::move(v));
}

const kernel_variant& kernel_state::variant(const std::array<std::uint64_t, 3>& local_size) {
  const kernel_variant* v = find(local_size);
  if (!v) {
    program.specialize(*this, local_size);
    v = find(local_size);
  }
  if (!v)
    throw error(error_code::internal, "compiling gave no code for kernel '" + reflection.name + "'",
                program.device->describe("launch kernel '" + reflection.name + "'"));
  return *v;
}

api::launch_shape kernel_state::find_shape(const nd_range& range) {
  const auto local_size = local_size_for(range);
  const api::launch_shape shape{local_size, &variant(local_size)};
  shapes_.remember(range, shape);
  return shape;
}

std::array<std::uint64_t, 3> kernel_state::local_size_for(const nd_range& range) {
  const capabilities& limits = program.device->driver->properties();
  api::check_range(reflection, range, *program.device);
  if (range.local_size || reflection.is_flat) return api::check_local_size(reflection, range, limits, *program.device);
  return api::choose_local_size(reflection, range, limits, *program.device);
}

program_state::program_state(std::shared_ptr<device_state> owner, std::optional<compiler::request> asked,
                             std::vector<std::shared_ptr<const compiler::result>> outcomes,
                             std::chrono::milliseconds timeout)
    : device(std::move(owner)), name(asked ? asked->file_name : "program"), log(outcomes.front()->log),
      content(asked ? digest_of(asked->options + '\0' + asked->source) : digest_of(outcomes.front()->binary)),
      asked_(std::move(asked)), timeout_(timeout) {
  for (const kernel_reflection& k : outcomes.front()->kernels)
    kernels.emplace_back(*this, k);
  for (const auto& outcome : outcomes)
    load(*outcome);
}

kernel_state* program_state::find(std::string_view wanted) {
  const auto found = std::find_if(kernels.begin(), kernels.end(),
                                  [wanted](const kernel_state& k) { return k.reflection.name == wanted; });
  return found == kernels.end() ? nullptr : &*found;
}

void program_state::load(const compiler::result& r) {
  if (r.entries.empty()) return;
  const drivers::program_image image = api::image_of(r, name);
  const auto loaded = device->driver->load(image);
  for (std::uint32_t i = 0; i < image.kernels.size(); ++i) {
    const drivers::kernel_code& code = image.kernels[i];
    if (kernel_state* k = find(code.kernel))
      k->add({{code.local_size[0], code.local_size[1], code.local_size[2]}, loaded, i, code.local_bytes, code.is_flat});
  }
}

void program_state::specialize(kernel_state& kernel, const std::array<std::uint64_t, 3>& local_size) {
  const std::string size =
      std::to_string(local_size[0]) + "x" + std::to_string(local_size[1]) + "x" + std::to_string(local_size[2]);
  const std::string operation = "compile kernel '" + kernel.reflection.name + "' for work-groups of " + size;
  if (!asked_)
    throw error(error_code::unsupported,
                "the program holds no code for that local size and no source to compile it from",
                device->describe(operation, "Use a local size that it was compiled for."));
  compiler::request request = *asked_;
  compiler::specialization wanted{kernel.reflection.name, {}};
  for (unsigned d = 0; d < 3; ++d)
    wanted.local_size[d] = static_cast<std::uint32_t>(local_size[d]);
  request.specialize = wanted;
  const auto began = std::chrono::steady_clock::now();
  const compiler::answer answer = compiler::service::shared().compile(request, timeout_);
  require_success(*answer.outcome, operation, *device);
  load(*answer.outcome);
  dotcompute::log::info("compiled kernel '{}' of {} for work-groups of {} in {:.1f} ms", kernel.reflection.name, name,
                        size,
                        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
}

} // namespace dotcompute::detail
