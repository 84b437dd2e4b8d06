// SPDX-License-Identifier: MIT
#include "api/argument_check.hpp"
#include "api/argument_storage.hpp"

#include <dotcompute/program.hpp>

namespace dotcompute {
namespace {

detail::kernel_state& valid(const std::shared_ptr<detail::kernel_state>& s) {
  if (!s) throw error(error_code::invalid_handle, "the kernel handle is empty or was moved from");
  return *s;
}

} // namespace

const std::string& kernel::name() const {
  return valid(state_).reflection.name;
}
const kernel_reflection& kernel::reflection() const {
  return valid(state_).reflection;
}
std::span<const argument_reflection> kernel::arguments() const {
  return valid(state_).reflection.arguments;
}
std::array<std::uint32_t, 3> kernel::required_local_size() const {
  return valid(state_).reflection.required_local_size;
}
std::string kernel::signature() const {
  return api::show_signature(valid(state_).reflection);
}

std::string kernel::content_id() const {
  return to_hex(valid(state_).content());
}

argument_list::argument_list(const kernel& k) : storage_(std::make_unique<storage>()) {
  storage_->kernel = k.state();
  storage_->slots.resize(valid(k.state()).reflection.arguments.size());
}
argument_list::~argument_list() = default;
argument_list::argument_list(argument_list&&) noexcept = default;
argument_list& argument_list::operator=(argument_list&&) noexcept = default;
argument_list::argument_list(const argument_list& other) : storage_(std::make_unique<storage>(*other.storage_)) {}
argument_list& argument_list::operator=(const argument_list& other) {
  if (this != &other) storage_ = std::make_unique<storage>(*other.storage_);
  return *this;
}

argument_list& argument_list::set(std::size_t index, const argument& value) {
  const detail::kernel_state& k = *storage_->kernel;
  if (index >= storage_->slots.size())
    throw error(error_code::argument_count,
                "argument " + std::to_string(index) + " was given, but there are " +
                    std::to_string(storage_->slots.size()) + ", counted from 0",
                k.program.device->describe("kernel '" + k.reflection.name + "'",
                                           "The signature is " + api::show_signature(k.reflection) + "."));
  api::check_argument(k, index, value);
  storage_->slots[index].emplace(value);
  return *this;
}

argument_list& argument_list::set(std::string_view name, const argument& value) {
  const detail::kernel_state& k = *storage_->kernel;
  for (std::size_t i = 0; i < k.reflection.arguments.size(); ++i)
    if (k.reflection.arguments[i].name == name) return set(i, value);
  throw error(error_code::argument_name, "there is no argument named '" + std::string(name) + "'",
              k.program.device->describe("kernel '" + k.reflection.name + "'",
                                         "The signature is " + api::show_signature(k.reflection) + "."));
}

bool argument_list::is_set(std::size_t index) const {
  return index < storage_->slots.size() && storage_->slots[index].has_value();
}

} // namespace dotcompute
