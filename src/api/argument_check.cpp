// SPDX-License-Identifier: MIT
#include "api/argument_check.hpp"

#include "api/element_names.hpp"
#include "execution/memory_object.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace dotcompute::api {
namespace {

std::string show_argument(const argument_reflection& a) {
  switch (a.space) {
  case argument_space::value: return a.type_name + " " + a.name;
  case argument_space::local: return "local " + a.element_type + "* " + a.name;
  case argument_space::constant: return "constant " + a.element_type + "* " + a.name;
  case argument_space::global: break;
  }
  return std::string("global ") + (a.is_const ? "const " : "") + a.element_type + "* " + a.name;
}

std::string show_given(const argument& given) {
  switch (given.kind()) {
  case argument::category::local: return "local memory of " + std::to_string(given.bytes()) + " bytes";
  case argument::category::buffer:
    return (given.read_only() ? "a read-only buffer of " : "a buffer of ") + element_name(given.element());
  case argument::category::value: break;
  }
  if (given.element().kind == element_kind::untyped || given.element().kind == element_kind::structure)
    return "a value of " + std::to_string(given.bytes()) + " bytes";
  return "a value of type " + element_name(given.element()) + " (" + std::to_string(given.bytes()) + " bytes)";
}

[[noreturn]] void fail(const detail::kernel_state& k, std::size_t index, const argument& given, error_code code,
                       const std::string& why = {}) {
  const argument_reflection& a = k.reflection.arguments[index];
  throw error(code,
              "argument " + argument_label(k.reflection, index) + ": given " + show_given(given) + ", expected '" +
                  show_argument(a) + "'" + (why.empty() ? "" : ": " + why),
              k.program.device->describe("kernel '" + k.reflection.name + "'",
                                         "The signature is " + show_signature(k.reflection) + "."));
}

/// A sign does not matter to the bits, nor does an element that was given without a type.
bool same_kind(const element_description& a, const element_description& b) {
  return a.kind == b.kind || a.kind == element_kind::untyped;
}

void check_value(const detail::kernel_state& k, std::size_t index, const argument& given) {
  const argument_reflection& a = k.reflection.arguments[index];
  const detail::expected_argument& expected = k.expected[index];
  if (given.bytes() != a.size)
    fail(k, index, given, error_code::argument_type, std::to_string(a.size) + " bytes are needed");
  if (expected.is_known && given.element().kind != element_kind::structure &&
      !same_kind(given.element(), expected.element))
    fail(k, index, given, error_code::argument_type);
}

void check_buffer(const detail::kernel_state& k, std::size_t index, const argument& given) {
  const argument_reflection& a = k.reflection.arguments[index];
  const untyped_buffer& b = given.as_buffer();
  if (!b) fail(k, index, given, error_code::invalid_handle, "the buffer is empty or was moved from");
  if (b.memory()->device != k.program.device)
    fail(k, index, given, error_code::wrong_device,
         "the buffer is of " + b.memory()->device->id + " and another opening of it, or of another device");
  if (b.memory()->is_stale())
    fail(k, index, given, error_code::stale_handle, "its memory was discarded by a reset of the device");
  if (b.memory()->is_ended())
    fail(k, index, given, error_code::lease_revoked, "its lease '" + b.memory()->lease->options.name + "' was revoked");
  if (b.memory()->is_released())
    fail(k, index, given, error_code::buffer_released,
         "the buffer " + b.memory()->describe() + ", was released before");
  if (given.read_only() && !a.is_const && a.is_written && a.space == argument_space::global)
    fail(k, index, given, error_code::argument_type, "the kernel writes through it");
  const detail::expected_argument& expected = k.expected[index];
  const element_description& element = given.element();
  if (a.element_type == "void" || element.kind == element_kind::untyped) return;
  if (!expected.is_known || element.kind == element_kind::structure) {
    // Structures are compared by size, and may also be given as what they are made of.
    const std::uint32_t large = std::max(element.bytes, expected.element.bytes);
    const std::uint32_t small = std::min(element.bytes, expected.element.bytes);
    if (small == 0 || large % small != 0)
      fail(k, index, given, error_code::argument_type, "the element sizes do not match");
    return;
  }
  const auto scalar_bytes = [](const element_description& e) {
    return e.bytes / (e.components == 3 ? 4u : e.components);
  };
  if (element.kind != expected.element.kind || scalar_bytes(element) != scalar_bytes(expected.element))
    fail(k, index, given, error_code::argument_type);
}

} // namespace

std::string argument_label(const kernel_reflection& k, std::size_t index) {
  return std::to_string(index) + " '" + k.arguments[index].name + "'";
}

std::string show_signature(const kernel_reflection& k) {
  std::string text = "kernel void " + k.name + "(";
  for (std::size_t i = 0; i < k.arguments.size(); ++i)
    text += (i != 0 ? ", " : "") + show_argument(k.arguments[i]);
  return text + ")";
}

void check_argument(const detail::kernel_state& k, std::size_t index, const argument& given) {
  switch (k.reflection.arguments[index].space) {
  case argument_space::value:
    if (given.kind() != argument::category::value) fail(k, index, given, error_code::argument_type);
    return check_value(k, index, given);
  case argument_space::local:
    if (given.kind() != argument::category::local)
      fail(k, index, given, error_code::argument_type, "give local_memory");
    if (given.bytes() == 0) fail(k, index, given, error_code::invalid_size, "at least one byte is needed");
    return;
  case argument_space::global:
  case argument_space::constant:
    if (given.kind() != argument::category::buffer) fail(k, index, given, error_code::argument_type, "give a buffer");
    return check_buffer(k, index, given);
  }
}

void store_argument(const argument_reflection& a, const argument& given, std::byte* block, std::uint64_t& local_end) {
  std::byte* const place = block + a.offset;
  switch (given.kind()) {
  case argument::category::value: std::memcpy(place, given.data(), a.size); return;
  case argument::category::local: {
    const std::uint64_t offset = align_local(local_end);
    local_end = offset + given.bytes();
    std::memcpy(place, &offset, sizeof offset);
    return;
  }
  case argument::category::buffer: {
    const untyped_buffer& b = given.as_buffer();
    const auto address = reinterpret_cast<std::uintptr_t>(b.device_address());
    std::memcpy(place, &address, sizeof address);
    return;
  }
  }
}

} // namespace dotcompute::api
